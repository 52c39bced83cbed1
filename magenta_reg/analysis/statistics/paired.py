"""Differences between two methods on the same melodies: interval, tests, effect size."""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import (
    drawn_seed_effects,
    drawn_weights,
    level_of,
    normalized,
    seed_means,
)

NUM_RESAMPLES = 4000
NUM_FLIPS = 10000
# All 2^n sign-flips are counted up to here.
_EXACT_MELODIES = 12
# The least p of a sign-flip test is 2 / 2^n: below 0.05 from six melodies on.
MIN_MELODIES = 6

SIGN_FLIP = 'sign-flip permutation over melodies'
WELCH = "Welch's t over seeds and melodies"


class Difference(NamedTuple):
    """The mean of one method minus the mean of another, over the same melodies.

    Attributes:
        value: float, first minus second; None if there is a reason.
        low: float, lower end of the 95% two-level bootstrap interval; None as well.
        high: float, upper end; None as well.
        p: float, two-sided, of `test`; None as well.
        p_melodies: float, two-sided, of the sign-flip test over melodies: about these networks,
            not about others of the same methods.
        standardized: float, value over the standard deviation of the melodies' differences (d_z).
        n_melodies: int.
        n_seeds: int, of the method that has fewer.
        over: str, what interval and p are over: melodies and seeds, or melodies alone.
        test: str, SIGN_FLIP with one seed, else WELCH.
        reason: str, why there is no result; empty if there is one.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    p_melodies: float | None
    standardized: float | None
    n_melodies: int
    n_seeds: int
    over: str
    test: str
    reason: str = ''


def paired_difference(first, second, seed, weights=None, num_resamples=NUM_RESAMPLES):
    """Compares two methods on the same melodies.

    Melody j of both is the same one, or continues the same primer; seeds are independent between
    the methods. The interval draws melodies jointly and seeds separately. With several seeds of
    both, p is of t = difference / se, where se^2 adds the variances of the two seed means and of
    the mean difference of melodies, with Satterthwaite's degrees of freedom. With one seed of
    either there is nothing to know seeds' variance from: melodies alone, by sign-flips.

    Args:
        first: float array [seeds, melodies].
        second: float array [seeds, melodies]; it may have another number of seeds.
        seed: int, of the resampling.
        weights: float array [melodies], such as events, or None for equal ones.
        num_resamples: int.

    Returns:
        Difference.

    Source: Welch 1947 and Satterthwaite 1946 for t; Fisher 1935 for the sign-flips.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n_melodies = first.shape[1]
    n_seeds = min(len(first), len(second))
    reason = _find_reason(first, second)
    if reason:
        return Difference(None, None, None, None, None, None, n_melodies, n_seeds,
                          level_of(n_seeds), _test(n_seeds), reason)
    weights = normalized(weights, n_melodies)
    differences = first.mean(axis=0) - second.mean(axis=0)
    value = float(weights @ differences)
    low, high = _interval(first, second, weights, seed, num_resamples)
    p_melodies = sign_flip_p(differences, seed, weights)
    p = _welch_p(first, second, weights) if n_seeds > 1 else p_melodies
    spread = differences.std(ddof=1)
    return Difference(value, low, high, p, p_melodies, float(value / spread) if spread else None,
                      n_melodies, n_seeds, level_of(n_seeds), _test(n_seeds))


def all_differences(values, seed, weights=None):
    """Compares every two groups, the first minus the second.

    Args:
        values: dict of label to float array [seeds, melodies], the same melodies in all.
        seed: int.
        weights: float array [melodies] or None.

    Returns:
        dict of (label, label) to Difference. The p-values are of single tests.
    """
    return {(first, second): paired_difference(values[first], values[second], seed, weights)
            for first, second in itertools.combinations(values, 2)}


def sign_flip_p(differences, seed, weights=None, num_flips=NUM_FLIPS):
    """Returns the two-sided p-value that paired differences are symmetric around 0.

    Every assignment of signs is equally likely then; all 2^n are counted for up to 12 melodies,
    random ones for more: (1 + as far from 0 or farther) / (1 + drawn).

    Args:
        differences: float array [melodies].
        seed: int, of the random signs.
        weights: float array [melodies] or None.
        num_flips: int.

    Returns:
        float in (0, 1].
    """
    terms = np.asarray(differences, np.float64) * normalized(weights, len(differences))
    n = len(terms)
    is_exact = n <= _EXACT_MELODIES
    if is_exact:
        bits = np.arange(2 ** n)[:, np.newaxis] >> np.arange(n) & 1
    else:
        bits = np.random.default_rng(seed).integers(2, size=[num_flips, n], dtype=np.int8)
    sums = np.abs((2.0 * bits - 1) @ terms)
    # Sums of the same terms in another order differ in their last digits.
    as_far = int(np.sum(sums >= abs(terms.sum()) - 1e-12 * np.abs(terms).sum()))
    return as_far / len(sums) if is_exact else (1 + as_far) / (1 + num_flips)


def _find_reason(first, second):
    if first.shape[1] < MIN_MELODIES:
        return f'{first.shape[1]} melodies, at least {MIN_MELODIES} are needed for a test'
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return 'values that are not finite'
    return ''


def _test(n_seeds):
    return WELCH if n_seeds > 1 else SIGN_FLIP


def _interval(first, second, weights, seed, num_resamples):
    rng = np.random.default_rng(seed)
    drawn = drawn_weights(rng, weights, num_resamples) @ (first.mean(axis=0) - second.mean(axis=0))
    if min(len(first), len(second)) > 1:
        freedom = len(first) + len(second) - 2
        for sign, values in ((1, first), (-1, second)):
            drawn += sign * drawn_seed_effects(rng, values, weights, freedom, num_resamples)[:, 0]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _welch_p(first, second, weights):
    """Returns p of Welch's t with the melodies' differences as a third source of variance."""
    differences = first.mean(axis=0) - second.mean(axis=0)
    value, n = weights @ differences, len(weights)
    # Of a weighted mean; with equal weights it is the variance of the mean.
    of_melodies = np.sum((weights * (differences - value)) ** 2) * n / (n - 1)
    return welch_p(value, [(of_melodies, n - 1), *(
        seed_variance(seed_means(values, weights)[:, 0]) for values in (first, second))])


def seed_variance(values):
    """Returns the variance of the mean of a number a seed, and its degrees of freedom."""
    return np.var(values, ddof=1) / len(values), len(values) - 1


def welch_p(value, variances):
    """Returns the two-sided p of t = value / se by Satterthwaite's degrees of freedom.

    Args:
        value: float.
        variances: list of (float, int), independent parts of se^2 with degrees of freedom.

    Returns:
        float in [0, 1].
    """
    from scipy import stats

    variance = sum(part for part, _ in variances)
    if variance == 0:
        return 1.0 if value == 0 else 0.0
    freedom = variance ** 2 / sum(part ** 2 / degrees for part, degrees in variances)
    return float(2 * stats.t.sf(abs(value) / np.sqrt(variance), freedom))
