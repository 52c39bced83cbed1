"""Brings a melody into the key and the range of pitches that an encoding has."""

import re

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.key import MAJOR_SCALE

_OCTAVE = 12
# Row k marks the pitch classes of the major key on pitch class k.
_MAJOR_KEYS = np.array([np.isin((np.arange(_OCTAVE) - key) % _OCTAVE, MAJOR_SCALE)
                        for key in range(_OCTAVE)])
_MAX_TRANSPOSITION = 127
_TRANSPOSITIONS = re.compile(r'([+-]?[0-9]{1,3})(?:\.\.([+-]?[0-9]{1,3}))?')


def squash(events, min_note, max_note, transpose_to_key):
    """Transposes a melody to a key and folds its octaves into a range.

    Args:
        events: int array [steps + 1], Melody events.
        min_note, max_note: int, pitches come to lie in [min_note, max_note).
        transpose_to_key: int 0..11, or None to leave the key.

    Returns:
        int32 [steps + 1], Melody events.

    Source: note_seq's `Melody.squash`.
    """
    return transposed_examples(events, min_note, max_note, transpose_to_key, ())[0]


def transposed_examples(events, min_note, max_note, transpose_to_key, transpositions):
    """Returns a list of a melody as `squash` gives it, and of the same music in other keys.

    Transpositions, in semitones, count from the key that `squash` transposes to, or where it leaves
    the key, from the melody's own. Octaves are folded once, after the whole transposition. Of equal
    results, which folding can make, there is the first only.

    Source: note_seq's `Melody.transpose`.
    """
    to_key = transposition_to_key(events, min_note, max_note, transpose_to_key)
    examples = {}
    for offset in (0, *transpositions):
        example = transposed(events, to_key + offset, min_note, max_note)
        examples.setdefault(example.tobytes(), example)
    return list(examples.values())


def parse_transpositions(text):
    """Reads semitone offsets such as '-5..6' (both ends included) or '-12,0,12'.

    Returns:
        tuple of int, each once; 0 first, whether it is named or not: the music as it is.
    """
    offsets = [0]
    for item in text.split(','):
        match = _TRANSPOSITIONS.fullmatch(item.strip())
        if not match:
            raise UserError(f'--transpositions={text}: {item!r} is no number of semitones and no '
                            'range of them: write for example -5..6 or -12,12')
        low, high = int(match[1]), int(match[2] or match[1])
        if max(abs(low), abs(high)) > _MAX_TRANSPOSITION:
            raise UserError(f'--transpositions={text}: {item.strip()} is beyond '
                            f'{_MAX_TRANSPOSITION} semitones')
        if low > high:
            raise UserError(f'--transpositions={text}: the range {item.strip()} runs down: write '
                            f'{high}..{low}')
        offsets += range(low, high + 1)
    return tuple(dict.fromkeys(offsets))


def transposed(events, transposition, min_note, max_note):
    """Returns int32 events, transposed by semitones, the octaves of pitches outside folded in."""
    is_note = events >= 0
    pitches = events[is_note] + transposition
    pitches = np.where(pitches < min_note, min_note + (pitches - min_note) % _OCTAVE, pitches)
    pitches = np.where(pitches >= max_note,
                       max_note - _OCTAVE + (pitches - max_note) % _OCTAVE, pitches)
    moved = np.array(events, np.int32)
    moved[is_note] = pitches
    return moved


def transposition_to_key(events, min_note, max_note, transpose_to_key):
    """Returns by how many semitones `squash` transposes: the octave nearest the range's centre."""
    pitches = events[events >= 0]
    if transpose_to_key is None or not len(pitches):
        return 0
    counts = np.bincount(pitches % _OCTAVE, minlength=_OCTAVE)
    key = np.argmax(_MAJOR_KEYS @ counts)
    to_key = transpose_to_key - int(key)
    target_center = (min_note + max_note - 1) / 2
    center = (int(pitches.min()) + int(pitches.max())) / 2
    return to_key + _OCTAVE * round((target_center - (center + to_key)) / _OCTAVE)
