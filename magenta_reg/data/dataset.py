"""Makes the training, evaluation and test parts of a data set, and accounts for every piece."""

import hashlib
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from magenta_reg.data.dataset_report import report_text
from magenta_reg.data.melodies import MAGENTA_RULES, extract_melodies
from magenta_reg.data.sequence_example import serialize
from magenta_reg.data.sources import open_source
from magenta_reg.data.split import choose_split
from magenta_reg.data.squash import squash
from magenta_reg.data.tfrecord import write_record
from magenta_reg.errors import UserError
from magenta_reg.files import make_folder, replacing
from magenta_reg.progress import progress

REPORT_NAME = 'dataset.json'
PART_FILES = {part: f'{part}_melodies.tfrecord' for part in ('training', 'eval', 'test')}


class Outcome(NamedTuple):
    """One piece, done: where it went, or why it gave no melody.

    Attributes:
        name: str, of the piece.
        group: str, its composition.
        part: str, 'training', 'eval' or 'test'; None if it gave no melody.
        num_melodies: int.
        num_events: int, Melody events.
        reason: str, what kept it out, for counting; None if it gave a melody.
        detail: str, the reason in one line, or None.
        discarded_melodies: Counter of str, its melodies that were not taken, by reason.
        is_reduced: bool, whether the highest of several notes was taken somewhere.
    """

    name: str
    group: str
    part: str | None
    num_melodies: int
    num_events: int
    reason: str | None
    detail: str
    discarded_melodies: Counter
    is_reduced: bool


class Part(NamedTuple):
    """One file of a data set.

    Attributes:
        path: Path of the TFRecord of SequenceExamples.
        num_pieces: int, pieces that gave it melodies.
        num_compositions: int, groups that these belong to.
        num_melodies: int.
        num_events: int, Melody events.
        sha256: str, of the file.
    """

    path: Path
    num_pieces: int
    num_compositions: int
    num_melodies: int
    num_events: int
    sha256: str


class Dataset(NamedTuple):
    """What a data set was made of.

    Attributes:
        parts: dict of str to Part: 'training', 'eval' and, if the source splits one off, 'test'.
        report_path: Path of dataset.json.
        settings: dict, what it was asked for.
        outcomes: list of Outcome, one a piece that was read, or that could not be.
    """

    parts: dict
    report_path: Path
    settings: dict
    outcomes: list

    def discarded_pieces(self):
        """Returns the Outcomes of the pieces that gave no melody."""
        return [outcome for outcome in self.outcomes if not outcome.part]

    def discarded_melodies(self):
        """Returns a Counter of the melodies that were not taken, by reason."""
        return sum((outcome.discarded_melodies for outcome in self.outcomes), Counter())

    def num_reduced(self):
        """Returns in how many pieces with melodies the highest of several notes was taken."""
        return sum(outcome.is_reduced for outcome in self.outcomes if outcome.part)


def create_dataset(source, encoding, output_dir, eval_ratio=None, seed=0, rules=MAGENTA_RULES):
    """Reads music and writes training_melodies.tfrecord, eval_melodies.tfrecord and dataset.json.

    The source's own split is used where it has one and `eval_ratio` is None; its test part goes
    into test_melodies.tfrecord. Otherwise compositions are parted by hash.

    Args:
        source: str or Path, as `open_source` takes it.
        encoding: Encoding.
        output_dir: Path of a folder; a data set in it is replaced when the new one is complete.
        eval_ratio: float in [0, 1], the share of compositions for evaluation, or None.
        seed: int, of the split by hash.
        rules: MelodyRules.

    Returns:
        Dataset.

    Raises:
        UserError: If nothing can be read or written, or a part comes out empty; a data set that
            was there is there still.
    """
    music = open_source(source)
    split = choose_split(music, eval_ratio, seed)
    settings = {'config': encoding.name, 'input': str(source), 'eval_ratio': split.eval_ratio,
                'seed': seed, **rules._asdict()}
    folder = make_folder(output_dir)
    with ExitStack() as renames:
        report_path = renames.enter_context(replacing(folder / REPORT_NAME))
        paths = {part: renames.enter_context(replacing(folder / PART_FILES[part]))
                 for part in split.parts}
        with ExitStack() as files:
            writers = {part: _PartWriter(files.enter_context(open(path, 'wb')))
                       for part, path in paths.items()}
            outcomes = list(_write_pieces(music, encoding, rules, split.part_of, writers))
        parts = {part: _part(folder, part, outcomes, writer.digest)
                 for part, writer in writers.items()}
        dataset = Dataset(parts, folder / REPORT_NAME, settings, outcomes)
        _check_not_empty(dataset, split)
        report_path.write_text(report_text(dataset))
    for part in set(PART_FILES) - set(split.parts):
        (folder / PART_FILES[part]).unlink(missing_ok=True)  # Of the data set that this replaces.
    return dataset


class _PartWriter:
    """Writes a file and keeps the digest of what was written."""

    def __init__(self, file):
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data):
        self.digest.update(data)
        self._file.write(data)


def _part(folder, name, outcomes, digest):
    taken = [outcome for outcome in outcomes if outcome.part == name]
    return Part(folder / PART_FILES[name], len(taken), len({outcome.group for outcome in taken}),
                sum(outcome.num_melodies for outcome in taken),
                sum(outcome.num_events for outcome in taken), digest.hexdigest())


def _write_pieces(music, encoding, rules, part_of, writers):
    """Yields the Outcome of every piece after its examples have been written."""
    examples_of = partial(_item_examples, music.read, encoding, rules)
    for pieces in progress(map(examples_of, music.items), description='reading music',
                           unit=music.unit, total=music.num_items):
        for piece, outcome, examples in pieces:
            if examples:
                outcome = outcome._replace(part=part_of(piece))
                for example in examples:
                    write_record(writers[outcome.part], example)
            yield outcome


def _item_examples(read, encoding, rules, item):
    """Returns (Piece without notes, Outcome without part, serialized examples) of each piece.

    Depends on its arguments alone and takes and gives what can be sent between processes.
    """
    return [_piece_examples(piece, encoding, rules) for piece in read(item)]


def _piece_examples(piece, encoding, rules):
    if piece.reason:
        outcome = Outcome(piece.name, piece.group, None, 0, 0, piece.reason,
                          f'{piece.reason}: {piece.detail}', Counter(), False)
        return piece, outcome, []
    melodies, discards, is_reduced = extract_melodies(piece.notes, rules)
    reason = detail = None
    if not melodies:
        reason = discards.most_common(1)[0][0] if discards else 'no_notes'
        detail = _counted(discards) or reason
    outcome = Outcome(piece.name, piece.group, None, len(melodies), sum(map(len, melodies)),
                      reason, detail, discards, is_reduced)
    examples = [serialize(*encoding.codec.encode(_squashed(events, encoding)))
                for events in melodies]
    return piece._replace(notes=None), outcome, examples


def _squashed(events, encoding):
    codec = encoding.codec
    return squash(events, codec.min_note, codec.max_note, encoding.transpose_to_key)


def _counted(counts):
    return ', '.join(f'{count} {reason}' for reason, count in counts.most_common())


def _check_not_empty(dataset, split):
    if not any(part.num_melodies for part in dataset.parts.values()):
        raise UserError(_why_empty(dataset))
    split.check({name: part.num_compositions for name, part in dataset.parts.items()})


def _why_empty(dataset):
    """Returns one line that says why no melody came out, by reason."""
    melodies = dataset.discarded_melodies()
    silent = [outcome for outcome in dataset.outcomes if not outcome.discarded_melodies]
    why = [f'no melody came out of --input={dataset.settings["input"]}',
           f'{len(dataset.outcomes)} pieces read']
    if melodies:
        why.append(f'melodies discarded: {_counted(melodies)}')
    if silent:
        reasons = _counted(Counter(outcome.reason for outcome in silent))
        why.append(f'pieces discarded: {reasons} (the first, {silent[0].name}: '
                   f'{silent[0].detail})')
    if melodies['polyphonic']:
        why.append('--ignore_polyphonic_notes takes the highest note instead')
    return '; '.join(why)
