"""Brings a melody into the key and the range of pitches that an encoding has."""

import numpy as np

_OCTAVE = 12
_MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11]
# Row k marks the pitch classes of the major key on pitch class k.
_MAJOR_KEYS = np.array([np.isin((np.arange(_OCTAVE) - key) % _OCTAVE, _MAJOR_SCALE)
                        for key in range(_OCTAVE)])


def squash(events, min_note, max_note, transpose_to_key):
    """Transposes a melody to a key and folds its octaves into a range.

    Args:
        events: int array [steps + 1], Melody events.
        min_note: int, lowest pitch.
        max_note: int, pitches come to lie in [min_note, max_note).
        transpose_to_key: int 0..11, or None to leave the key.

    Returns:
        int32 [steps + 1], Melody events.

    Source: note_seq's `Melody.squash`.
    """
    is_note = events >= 0
    pitches = events[is_note]
    if transpose_to_key is not None and len(pitches):
        pitches = pitches + _transposition(pitches, (min_note + max_note - 1) / 2,
                                           transpose_to_key)
    pitches = np.where(pitches < min_note, min_note + (pitches - min_note) % _OCTAVE, pitches)
    pitches = np.where(pitches >= max_note,
                       max_note - _OCTAVE + (pitches - max_note) % _OCTAVE, pitches)
    squashed = np.array(events, np.int32)
    squashed[is_note] = pitches
    return squashed


def _transposition(pitches, target_center, transpose_to_key):
    """Returns by how much to transpose to reach the key, in the octave nearest the target."""
    counts = np.bincount(pitches % _OCTAVE, minlength=_OCTAVE)
    key = np.argmax(_MAJOR_KEYS @ counts)
    to_key = transpose_to_key - int(key)
    center = (int(pitches.min()) + int(pitches.max())) / 2
    return to_key + _OCTAVE * round((target_center - (center + to_key)) / _OCTAVE)
