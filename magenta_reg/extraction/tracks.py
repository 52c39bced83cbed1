"""Notes on a grid of steps, one instrument at a time: what melodies are read from.

Source: magenta.pipelines.note_sequence_pipelines, TimeChangeSplitter and Quantizer.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

_DEFAULT_METER = (4, 4)
_DEFAULT_QUARTERS_PER_MINUTE = 120.0


class Stretch(NamedTuple):
    """A part of a piece with one tempo and one meter.

    Attributes:
        notes: Notes, of which the times are those in the piece.
        starts_secs, ends_secs: float64 [notes], from the beginning of the stretch, within it.
        meter: tuple of float, numerator and denominator.
    """

    notes: object
    starts_secs: np.ndarray
    ends_secs: np.ndarray
    meter: tuple
    quarters_per_minute: float


def stretches(notes):
    """Yields a Stretch between any two changes of tempo or meter in Notes, if it has notes.

    Source: note_seq's `split_note_sequence_on_time_changes`.
    """
    bounds_secs = [*_change_times(notes), notes.total_secs]
    meters, tempos = (changes[np.argsort(changes[:, 0], kind='stable')]
                      for changes in (notes.meters, notes.tempos))
    order = np.argsort(notes.starts_secs, kind='stable')
    starts_secs = notes.starts_secs[order]
    for begin, end in pairwise(bounds_secs):
        first, last = np.searchsorted(starts_secs, [begin, end])
        chosen = order[first:last]
        if len(chosen):
            yield Stretch(
                notes._replace(**{field: getattr(notes, field)[chosen] for field in (
                    'pitches', 'velocities', 'instruments', 'are_drums')}),
                notes.starts_secs[chosen] - begin,
                np.minimum(notes.ends_secs[chosen], end) - begin,
                tuple(_latest(meters, begin, _DEFAULT_METER)),
                *_latest(tempos, begin, (_DEFAULT_QUARTERS_PER_MINUTE,)))


def _change_times(notes):
    """Returns the seconds at which a stretch begins: 0, and where tempo or meter change."""
    changes = [(row[0], 'meter', tuple(row[1:])) for row in notes.meters]
    changes += [(row[0], 'tempo', tuple(row[1:])) for row in notes.tempos]
    current = {'meter': _DEFAULT_METER, 'tempo': (_DEFAULT_QUARTERS_PER_MINUTE,)}
    times = [0.0]
    for secs, kind, value in sorted(changes, key=lambda change: change[0]):
        if secs < notes.total_secs and current[kind] != value:
            current[kind] = value
            if secs > times[-1]:
                times.append(secs)
    return times


def _latest(changes, secs, default):
    """Returns the values of the last change not after `secs`; `changes` are in order of time."""
    num_past = np.searchsorted(changes[:, 0], secs, 'right')
    return changes[num_past - 1, 1:] if num_past else default


def bar_steps(meter, steps_per_quarter):
    """Returns the int steps in a bar, and None; or None, and the reason why there is no number."""
    numerator, denominator = (int(value) for value in meter)
    if numerator == 0 or denominator <= 0 or denominator & (denominator - 1):
        return None, 'bad_time_signature'
    steps = steps_per_quarter * (4.0 / denominator * numerator)
    return (int(steps), None) if steps == int(steps) else (None, 'non_integer_steps_per_bar')


class Track(NamedTuple):
    """One instrument on the grid; the highest note of each step, in order of time.

    Attributes:
        note_steps: int64, the start of every note, silent and drum notes too.
        start_steps, pitches: int64 [notes]; the steps are strictly increasing.
        end_steps: int64 [notes], where the note would end if no other began.
        doubled_steps: int64, steps at which further notes start.
    """

    note_steps: np.ndarray
    start_steps: np.ndarray
    end_steps: np.ndarray
    pitches: np.ndarray
    doubled_steps: np.ndarray


def tracks(stretch, steps_per_quarter):
    """Yields the Track of each instrument of a Stretch, in order of their numbers."""
    notes = stretch.notes
    steps_per_sec = steps_per_quarter * stretch.quarters_per_minute / 60.0
    starts = _nearest_steps(stretch.starts_secs, steps_per_sec)
    ends = _nearest_steps(stretch.ends_secs, steps_per_sec)
    ends += ends == starts  # A note has at least one step.
    is_heard = ~notes.are_drums & (notes.velocities > 0)
    order = np.lexsort([-notes.pitches, starts, notes.instruments])
    borders = np.flatnonzero(np.diff(notes.instruments[order])) + 1
    for track in np.split(order, borders):
        heard = track[is_heard[track]]
        is_highest = np.diff(starts[heard], prepend=-1) > 0
        highest = heard[is_highest]
        yield Track(starts[track], starts[highest], ends[highest], notes.pitches[highest],
                    starts[heard[~is_highest]])


def _nearest_steps(secs, steps_per_sec):
    """Source: note_seq's `quantize_to_step`, which rounds halves up."""
    return (secs * steps_per_sec + 0.5).astype(np.int64)
