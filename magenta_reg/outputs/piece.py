"""A melody to write: its events in output pitch, its tempo, and what it is called."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import import_magenta

_NOTE_OFF = -1


class Piece(NamedTuple):
    """A melody, ready to be written in any format.

    Attributes:
        melody: note_seq.Melody, or int [num_steps] Melody events, in output pitch.
        primer_steps: int, events at the beginning that were given and not generated.
        qpm: float, quarter notes a minute.
        steps_per_quarter: int.
        name: str, its file's name without a suffix, or an id.
        title: str, for people: 'scheduled_sampling, seed 3'.
        caption: str, what else is to be said of it; '' for nothing.
    """

    melody: object
    primer_steps: int
    qpm: float
    steps_per_quarter: int = 4
    name: str = ''
    title: str = ''
    caption: str = ''

    @property
    def events(self):
        """int64 [num_steps], Melody events."""
        return np.array([int(event) for event in self.melody], np.int64)

    @property
    def num_steps(self):
        return len(self.melody)

    @property
    def steps_per_bar(self):
        """int, for 4/4, which MelodyRNN writes in."""
        return 4 * self.steps_per_quarter

    @property
    def secs_per_step(self):
        return 60.0 / self.qpm / self.steps_per_quarter

    def sequence(self):
        """Returns the music as a note_seq NoteSequence.

        Source: note_seq.Melody.to_sequence, velocity 100, program 0.
        """
        note_seq = import_magenta('note_seq')
        melody = note_seq.Melody(self.events.tolist(), steps_per_quarter=self.steps_per_quarter,
                                 steps_per_bar=self.steps_per_bar)
        return melody.to_sequence(qpm=self.qpm)


class SteppedNotes(NamedTuple):
    """The notes of a melody on its own grid, in order; they never overlap.

    Attributes:
        starts_steps: int64 [notes].
        ends_steps: int64 [notes], where each stops to sound.
        pitches: int64 [notes], MIDI pitches.
    """

    starts_steps: np.ndarray
    ends_steps: np.ndarray
    pitches: np.ndarray


def stepped_notes(events):
    """Returns the SteppedNotes of Melody events.

    A note sounds until the next note, a note-off or the end.

    Args:
        events: int [num_steps], Melody events.
    """
    events = np.asarray(events)
    changes = np.flatnonzero(events >= _NOTE_OFF)
    ends = np.append(changes[1:], len(events))
    strikes = events[changes] > _NOTE_OFF
    return SteppedNotes(changes[strikes], ends[strikes], events[changes[strikes]].astype(np.int64))
