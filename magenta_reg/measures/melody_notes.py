"""The notes of a melody: pitch, onset and length of each, from its events."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.codec import NO_EVENT

STEPS_PER_QUARTER = 4


class Notes(NamedTuple):
    """The notes of a melody, one at a time.

    Attributes:
        events: int64 [steps], the Melody events that they were read from.
        pitches: int64 [notes], MIDI pitches.
        onsets_steps: int64 [notes], increasing.
        lengths_steps: int64 [notes], until the next note, the note-off or the end of the melody.
    """

    events: np.ndarray
    pitches: np.ndarray
    onsets_steps: np.ndarray
    lengths_steps: np.ndarray


def notes_of(events):
    """Reads the notes of a melody.

    The first events may hold on to a note that began before them, in a primer: as its pitch is not
    among the events, it is no note here. The last note ends with the melody at the latest.

    Args:
        events: int array [steps], Melody events.

    Returns:
        Notes.

    Raises:
        UserError: If an event is none: below -2 or above 127.
    """
    events = np.asarray(events, np.int64)
    if len(events) and (events.min() < NO_EVENT or events.max() > 127):
        wrong = int(events[(events < NO_EVENT) | (events > 127)][0])
        raise UserError(f'{wrong} is no Melody event: use -2, -1 or a MIDI pitch of [0, 128)')
    changes = np.flatnonzero(events != NO_EVENT)
    lengths = np.diff(changes, append=len(events))
    is_note = events[changes] >= 0
    return Notes(events, events[changes[is_note]], changes[is_note], lengths[is_note])
