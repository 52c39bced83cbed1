"""What the runs of a group say together about what it has learnt by heart."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.memorization import NGRAM_NOTES
from magenta_reg.analysis.pairing import Difference
from magenta_reg.analysis.section import Bounded
from magenta_reg.analysis.two_level import group_interval
from magenta_reg.analysis.holm import ALPHA, holm

MORE, LESS, UNDECIDED = 'more', 'less', 'undecided'
# In these a higher number is more that is shared; in n-grams that are new it is less.
_COUNTS = ('longest_run', 'notes_in_run')
_SHARED = (*_COUNTS, 'rare_share')


class Tested(NamedTuple):
    """A difference to held-out melodies and what it says.

    Attributes:
        difference: Difference, generated minus held-out.
        adjusted_p: float, by Holm's method over all groups and measures, or None.
        shares: str, MORE or LESS than held-out melodies share with training where the interval
            excludes 0 and adjusted_p is below 0.05; else UNDECIDED.
    """

    difference: Difference
    adjusted_p: float | None
    shares: str


def judge_groups(comparisons):
    """Adjusts the p-values of all groups and measures for their number, and says what they say.

    Args:
        comparisons: dict of group label to MemorizationComparison.

    Returns:
        dict of group label to dict of measure to Tested.
    """
    differences = {label: _differences(each) for label, each in comparisons.items()}
    places = [(label, measure) for label, own in differences.items()
              for measure, each in own.items() if not each.reason]
    adjusted = dict(zip(places, holm([differences[label][measure].p for label, measure in places]),
                        strict=True))
    return {label: {measure: _tested(measure, each, adjusted.get((label, measure)))
                    for measure, each in own.items()} for label, own in differences.items()}


def _differences(comparison):
    return {**{measure: getattr(comparison, measure) for measure in _SHARED},
            **{f'novelty_{n}': each for n, each in comparison.novelty.items()}}


def _tested(measure, difference, adjusted_p):
    shares = UNDECIDED
    if adjusted_p is not None and adjusted_p < ALPHA and difference.low * difference.high > 0:
        shares = MORE if (difference.low > 0) == (measure in _SHARED) else LESS
    return Tested(difference, adjusted_p, shares)


def mean_levels(memorizations, rare, seed):
    """Returns the means of a group's melodies in each measure.

    Args:
        memorizations: list of Memorization, one a seed.
        rare: float, events: what held-out melodies rarely share.
        seed: int.

    Returns:
        dict of measure to Bounded, shares within [0, 1]; without an interval where all melodies
        have the same number, of None where none has one.
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
        return Bounded(None, None, None)
    if np.ptp(values) == 0:
        return Bounded(float(values.flat[0]), None, None)
    found = group_interval(values, seed)
    return Bounded(found.value, max(found.low, 0.0), min(found.high, limit))
