"""One shape for music of any format: its notes, and the piece that they belong to."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import explain

MAX_BYTES = 64 * 2 ** 20  # No file of music is larger, packed or not.


class Notes(NamedTuple):
    """The notes of a piece, in any order, and what its times mean.

    Attributes:
        starts_secs, ends_secs: float64 [notes], no end before its start.
        pitches: int64 [notes], MIDI pitches.
        velocities: int64 [notes]; a note of velocity 0 is silent.
        instruments: int64 [notes], one number a voice.
        are_drums: bool [notes].
        tempos: float64 [changes, 2], seconds and quarters a minute; 120 before the first.
        meters: float64 [changes, 3], seconds, numerator, denominator; 4/4 before the first.
        total_secs: float, where the piece ends: nothing after it counts.
        left_out: str, what of the music is not among the notes, with its number; '' if all is.
    """

    starts_secs: np.ndarray
    ends_secs: np.ndarray
    pitches: np.ndarray
    velocities: np.ndarray
    instruments: np.ndarray
    are_drums: np.ndarray
    tempos: np.ndarray
    meters: np.ndarray
    total_secs: float
    left_out: str = ''


class Piece(NamedTuple):
    """What a source gives: music, or why there is none.

    Attributes:
        name: str, where it came from, relative to the source.
        group: str, the composition: pieces of one group go into the same part of a data set.
        split: 'train', 'validation' or 'test' where the source says so, else None.
        notes: Notes, or None if it could not be read.
        reason: str or None, the kind of thing that was wrong, for counting.
        detail: str, what exactly was wrong.
        reader: str or None, what read it: a file of this folder, or which parser of ABC.
    """

    name: str
    group: str
    split: str | None = None
    notes: Notes | None = None
    reason: str | None = None
    detail: str = ''
    reader: str | None = None

    def failed(self, reason, detail):
        """Returns this piece as one that could not be read; `detail` is a text or an exception."""
        return self._replace(notes=None, reason=reason, detail=explain(detail))


def notes_of_sequence(sequence):
    """Returns the Notes of a note_seq NoteSequence; ValueError if it is quantized or senseless."""
    if sequence.quantization_info.WhichOneof('resolution'):
        raise ValueError('the NoteSequence is quantized already')
    rows = [(note.start_time, note.end_time, note.pitch, note.velocity, note.instrument,
             note.is_drum) for note in sequence.notes]
    columns = np.array(rows, np.float64).reshape([-1, 6]).T
    tempos = [(tempo.time, tempo.qpm) for tempo in sequence.tempos]
    meters = [(meter.time, meter.numerator, meter.denominator)
              for meter in sequence.time_signatures]
    return checked(Notes(*columns[:2], *columns[2:5].astype(np.int64), columns[5].astype(bool),
                         np.array(tempos, np.float64).reshape([-1, 2]),
                         np.array(meters, np.float64).reshape([-1, 3]), sequence.total_time))


def checked(notes):
    """Returns the notes; ValueError if they break what Notes promises or are too large to count."""
    times = np.concatenate([notes.starts_secs, notes.ends_secs, notes.tempos.ravel(),
                            [notes.total_secs]])
    # Beyond 2**31 seconds or quarters a minute, steps would no longer be exact integers.
    if not (np.abs(times) < 2.0 ** 31).all():
        raise ValueError('a time or tempo is not a number, or too large')
    if (notes.tempos[:, 1] <= 0).any():
        raise ValueError('a tempo is not positive')
    if (notes.ends_secs < notes.starts_secs).any():
        raise ValueError('a note ends before it starts')
    if ((notes.pitches < 0) | (notes.pitches > 127)).any():
        raise ValueError('a pitch is outside [0, 128)')
    return notes
