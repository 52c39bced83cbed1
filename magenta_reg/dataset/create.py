"""Makes the parts of a data set, and accounts for every piece."""

from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, naming, printable
from magenta_reg.base.notebook import image_html, text_html
from magenta_reg.base.processes import Crashed, map_in_processes
from magenta_reg.base.progress import progress
from magenta_reg.dataset.duplicates import find_duplicates
from magenta_reg.dataset.folder import (
    PART_FILES,
    PLOT_NAME,
    REPORT_NAME,
    dataset_sha256,
    replacing_dataset,
)
from magenta_reg.dataset.items import UNREADABLE, Job, counted, crashed
from magenta_reg.dataset.oracle_data import OracleJob, describe_oracle, open_oracle
from magenta_reg.dataset.parts import PartFile
from magenta_reg.dataset.plot import draw_dataset
from magenta_reg.dataset.report import report_text, summary_text, why_empty
from magenta_reg.dataset.split import NOT_IN_SHARE, TRAINED_ON, choose_split
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.oracles.table import is_oracle
from magenta_reg.sources.open_source import open_source
from magenta_reg.sources.other_files import lines_about

DUPLICATE = 'duplicate'


class PartSummary(NamedTuple):
    """One file of a data set, in numbers.

    Attributes:
        path: Path of the TFRecord of SequenceExamples, or None if it was not written.
        num_pieces, num_compositions: int, pieces that gave it melodies, and their groups.
        num_melodies, num_events: int, examples, transposed ones too, and their Melody events.
        sha256: str, of the file, or None.
    """

    path: Path | None
    num_pieces: int
    num_compositions: int
    num_melodies: int
    num_events: int
    sha256: str | None


class Dataset(NamedTuple):
    """What a data set was made of.

    Attributes:
        parts: dict of str to PartSummary: 'training', 'eval' and, if asked for, 'judge', 'test'.
        report_path, plot_path: Path of dataset.json and dataset.png, or None if not written.
        sha256: str, of the whole, as `dataset_identity` gives it, or None.
        settings: dict, what it was asked for.
        outcomes: list of PieceOutcome, one a piece that was read, or that could not be.
        duplicates: Duplicates, with numbers of outcomes for names.
        num_removed: int, melodies that were taken out of the training part as duplicates.
        others: Counter of the suffixes of the files of the input that are not read.
        notes: tuple of str, lines that a person should read of the split and of these files.
        oracle: dict, what dataset.json says of the oracle that drew the melodies, or None.
        num_removed_from_judge: int, melodies taken out of the judge part as duplicates.
    """

    parts: dict
    report_path: Path | None
    plot_path: Path | None
    sha256: str | None
    settings: dict
    outcomes: list
    duplicates: object
    num_removed: int
    others: Counter
    notes: tuple = ()
    oracle: dict | None = None
    num_removed_from_judge: int = 0

    def __str__(self):
        """Returns what `melody_rnn_reg_create_dataset` prints."""
        return summary_text(self)

    __repr__ = __str__  # The tuple itself names every piece.

    def _repr_html_(self):
        """Shows the same in a notebook, and dataset.png."""
        plot = self.plot_path and image_html(self.plot_path, 'Lengths, pitches and kinds of events')
        return f'{text_html(self)}{plot or ""}'

    def discarded_pieces(self):
        """Returns the PieceOutcomes of the pieces that gave no melody."""
        return [outcome for outcome in self.outcomes if not outcome.part]

    def discarded_melodies(self):
        """Returns a Counter of the melodies that were not taken, by reason."""
        return sum((outcome.discarded_melodies for outcome in self.outcomes), Counter())

    def num_reduced(self):
        """Returns in how many pieces with melodies the highest of several notes was taken."""
        return sum(outcome.is_reduced for outcome in self.outcomes if outcome.part)


def create_dataset(source, encoding, output_dir, eval_ratio=None, seed=0, rules=MAGENTA_RULES, *,
                   test_ratio=None, split_by='composition', transpositions=(0,),
                   keep_duplicates=False, num_workers=1, strict=False, plot=False,
                   judge_ratio=None, training_share=1.0):
    """Reads music and writes training_melodies.tfrecord, eval_melodies.tfrecord and dataset.json.

    The source's own split is used where it has one and none is asked for; its test part goes into
    test_melodies.tfrecord. Otherwise compositions are split by hash.

    Args:
        source: str or Path, as `open_source` takes it; or an oracle, as `make_oracle` does.
        encoding: Encoding.
        output_dir: Path of a folder, whose data set is replaced when the new one is complete; None
            to write nothing and see what would come out.
        eval_ratio: float in [0, 1], the share of compositions for evaluation, or None.
        seed: int, of the split by hash, and of an oracle.
        rules: MelodyRules.
        test_ratio: float in [0, 1], the share of compositions for the test part; or None; or
            'auto' for three parts in any case: the source's own, or by hash with 0.1 for test.
        split_by: str, as `choose_split` takes it.
        transpositions: sequence of int, semitones; the training and the judge part have every
            melody in each.
        keep_duplicates: bool, keep melodies in the training and the judge part that another part
            has, too; those of an oracle are kept in any case, or the rest would have another
            distribution.
        num_workers: int, processes that read; what is written does not depend on it.
        strict: bool, the first piece that cannot be read is an error.
        plot: bool, draw dataset.png.
        judge_ratio: float in [0, 1], the share of compositions, taken from training, for networks
            that judge those of the training part: judge_melodies.tfrecord; or None.
        training_share: float in (0, 1], how much of the training part is kept, by compositions. A
            smaller share is a part of a larger one, and the other parts are the same.

    Returns:
        Dataset. After an error, a data set that was there is there still.
    """
    rules.check()
    oracle = None
    if is_oracle(source):
        oracle, music = open_oracle(source, encoding, seed, rules, transpositions)
        keep_duplicates = True
    else:
        music = open_source(source, by_folder=split_by == 'folder')
    split = choose_split(music, eval_ratio, seed, test_ratio, split_by, judge_ratio,
                         training_share)
    settings = {'config': encoding.name, 'input': printable(source), 'eval_ratio': split.eval_ratio,
                'test_ratio': split.test_ratio, 'split_by': split.split_by, 'seed': seed,
                **rules._asdict(), 'transpositions': list(transpositions),
                'keep_duplicates': keep_duplicates,
                **({'judge_ratio': judge_ratio} if judge_ratio else {}),
                **({'training_share': training_share} if training_share != 1 else {})}
    folder = make_folder(output_dir) if output_dir is not None else None
    job = (OracleJob(split, encoding, bool(folder)) if oracle else
           Job(music.read, split, encoding, rules, tuple(transpositions), bool(folder)))
    with ExitStack() as stack:
        new_folder = stack.enter_context(replacing_dataset(folder)) if folder else None
        files = {part: stack.enter_context(PartFile(part, new_folder)) for part in split.parts}
        outcomes = _write_pieces(music, job, files, num_workers, strict)
        duplicates = find_duplicates(each for file in files.values()
                                     for each in file.fingerprints())
        # What is taken out as a duplicate counts for the shares, too.
        dropped = [outcome for outcome in outcomes if outcome.reason == NOT_IN_SHARE]
        num_pieces = Counter(outcome.part for outcome in outcomes if outcome.part)
        num_pieces['training'] += len(dropped)
        share_lines = split.lines_about_share(
            [outcome for outcome in outcomes if outcome.part == 'training'], dropped)
        nums_removed = {} if keep_duplicates else {
            part: _remove(duplicates, files[part], outcomes) for part in split.parts
            if part in TRAINED_ON}
        dataset = _dataset(folder, files, settings, outcomes, duplicates, nums_removed, plot,
                           music.others)
        _check_not_empty(dataset, split)
        dataset = dataset._replace(notes=(
            *_notes(dataset, music, split, num_pieces), *share_lines))
        if oracle:
            dataset = dataset._replace(oracle=describe_oracle(oracle, music, new_folder))
        if folder:
            _describe(dataset, files, new_folder)
    return dataset


def _write_pieces(music, job, files, num_workers, strict):
    """Writes the examples of every piece. Returns the list of PieceOutcomes."""
    outcomes = []
    if music.num_items is not None:
        num_workers = max(1, min(num_workers, music.num_items))
    with closing(map_in_processes(job, music.items, num_workers)) as results:
        for item, pieces in progress(results, description='reading music', unit=music.unit,
                                     total=music.num_items):
            if isinstance(pieces, Crashed):
                pieces = [(crashed(item, pieces.how), [])]
            for outcome, melodies in pieces:
                if strict and (outcome.reason or '').startswith(UNREADABLE):
                    raise UserError(f'--strict: {outcome.name}: {outcome.detail}; without --strict '
                                    'it is counted and skipped')
                if melodies:
                    files[outcome.part].write(len(outcomes), melodies)
                outcomes.append(outcome)
    for file in files.values():
        file.finish()
    return outcomes


def _remove(duplicates, file, outcomes):
    """Takes what other parts have, too, out of a PartFile. Returns how many melodies."""
    removed = file.drop(duplicates.leaks) if duplicates.leaks else []
    for number, lengths in removed:
        outcome = outcomes[number]
        outcome = outcome._replace(
            num_melodies=outcome.num_melodies - len(lengths),
            num_events=outcome.num_events - sum(lengths),
            discarded_melodies=outcome.discarded_melodies + Counter([DUPLICATE]))
        if not outcome.num_melodies:
            outcome = outcome._replace(part=None, reason=DUPLICATE,
                                       detail=counted(outcome.discarded_melodies))
        outcomes[number] = outcome
    return len(removed)


def _dataset(folder, files, settings, outcomes, duplicates, nums_removed, plot, others):
    parts = {name: _part_summary(folder, file, outcomes) for name, file in files.items()}
    paths = None, None, None
    if folder:
        sha256 = dataset_sha256({name: part.sha256 for name, part in parts.items()})
        paths = folder / REPORT_NAME, folder / PLOT_NAME if plot else None, sha256
    return Dataset(parts, *paths, settings, outcomes, duplicates, nums_removed.get('training', 0),
                   others, num_removed_from_judge=nums_removed.get('judge', 0))


def _part_summary(folder, file, outcomes):
    taken = [outcome for outcome in outcomes if outcome.part == file.name]
    return PartSummary(folder / PART_FILES[file.name] if folder else None, len(taken),
                       len({outcome.group for outcome in taken}),
                       sum(outcome.num_melodies for outcome in taken),
                       sum(outcome.num_events for outcome in taken), file.sha256)


def _describe(dataset, files, new_folder):
    """Writes dataset.json and, if it is wanted, dataset.png."""
    if dataset.plot_path:
        statistics = {name: file.statistics() for name, file in files.items()}
        plot = draw_dataset(statistics, dataset.settings['steps_per_quarter'])
        with naming(dataset.plot_path):
            (new_folder / PLOT_NAME).write_bytes(plot)
    with naming(dataset.report_path):
        (new_folder / REPORT_NAME).write_text(report_text(dataset), encoding='utf-8')


def _check_not_empty(dataset, split):
    if not any(part.num_melodies for part in dataset.parts.values()):
        raise UserError(why_empty(dataset))
    for part, num_removed in zip(TRAINED_ON, (dataset.num_removed, dataset.num_removed_from_judge),
                                 strict=True):
        if num_removed and not dataset.parts[part].num_melodies:
            share = (', a larger --training_share'
                     if part == 'training' and 'training_share' in dataset.settings else '')
            raise UserError(f'the {part} part came out empty: all of its {num_removed:,} melodies '
                            f'are in another part, too; give more music{share}, or '
                            '--keep_duplicates')
    split.check(_num_units(dataset, split))


def _num_units(dataset, split):
    nums = Counter({name: part.num_pieces if split.split_by == 'file' else part.num_compositions
                    for name, part in dataset.parts.items()})
    nums['training'] += len({split.unit_of(outcome) for outcome in dataset.outcomes
                             if outcome.reason == NOT_IN_SHARE})
    return nums


def _notes(dataset, music, split, num_pieces):
    is_by_composition = split.split_by == 'composition' and (
        split.eval_ratio or split.test_ratio or split.judge_ratio)
    return (*([music.grouping] if music.grouping and is_by_composition else ()),
            *split.lines_about(num_pieces, _num_units(dataset, split)),
            *lines_about(music.others))
