"""What music a melody is: one table of features, each a number or a histogram a melody.

They are the features of mgeval, for one voice on a grid of sixteenths; contour, key clarity, rests,
entropy and repetition; and measures that muspy and the Jazz Transformer have published.
docs/features.md has a formula of each. Two sets of melodies compare only in the same space: take
both as the network sees them (transposed and folded into its range), or both as written.

Source: Yang & Lerch 2018, "On the evaluation of generative models in music", section 3.1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER, notes_of_melody
from magenta_reg.measures.published import (
    empty_beat_rate,
    groove_consistency,
    pitch_class_entropy,
    scale_consistency,
)
from magenta_reg.measures.repetition import entropy_nats, repetition
from magenta_reg.measures.structure import structure_indicator

_MAX_INTERVAL = 12
# Of mgeval's twelve note lengths those that a grid of sixteenths has: 1/16 to a whole note.
NOTE_LENGTHS_STEPS = np.array([1, 2, 3, 4, 6, 8, 12, 16])
PITCH_CLASSES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B']
NOTE_LENGTHS = ['1/16', '1/8', '3/16', '1/4', '3/8', '1/2', '3/4', '1']
INTERVALS = [f'to {-_MAX_INTERVAL}', *map(str, range(1 - _MAX_INTERVAL, _MAX_INTERVAL)),
             f'from {_MAX_INTERVAL}']
CONTOUR = ['down', 'same', 'up']

# How well each pitch class, counted from the tonic, fits a major and a minor key: Krumhansl &
# Kessler 1982, in Krumhansl 1990, Cognitive Foundations of Musical Pitch, page 30.
_MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
_MINOR = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]


class Feature(NamedTuple):
    """One feature of a melody.

    Attributes:
        measure: function of MelodyNotes to float, or to float64 [size]; NaN where a melody has too
            few notes for it.
        label: str, as people read it, with its unit.
        categories: list of str, the entries of a histogram; empty if the feature is one number or
            a matrix.
        size: int, numbers that the feature has.
    """

    measure: Callable
    label: str
    categories: list = []
    size: int = 1

    def __call__(self, events):
        """Returns the feature of Melody events, int array [steps]."""
        return self.measure(notes_of_melody(events))


def measure_features(melodies):
    """Returns every feature of every melody.

    Args:
        melodies: int array [melodies, steps] or list of int arrays, Melody events.

    Returns:
        dict of a name in FEATURES to float64 [melodies, size]; NaN where a melody has too few
        notes for the feature.
    """
    notes = [notes_of_melody(events) for events in melodies]
    return {name: np.array([feature.measure(each) for each in notes],
                           np.float64).reshape(len(notes), feature.size)
            for name, feature in FEATURES.items()}


def _mean(values):
    return values.mean() if len(values) else np.nan


def _shares(categories, size):
    """Returns the share of each category, float64 [size]; NaN if there is nothing to count."""
    if not len(categories):
        return np.full(size, np.nan)
    return np.bincount(categories, minlength=size) / len(categories)


def _transitions(categories, size):
    """Returns the share of each pair of a category and the next, float64 [size * size]."""
    return _shares(size * categories[:-1] + categories[1:], size * size)


def _intervals(notes):
    clipped = np.clip(np.diff(notes.pitches), -_MAX_INTERVAL, _MAX_INTERVAL)
    return _shares(clipped + _MAX_INTERVAL, 2 * _MAX_INTERVAL + 1)


def _length_classes(notes):
    """Returns the index of the nearest of NOTE_LENGTHS_STEPS, of the shorter one at a tie."""
    return np.abs(notes.lengths_steps[:, np.newaxis] - NOTE_LENGTHS_STEPS).argmin(axis=1)


def _rest_share(notes):
    """From the first note on: what sounds before it, from a primer, the events do not say."""
    if not len(notes.pitches):
        return np.nan
    return 1 - notes.lengths_steps.sum() / (len(notes.events) - notes.onsets_steps[0])


def _repetition(notes):
    share = repetition(notes.events)
    return np.nan if share is None else share


def _key_clarity(notes):
    """Returns the largest correlation of pitch-class durations with the profile of a key.

    In [-1, 1], near 1 for a melody of one key; NaN if all classes sound equally long.

    Source: Krumhansl 1990, chapter 4 (Krumhansl and Schmuckler's key-finding algorithm).
    """
    durations = np.bincount(notes.pitches % 12, notes.lengths_steps, minlength=12)
    if np.ptp(durations) == 0:
        return np.nan
    return float((_PROFILES @ _standardized(durations)).max())


def _standardized(rows):
    """Returns rows with mean 0 and Euclidean length 1."""
    rows = rows - rows.mean(axis=-1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


# float64 [24, 12]: the 12 major keys from C upwards, then the 12 minor ones.
_PROFILES = _standardized(np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR)
                                    for tonic in range(12)]))

FEATURES = {
    'pitch_count': Feature(lambda notes: len(np.unique(notes.pitches)), 'different pitches'),
    'pitch_range': Feature(lambda notes: np.ptp(notes.pitches) if len(notes.pitches) else np.nan,
                           'pitch range, semitones'),
    # Every note counts once; mgeval weighs it by its length and velocity.
    'pitch_classes': Feature(lambda notes: _shares(notes.pitches % 12, 12), 'pitch classes',
                             PITCH_CLASSES, 12),
    'pitch_class_transitions': Feature(lambda notes: _transitions(notes.pitches % 12, 12),
                                       'pitch-class transitions', size=144),
    'key_clarity': Feature(_key_clarity, 'key clarity, correlation'),
    'pitch_entropy': Feature(lambda notes: entropy_nats(notes.pitches), 'entropy of pitches, nats'),
    'mean_interval': Feature(lambda notes: _mean(np.abs(np.diff(notes.pitches))),
                             'mean interval, semitones'),
    'intervals': Feature(_intervals, 'intervals, semitones', INTERVALS, 25),
    'contour': Feature(lambda notes: _shares(np.sign(np.diff(notes.pitches)) + 1, 3), 'contour',
                       CONTOUR, 3),
    'note_density': Feature(
        lambda notes: len(notes.pitches) / len(notes.events) * STEPS_PER_QUARTER,
        'notes a quarter'),
    'mean_inter_onset': Feature(
        lambda notes: _mean(np.diff(notes.onsets_steps)) / STEPS_PER_QUARTER,
        'mean inter-onset, quarters'),
    'mean_note_length': Feature(lambda notes: _mean(notes.lengths_steps) / STEPS_PER_QUARTER,
                                'mean note length, quarters'),
    'note_lengths': Feature(lambda notes: _shares(_length_classes(notes), 8),
                            'note lengths, wholes', NOTE_LENGTHS, 8),
    'note_length_transitions': Feature(lambda notes: _transitions(_length_classes(notes), 8),
                                       'note-length transitions', size=64),
    'rests': Feature(_rest_share, 'share of rests'),
    'event_entropy': Feature(lambda notes: entropy_nats(notes.events), 'entropy of events, nats'),
    'repetition': Feature(_repetition, 'repeated 4-grams of events'),
    'pitch_class_entropy': Feature(pitch_class_entropy, 'pitch-class entropy, bits'),
    'scale_consistency': Feature(scale_consistency, 'scale consistency'),
    'groove_consistency': Feature(groove_consistency, 'groove consistency'),
    'empty_beat_rate': Feature(empty_beat_rate, 'empty-beat rate'),
    'structure_indicator': Feature(structure_indicator, 'structure indicator, 3 to 8 s'),
}
