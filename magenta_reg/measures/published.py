"""Measures of symbolic music under their published names, as muspy 0.5 computes them.

Source: Dong et al. 2020 (2008.01951), "MusPy: A Toolkit for Symbolic Music Generation", section
3.4; groove consistency and pitch-class entropy: Wu & Yang 2020 (2008.01307), section 5.
"""

import numpy as np

from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER
from magenta_reg.measures.repetition import entropy_nats

_STEPS_PER_BAR = 16
# The minor scales are natural: each has the pitch classes of a major one.
_MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11]


def pitch_class_entropy(notes):
    """Returns -sum p log2 p over the shares p of the pitch classes of MelodyNotes, in bits."""
    return entropy_nats(notes.pitches % 12) / np.log(2)


def scale_consistency(notes):
    """Returns the share of notes, in (0, 1], in the major or minor scale that has most of them."""
    if not len(notes.pitches):
        return np.nan
    return float(max(np.isin((notes.pitches - tonic) % 12, _MAJOR_SCALE).mean()
                     for tonic in range(12)))


def groove_consistency(notes):
    """Returns 1 - the mean share of steps in which bars and their next ones differ in onsets.

    The last bar is the one in which the last note ends, even if it ends as the bar begins; NaN if
    that is the first one.
    """
    if not len(notes.pitches):
        return np.nan
    bars = np.zeros([notes.ends_steps[-1] // _STEPS_PER_BAR + 1, _STEPS_PER_BAR], bool)
    if len(bars) < 2:
        return np.nan
    bars.ravel()[notes.onsets_steps] = True
    return float(1 - np.mean(bars[1:] != bars[:-1]))


def empty_beat_rate(notes):
    """Returns the share of quarters, up to the end of the last note, without a note.

    A note is also in the quarter in which it ends, even if it ends as the quarter begins.
    """
    if not len(notes.pitches):
        return np.nan
    is_empty = np.ones(notes.ends_steps[-1] // STEPS_PER_QUARTER + 1, bool)
    for start, end, _ in notes.spans():
        is_empty[start // STEPS_PER_QUARTER:end // STEPS_PER_QUARTER + 1] = False
    return float(is_empty.mean())
