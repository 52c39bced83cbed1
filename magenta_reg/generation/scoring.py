"""How likely a trained network finds given music, melody by melody, as a table."""

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, replacing
from magenta_reg.base.notebook import table_html, text_html
from magenta_reg.dataset.piece_melodies import read_piece_melodies
from magenta_reg.extraction.melodies import MelodyRules
from magenta_reg.measures.repetition import repetition
from magenta_reg.model.evaluate import perplexity

NO_EVENTS = 'no event after the primer'

# All of the music is scored: nothing is too short, too plain or cut off.
_RULES = MelodyRules(min_bars=0, min_unique_pitches=0, window_steps=2 ** 14)

# Melodies that are read ahead and sorted by length, and events of a batch.
_READ_AHEAD = 256
_MAX_BATCH_EVENTS = 2 ** 17

_MAX_SHOWN = 50  # Rows in a notebook.


class ScoredMelody(NamedTuple):
    """A row of the table: a melody, or a piece that gave none.

    Attributes:
        source: str, the piece: a file's path in its folder, or a record's place.
        melody: int, number of the melody in the piece, from 0.
        start_step: int, the first event that is scored; the numbers below are of it and the rest.
        num_events: int, events scored.
        log_likelihood_nats: float, of these, at temperature 1.
        nats_per_event: float.
        perplexity: float, exp(-nats_per_event).
        accuracy: float, share of events whose label was the likeliest class.
        repetition: float or None, as `repetition`.
        longest_shared_run: int, events of the longest passage shared with the training set; None
            without an index.
        is_reduced: bool, whether somewhere in the piece the highest of several notes was taken.
        reason: str, why there is no score, and all numbers are None; or None.
    """

    source: str
    melody: int | None = None
    start_step: int | None = None
    num_events: int | None = None
    log_likelihood_nats: float | None = None
    nats_per_event: float | None = None
    perplexity: float | None = None
    accuracy: float | None = None
    repetition: float | None = None
    longest_shared_run: int | None = None
    is_reduced: bool | None = None
    reason: str | None = None


class ScoreSummary(NamedTuple):
    """The sums over all rows.

    Attributes:
        num_melodies: int, melodies scored.
        num_events: int, of these.
        total_nats: float, log-likelihood of all of them.
        skipped: Counter of str, the kind of reason: pieces and melodies without a score.
        num_reduced: int, melodies of pieces where the highest of several notes was taken.
    """

    num_melodies: int
    num_events: int
    total_nats: float
    skipped: Counter
    num_reduced: int

    @classmethod
    def of(cls, rows, path):
        """Adds up ScoredMelodies of the music in `path`; UserError if none has a score."""
        counts, skipped, first_skipped, total_nats = Counter(), Counter(), None, 0.0
        for row in rows:
            if row.reason:
                first_skipped = first_skipped or row
                skipped[row.reason.partition(':')[0]] += 1
                continue
            counts.update(melodies=1, events=row.num_events, reduced=row.is_reduced)
            total_nats += row.log_likelihood_nats
        if not counts['melodies']:
            raise UserError(f'{path} has no melody to score: {_counted(skipped)} (the first, '
                            f'{first_skipped.source}: {first_skipped.reason})')
        return cls(counts['melodies'], counts['events'], total_nats, skipped, counts['reduced'])

    def text(self):
        """Returns it in one line."""
        nats = self.total_nats / self.num_events
        line = (f'{self.num_melodies:,} melodies, {self.num_events:,} events: {nats:.4f} '
                f'nats/event, perplexity {perplexity(-nats):.3f}')
        if self.num_reduced:
            line += (f'; {self.num_reduced:,} are of polyphonic music: the highest note of each '
                     'step was taken')
        if self.skipped:
            line += f'; without a score: {_counted(self.skipped)}'
        return line


def score_to_csv(model, path, output_path, primer_steps=1, training_index=None, batch_size=64):
    """Scores any music and writes a CSV file, atomically.

    The table has a row a melody, and one with a reason for a piece without any. Without an index
    it has no column `longest_shared_run`.

    Args:
        output_path: Path; a file there is replaced, a missing folder is made.
        model, path, primer_steps, training_index, batch_size: as `score_files`.

    Returns:
        ScoreSummary.
    """
    output_path = Path(output_path)
    if output_path.is_dir():
        raise UserError(f'{output_path} is a folder: give the name of a CSV file')
    make_folder(output_path.parent)
    columns = [name for name in ScoredMelody._fields
               if training_index or name != 'longest_shared_run']
    with replacing(output_path) as temporary, open(temporary, 'w', newline='',
                                                   encoding='utf-8') as file:
        writer = csv.DictWriter(file, columns, extrasaction='ignore', lineterminator='\n')
        writer.writeheader()
        rows = score_files(model, path, primer_steps, training_index, batch_size)
        return ScoreSummary.of(_written(rows, writer), path)


def _written(rows, writer):
    """Yields rows, each once it is in the table."""
    for row in rows:
        writer.writerow(row._asdict())
        yield row


class ScoredMusic(list):
    """A list of ScoredMelody that shows itself in a notebook as a table.

    Attributes:
        summary: ScoreSummary.
    """

    def __init__(self, rows, path):
        """Takes an iterable of ScoredMelody, of the music in `path`."""
        super().__init__(rows)
        self.summary = ScoreSummary.of(self, path)

    def __repr__(self):
        return f'<{self.summary.text()}>'

    def _repr_html_(self):
        shown = [(row.source, row.melody, row.num_events, f'{row.nats_per_event:.3f}',
                  f'{row.perplexity:.2f}', f'{row.accuracy:.1%}') if row.reason is None else
                 (row.source, row.reason) for row in self[:_MAX_SHOWN]]
        header = 'source', 'melody', 'events', 'nats per event', 'perplexity', 'accuracy'
        return text_html(self.summary.text()) + table_html(shown, header)


def score_files(model, path, primer_steps=1, training_index=None, batch_size=64):
    """Scores any music; reads ahead no more than a few hundred melodies.

    Args:
        model: MelodyModel.
        path: str or Path, as `read_piece_melodies` takes it.
        primer_steps: int, 1 or more: how many events at the start are heard and not scored.
        training_index: TrainingIndex or None.
        batch_size: int, melodies at a time; fewer of long ones.

    Yields:
        ScoredMelody, in the order of the input.
    """
    if primer_steps < 1:
        raise UserError(f'primer_steps={primer_steps} must be 1 or more: the first event of a '
                        'melody has no prediction')
    rows, melodies = [], []
    for piece in read_piece_melodies(path, model.encoding, _RULES):
        if piece.reason:
            rows.append(ScoredMelody(piece.name, reason=piece.reason))
        for number, events in enumerate(piece.melodies):
            is_scored = len(events) > primer_steps
            rows.append(ScoredMelody(piece.name, number, is_reduced=piece.is_reduced,
                                     reason=None if is_scored else NO_EVENTS))
            melodies += [events] if is_scored else []
        if len(rows) >= _READ_AHEAD:
            yield from _scored(model, rows, melodies, primer_steps, training_index, batch_size)
            rows, melodies = [], []
    yield from _scored(model, rows, melodies, primer_steps, training_index, batch_size)


def _scored(model, rows, melodies, primer_steps, training_index, batch_size):
    """Yields rows; those without a reason get the scores of the melodies."""
    batch_size = max(1, min(batch_size, _MAX_BATCH_EVENTS // max(map(len, melodies), default=1)))
    scores = model.score(melodies, batch_size) if melodies else None
    shared = [None] * len(melodies)
    if training_index:
        shared = training_index.longest_passage_lengths(melodies, [primer_steps] * len(melodies))
    results = iter(zip(melodies, scores.log_probs, scores.correct, shared, strict=True)
                   if melodies else ())
    for row in rows:
        yield row if row.reason else _with_score(row, primer_steps, *next(results))


def _with_score(row, start, events, log_probs, correct, longest_shared):
    scored = events[start:]
    # The first prediction is of event 1.
    nats = float(log_probs[start - 1:].sum(dtype=np.float64))
    return row._replace(
        start_step=start, num_events=len(scored), log_likelihood_nats=nats,
        nats_per_event=nats / len(scored), perplexity=perplexity(-nats / len(scored)),
        accuracy=float(correct[start - 1:].mean()), repetition=repetition(scored),
        longest_shared_run=longest_shared)


def _counted(counts):
    return ', '.join(f'{count:,} {reason}' for reason, count in counts.most_common())
