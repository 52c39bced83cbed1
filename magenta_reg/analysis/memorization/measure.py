"""Does a network copy its training set? What its and held-out melodies share with it.

Real music shares passages with other real music, so the floor is what held-out melodies of the same
length share with the same training set. A held note or a scale is shared by all music: so with the
length of a passage stands the number of notes in it.

Source: Yin et al. 2022, "Measuring when a music generation algorithm copies too much".
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import ALPHA, corrected
from magenta_reg.analysis.statistics.paired import SIGN_FLIP, mean_difference

NGRAM_NOTES = (4, 8)
EVENTS, NOTES = 'events', 'notes'
MORE, LESS, UNDECIDED = 'more', 'less', 'undecided'
_NUM_COPIED = 3
# Longer than so many of the held-out melodies' passages: what held-out music rarely shares.
_RARE_PERCENTILE = 95
# In these a higher number is more that is shared; in n-grams that are new it is less.
_COUNTS = ('longest_run', 'notes_in_run')
_SHARED = (*_COUNTS, 'rare_share')


class CopiedPassage(NamedTuple):
    """The longest passage of a melody that the training set has, too.

    Attributes:
        melody: int, number of the melody.
        position: int, its step at which the passage begins.
        num_notes: int, note-ons in the passage.
        events: int array [steps], Melody events of the passage, as the melody has them.
        training_melody: int, number of the training melody in its file.
        training_position: int, step of the training melody at which the passage begins.
        transposition_semitones: int, from the training melody to the melody.
    """

    melody: int
    position: int
    num_notes: int
    events: np.ndarray
    training_melody: int
    training_position: int
    transposition_semitones: int


class Memorization(NamedTuple):
    """What each of some melodies shares with the training set.

    Attributes:
        num_events: int64 [melodies], of the longest shared passage, in any key; 0 without a note.
        num_notes: int64 [melodies], note-ons in that passage.
        novelty: dict of n to float64 [melodies], share of a melody's n-grams of notes that the
            training set does not have; NaN for a melody of fewer notes.
        copied: dict of EVENTS and NOTES to list of the CopiedPassages that have the most of them.
    """

    num_events: np.ndarray
    num_notes: np.ndarray
    novelty: dict
    copied: dict = {}


def measure_memorization(index, melodies, start=0):
    """Returns the Memorization of melodies: what they share with a training set.

    Args:
        index: TrainingIndex.
        melodies: int array [melodies, steps], Melody events.
        start: int, the first step of each melody that counts, after the primer.
    """
    melodies = [events[start:] for events in melodies]
    passages = [each and _copied(number, events, each, start) for number, (events, each)
                in enumerate(zip(melodies, index.longest_passages(melodies), strict=True))]
    num_events = np.array([len(each.events) if each else 0 for each in passages], np.int64)
    num_notes = np.array([each.num_notes if each else 0 for each in passages], np.int64)
    return Memorization(
        num_events, num_notes, {n: index.ngram_novelty(melodies, n) for n in NGRAM_NOTES},
        {EVENTS: _most(passages, num_events), NOTES: _most(passages, num_notes)})


def _copied(number, melody, passage, start):
    events = np.asarray(melody[passage.position:passage.position + passage.num_events])
    return CopiedPassage(number, start + passage.position, int(np.sum(events >= 0)), events,
                         passage.training_index, passage.training_position, passage.transposition)


def _most(passages, counts):
    """Returns the CopiedPassages with the highest counts; melodies that share nothing have none."""
    order = np.argsort(-counts, kind='stable')[:_NUM_COPIED]
    return [passages[i] for i in order if passages[i]]


def find_rare_events(held_out):
    """Returns what the longest passages of 95% of held-out melodies do not exceed, in events."""
    return float(np.percentile(held_out.num_events, _RARE_PERCENTILE))


def _values(memorizations, rare_events):
    """Returns dict of measure to float64 [seeds, melodies], of a list of Memorization."""
    num_events = np.array([each.num_events for each in memorizations], np.float64)
    return {'longest_run': num_events,
            'notes_in_run': np.array([each.num_notes for each in memorizations], np.float64),
            'rare_share': (num_events > rare_events).astype(np.float64),
            **{f'novelty_{n}': np.array([each.novelty[n] for each in memorizations])
               for n in NGRAM_NOTES}}


def mean_levels(memorizations, rare_events, seed):
    """Returns the means of a group's melodies in each measure.

    Args:
        memorizations: list of Memorization, one a seed.
        rare_events: float, of `find_rare_events`.
        seed: int.

    Returns:
        dict of measure to Estimate, shares within [0, 1]; no interval where all melodies have the
        same number, no value where none has one.
    """
    return {measure: _mean(values, seed, np.inf if measure in _COUNTS else 1.0)
            for measure, values in _values(memorizations, rare_events).items()}


def _mean(values, seed, limit):
    values = values[:, np.isfinite(values).all(axis=0)]
    if not values.shape[1]:
        return Estimate()
    if np.ptp(values) == 0:
        return Estimate(float(values.flat[0]))
    found = group_mean(values, seed)
    return found._replace(low=max(found.low, 0.0), high=min(found.high, limit))


def compare_memorization(generated, held_out, seed):
    """Compares what generated and held-out melodies share with the training set.

    Args:
        generated: list of Memorization, one a seed of the method; row i of each continues the
            primer of row i of `held_out`, for as many events.
        held_out: Memorization.
        seed: int, of the bootstrap and of sign-flips.

    Returns:
        dict of measure to the Estimate of the difference of means, generated minus held-out; more
        than 0, or less than 0 in the novelty of n-grams, is a sign of memorizing.
    """
    rare_events = find_rare_events(held_out)
    own, real = _values(generated, rare_events), _values([held_out], rare_events)
    return {measure: _difference(own[measure], real[measure], seed) for measure in own}


def _difference(generated, held_out, seed):
    """Returns the Estimate of the difference over the melodies that have a number in all seeds."""
    rows = np.isfinite(generated).all(axis=0) & np.isfinite(held_out[0])
    # Held-out melodies are the same for every seed: no variance comes from them.
    found = mean_difference(generated[:, rows] - held_out[:, rows], seed)
    if found.reason or len(generated) > 1:
        return found
    # Whether this one network memorizes is a question about its melodies.
    return found._replace(p=found.p_melodies, test=SIGN_FLIP)


def correct_all(differences):
    """Corrects the p-values of all groups and measures, dict of label to dict, for their number."""
    found = corrected({(label, measure): each for label, own in differences.items()
                       for measure, each in own.items()})
    return {label: {measure: found[label, measure] for measure in own}
            for label, own in differences.items()}


def shares(measure, difference):
    """Returns whether MORE or LESS is shared with training than held-out melodies share.

    UNDECIDED unless the interval excludes 0 and the corrected p is below 0.05.
    """
    is_clear = (difference.p_holm is not None and difference.p_holm < ALPHA
                and difference.low * difference.high > 0)
    if not is_clear:
        return UNDECIDED
    return MORE if (difference.low > 0) == (measure in _SHARED) else LESS
