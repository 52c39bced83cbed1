"""Does a network recite its training set? What its melodies share with it, beside held-out ones.

Real music shares runs with other real music, so the floor is what held-out melodies of the same
length share with the same training set. A held note or a scale is shared by all music: with the
length of a run goes the number of notes in it.

Source: Yin et al. 2022, "Measuring when a music generation algorithm copies too much".

The longest that melodies share with a training set, and where it is to be found there.

What the runs of a group say together about what it has learnt by heart.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import ALPHA, corrected
from magenta_reg.analysis.statistics.paired import paired_difference

NGRAM_NOTES = (4, 8)
# Longer than so many of the held-out melodies' runs: what held-out music rarely shares.
_RARE_PERCENTILE = 95


class Memorization(NamedTuple):
    """What each of some melodies shares with the training set.

    Attributes:
        longest_runs: int64 [melodies], events of the longest shared run, in any key; 0 without a
            note.
        notes_in_runs: int64 [melodies], note-ons in that run.
        novelty: dict of n to float64 [melodies], share of a melody's n-grams of notes that the
            training set does not have; NaN for a melody of fewer notes.
    """

    longest_runs: np.ndarray
    notes_in_runs: np.ndarray
    novelty: dict


class MemorizationComparison(NamedTuple):
    """Generated against held-out melodies, each the Estimate of a difference of means.

    It is generated minus held-out.

    More than 0 in the first three, or less than 0 in the last, means memorizing.

    Attributes:
        longest_run: events.
        notes_in_run: notes.
        rare_share: share of melodies whose run is longer than `rare_events`.
        rare_events: float, what 95% of the held-out melodies' runs do not exceed.
        novelty: dict of n to Estimate, shares of n-grams; melodies without n-grams are left out.
    """

    longest_run: Estimate
    notes_in_run: Estimate
    rare_share: Estimate
    rare_events: float
    novelty: dict


def measure_memorization(index, melodies):
    """Measures what melodies share with a training set.

    Args:
        index: TrainingIndex.
        melodies: int array [melodies, steps], Melody events without their primers.

    Returns:
        Memorization.
    """
    melodies = [np.asarray(events) for events in melodies]
    runs = index.longest_passages(melodies)
    return Memorization(
        np.array([run.num_events if run else 0 for run in runs], np.int64),
        np.array([_num_notes(events, run) for events, run in zip(melodies, runs, strict=True)],
                 np.int64),
        {n: index.ngram_novelty(melodies, n) for n in NGRAM_NOTES})


def _num_notes(events, run):
    return np.sum(events[run.position:run.position + run.num_events] >= 0) if run else 0


def compare_memorization(generated, held_out, seed):
    """Compares what generated and held-out melodies share with the training set.

    Args:
        generated: list of Memorization, one a seed of the method; row i of each goes on from the
            primer of row i of `held_out`, for as many events.
        held_out: Memorization.
        seed: int, of the bootstrap and of sign-flips.

    Returns:
        MemorizationComparison.
    """
    rare_events = float(np.percentile(held_out.longest_runs, _RARE_PERCENTILE))

    def difference(measure):
        return _difference([measure(each) for each in generated], measure(held_out), seed)

    return MemorizationComparison(
        difference(lambda each: each.longest_runs),
        difference(lambda each: each.notes_in_runs),
        difference(lambda each: each.longest_runs > rare_events), rare_events,
        {n: difference(lambda each, n=n: each.novelty[n]) for n in held_out.novelty})


def _difference(generated, held_out, seed):
    """Returns the Estimate of the difference over the rows that all have a figure."""
    values = np.array(generated, np.float64)
    rows = np.isfinite(values).all(axis=0) & np.isfinite(held_out)
    # Held-out melodies are the same for every seed: no variance comes from them.
    real = np.tile(np.asarray(held_out, np.float64)[rows], [len(values), 1])
    return paired_difference(values[:, rows], real, seed)


class Recital(NamedTuple):
    """The longest run of a melody that the training set has, too.

    Attributes:
        melody: int, number of the melody.
        position: int, its step at which the run begins.
        num_notes: int, note-ons in the run.
        events: int array [run], Melody events of the run, as the melody has them.
        training_melody: int, number of the training melody in its file.
        training_position: int, step of the training melody at which the run begins.
        transposition_semitones: int, from the training melody to the melody.
    """

    melody: int
    position: int
    num_notes: int
    events: np.ndarray
    training_melody: int
    training_position: int
    transposition_semitones: int


def find_recitals(index, melodies, shared, count):
    """Finds the melodies whose longest runs are first in something, and where training has them.

    Args:
        index: TrainingIndex.
        melodies: list of int array [steps], Melody events.
        shared: int array [melodies], events or notes of the melodies' longest runs: the most come
            first.
        count: int, how many at most.

    Returns:
        list of Recital; melodies that share nothing are left out.
    """
    order = np.argsort(-np.asarray(shared), kind='stable')[:count]
    found = zip(order, index.longest_passages([melodies[i] for i in order]), strict=True)
    return [_recital(int(number), melodies[number], run) for number, run in found if run]


def _recital(number, melody, run):
    events = np.asarray(melody[run.position:run.position + run.num_events])
    return Recital(number, run.position, int(np.sum(events >= 0)), events, run.training_index,
                   run.training_position, run.transposition)


MORE, LESS, UNDECIDED = 'more', 'less', 'undecided'
# In these a higher number is more that is shared; in n-grams that are new it is less.
_COUNTS = ('longest_run', 'notes_in_run')
_SHARED = (*_COUNTS, 'rare_share')


def judge_groups(comparisons):
    """Adjusts the p-values of all groups and measures for their number.

    Args:
        comparisons: dict of group label to MemorizationComparison.

    Returns:
        dict of group label to dict of measure to Estimate, generated minus held-out.
    """
    differences = corrected({(label, measure): each for label, own in comparisons.items()
                             for measure, each in _differences(own).items()})
    found = {}
    for (label, measure), each in differences.items():
        found.setdefault(label, {})[measure] = each
    return found


def _differences(comparison):
    return {**{measure: getattr(comparison, measure) for measure in _SHARED},
            **{f'novelty_{n}': each for n, each in comparison.novelty.items()}}


def shares(measure, difference):
    """Returns whether MORE or LESS is shared with training than held-out melodies share.

    UNDECIDED unless the interval excludes 0 and the corrected p is below 0.05.
    """
    is_clear = (difference.p_holm is not None and difference.p_holm < ALPHA
                and difference.low * difference.high > 0)
    if not is_clear:
        return UNDECIDED
    return MORE if (difference.low > 0) == (measure in _SHARED) else LESS


def mean_levels(memorizations, rare, seed):
    """Returns the means of a group's melodies in each measure.

    Args:
        memorizations: list of Memorization, one a seed.
        rare: float, events: what held-out melodies rarely share.
        seed: int.

    Returns:
        dict of measure to Estimate, shares within [0, 1]; without an interval where all melodies
        have the same number, without value where none has one.
    """
    runs = np.array([each.longest_runs for each in memorizations])
    values = {'longest_run': runs,
              'notes_in_run': np.array([each.notes_in_runs for each in memorizations]),
              'rare_share': runs > rare,
              **{f'novelty_{n}': np.array([each.novelty[n] for each in memorizations])
                 for n in NGRAM_NOTES}}
    return {measure: _mean(each, seed, np.inf if measure in _COUNTS else 1.0)
            for measure, each in values.items()}


def _mean(values, seed, limit):
    values = np.asarray(values, np.float64)[:, np.isfinite(values).all(axis=0)]
    if not values.shape[1]:
        return Estimate()
    if np.ptp(values) == 0:
        return Estimate(float(values.flat[0]))
    found = group_mean(values, seed)
    return found._replace(low=max(found.low, 0.0), high=min(found.high, limit))
