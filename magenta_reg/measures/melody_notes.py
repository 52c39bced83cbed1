"""The notes of a melody: pitch, onset and length of each, from its events."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.codec import NO_EVENT

STEPS_PER_QUARTER = 4


class MelodyNotes(NamedTuple):
    """The notes of a melody, in order; they never overlap.

    Attributes:
        events: int64 [steps], the Melody events that they were read from.
        pitches: int64 [notes], MIDI pitches.
        onsets_steps: int64 [notes].
        lengths_steps: int64 [notes], until the next note, the note-off or the end of the melody.
    """

    events: np.ndarray
    pitches: np.ndarray
    onsets_steps: np.ndarray
    lengths_steps: np.ndarray

    @property
    def ends_steps(self):
        """int64 [notes], where each stops sounding."""
        return self.onsets_steps + self.lengths_steps

    def spans(self):
        """Returns a list of (first step, step after the last, pitch), each an int."""
        columns = self.onsets_steps, self.ends_steps, self.pitches
        return list(zip(*[column.tolist() for column in columns], strict=True))


def notes_of_melody(events):
    """Reads the MelodyNotes of Melody events, int array [steps].

    A note that began before the first event, in a primer, is left out: its pitch is not known.

    Raises:
        UserError: If an event is below -2 or above 127.
    """
    events = np.asarray(events, np.int64)
    wrong = events[(events < NO_EVENT) | (events > 127)]
    if len(wrong):
        raise UserError(f'{wrong[0]} is no Melody event: use -2, -1 or a MIDI pitch of [0, 128)')
    changes = np.flatnonzero(events != NO_EVENT)
    lengths = np.diff(changes, append=len(events))
    is_note = events[changes] >= 0
    return MelodyNotes(events, events[changes[is_note]], changes[is_note], lengths[is_note])
