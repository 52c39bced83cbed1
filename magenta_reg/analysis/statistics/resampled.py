"""Intervals and differences of numbers that are no means over melodies, from their resamples.

A distance between two sets is one number a run. What is known of its variation are values on
bootstrap resamples of the melodies; resample k has the same melodies in every run. Seeds come on
top as in `two_level`.
"""

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import (
    Interval,
    drawn_seed_effects,
    level_of,
    normalized,
)
from magenta_reg.analysis.statistics.paired import Difference, seed_variance, welch_p

BOOTSTRAP_T = "t from the bootstrap's standard error over melodies"
BOOTSTRAP_WELCH = "Welch's t over seeds and bootstrapped melodies"


def resampled_interval(values, resamples, n_melodies, seed):
    """Returns the mean over seeds of a number a run, with its interval.

    Args:
        values: float array [seeds, ...].
        resamples: float array [seeds, resamples, ...]; only their deviations from their mean count:
            bootstrap samples repeat melodies, which moves some measures.
        n_melodies: int.
        seed: int, of the seeds drawn.

    Returns:
        Interval.
    """
    values, drawn = np.asarray(values, np.float64), _deviations(resamples)
    if len(values) > 1:
        effects = _seed_effects(values, len(values) - 1, len(drawn), seed)
        drawn = drawn + effects.reshape(drawn.shape)
    value = values.mean(axis=0)
    low, high = value + np.percentile(drawn, [2.5, 97.5], axis=0)
    return Interval(value, low, high, n_melodies, len(values), level_of(len(values)))


def resampled_difference(first, first_resamples, second, second_resamples, n_melodies, seed):
    """Compares a number a run between two methods: first minus second.

    p is of t = difference / se. The variance of the mean difference over resamples is that of the
    melodies; with several seeds of both, those of the seed means are added.

    Args:
        first: float array [seeds].
        first_resamples: float array [seeds, resamples].
        second: float array [seeds]; it may have another number of seeds.
        second_resamples: float array [seeds, resamples], of the same resamples of melodies.
        n_melodies: int.
        seed: int, of the seeds drawn.

    Returns:
        Difference; `p_melodies` is of the melodies' variance alone.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n_seeds = min(len(first), len(second))
    test = BOOTSTRAP_WELCH if n_seeds > 1 else BOOTSTRAP_T
    if not all(np.isfinite(each).all() for each in
               (first, second, first_resamples, second_resamples)):
        return Difference(None, None, None, None, None, None, n_melodies, n_seeds,
                          level_of(n_seeds), test, 'values that are not finite')
    value = float(first.mean() - second.mean())
    drawn = _deviations(first_resamples) - _deviations(second_resamples)
    variances = [(float(np.var(drawn, ddof=1)), n_melodies - 1)]
    p_melodies = welch_p(value, variances)
    if n_seeds > 1:
        freedom = len(first) + len(second) - 2
        for sign, values in ((1, first), (-1, second)):
            drawn = drawn + sign * _seed_effects(values, freedom, len(drawn), [seed, sign + 1])
            variances.append(seed_variance(values))
    low, high = value + np.percentile(drawn, [2.5, 97.5])
    return Difference(value, float(low), float(high), welch_p(value, variances), p_melodies, None,
                      n_melodies, n_seeds, level_of(n_seeds), test)


def _deviations(resamples):
    """Returns float64 [resamples, ...], of the means over seeds from their mean."""
    means = np.mean(resamples, axis=0, dtype=np.float64)
    return means - means.mean(axis=0)


def _seed_effects(values, freedom, num_resamples, seed):
    effects = drawn_seed_effects(np.random.default_rng(seed), values.reshape(len(values), 1, -1),
                                 normalized(None, 1), freedom, num_resamples)
    return effects[:, 0] if values.ndim == 1 else effects


def distance_difference(first, second, seed):
    """Compares two methods in one measure.

    Args:
        first: list of Distance, one a seed.
        second: list of Distance, of the same melodies and resamples.
        seed: int, of the seeds drawn.

    Returns:
        Difference, first minus second; with the reason and no number if a network has none, or if
        they are of other numbers of melodies.
    """
    every = [*first, *second]
    reason = next((each.reason for each in every if each.reason), '')
    if not reason and len({each.n for each in every}) > 1:
        reason = 'other numbers of melodies'
    if reason:
        n_seeds = min(len(first), len(second))
        return Difference(*[None] * 6, first[0].n, n_seeds, level_of(n_seeds),
                          BOOTSTRAP_WELCH if n_seeds > 1 else BOOTSTRAP_T, reason)
    return resampled_difference(
        [each.value for each in first], [each.resamples for each in first],
        [each.value for each in second], [each.resamples for each in second], first[0].n, seed)
