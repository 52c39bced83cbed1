"""A melody to write: its events in output pitch, its tempo, and its names."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER, notes_of_melody

STEPS_PER_BAR = 4 * STEPS_PER_QUARTER  # MelodyRNN writes in 4/4.


class OutputMelody(NamedTuple):
    """A melody, ready to be written in any format.

    Attributes:
        events: int array [num_steps], Melody events in output pitch.
        primer_steps: int, events at the beginning that were given and not generated.
        qpm: float, quarter notes a minute.
        name: str, its file's name without a suffix, or an id.
        title: str, for people: 'scheduled_sampling, seed 3'.
        caption: str, more about it for people; may be empty.
    """

    events: np.ndarray
    primer_steps: int
    qpm: float
    name: str = ''
    title: str = ''
    caption: str = ''

    @property
    def notes(self):
        """The MelodyNotes of the events."""
        return notes_of_melody(self.events)

    @property
    def num_steps(self):
        return len(self.events)

    @property
    def secs_per_step(self):
        return 60.0 / self.qpm / STEPS_PER_QUARTER

    def sequence(self):
        """Returns the music as a note_seq NoteSequence, as note_seq.Melody.to_sequence does."""
        melody = import_note_seq().Melody([int(event) for event in self.events])
        return melody.to_sequence(qpm=self.qpm)
