"""Notes on a grid of steps, one instrument at a time: what melodies are read from.

Source: magenta.pipelines.note_sequence_pipelines, TimeChangeSplitter and Quantizer.
"""

from typing import NamedTuple

import numpy as np

_DEFAULT_METER = (4, 4)
_DEFAULT_QUARTERS_PER_MINUTE = 120.0
_MAX_DENOMINATOR = 2 ** 31 - 1  # What a NoteSequence can hold.


class Stretch(NamedTuple):
    """A part of a piece with one tempo and one meter.

    Attributes:
        begin_secs: float, where it begins in the piece.
        notes: Notes, of which the times are those in the piece.
        starts_secs, ends_secs: float64 [notes], from the beginning of the stretch, within it.
        meter: tuple of float, numerator and denominator.
    """

    begin_secs: float
    notes: object
    starts_secs: np.ndarray
    ends_secs: np.ndarray
    meter: tuple
    quarters_per_minute: float


def stretches(notes):
    """Yields a Stretch between any two changes of tempo or meter in Notes, if it has notes.

    Of changes at one time the last counts, and where it says what was before, nothing changes.
    note_seq begins a stretch there.

    Source: note_seq's `split_note_sequence_on_time_changes`.
    """
    meters, tempos = (changes[np.argsort(changes[:, 0], kind='stable')]
                      for changes in (notes.meters, notes.tempos))
    order = np.argsort(notes.starts_secs, kind='stable')
    starts_secs = notes.starts_secs[order]
    sections = _sections(meters, tempos, notes.total_secs)
    ends_secs = [*(begin for begin, *_ in sections[1:]), notes.total_secs]
    for (begin, meter, tempo), end in zip(sections, ends_secs, strict=True):
        first, last = np.searchsorted(starts_secs, [begin, end])
        chosen = order[first:last]
        if len(chosen):
            yield Stretch(
                begin, notes._replace(**{field: getattr(notes, field)[chosen] for field in (
                    'pitches', 'velocities', 'instruments', 'are_drums')}),
                notes.starts_secs[chosen] - begin,
                np.minimum(notes.ends_secs[chosen], end) - begin, meter, *tempo)


def _sections(meters, tempos, total_secs):
    """Returns a list of (seconds, meter, tempo): 0 and where the two are others than before."""
    sections = [(0.0, _DEFAULT_METER, (_DEFAULT_QUARTERS_PER_MINUTE,))]
    for secs in sorted({*meters[:, 0].tolist(), *tempos[:, 0].tolist()}):
        now = (_latest(meters, secs, _DEFAULT_METER),
               _latest(tempos, secs, (_DEFAULT_QUARTERS_PER_MINUTE,)))
        if secs <= 0:
            sections = [(0.0, *now)]
        elif secs < total_secs and now != sections[-1][1:]:
            sections.append((secs, *now))
    return sections


def _latest(changes, secs, default):
    """Returns the values of the last change not after `secs`; `changes` are in order of time."""
    num_past = np.searchsorted(changes[:, 0], secs, 'right')
    return tuple(changes[num_past - 1, 1:].tolist()) if num_past else default


def bar_steps(meter, steps_per_quarter):
    """Returns the int steps in a bar, and None; or None, and the reason why there is no number."""
    numerator, denominator = (int(value) for value in meter)
    if (numerator == 0 or not 0 < denominator <= _MAX_DENOMINATOR
            or denominator & (denominator - 1)):
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
