"""Differences between two methods on the same melodies: interval, tests, effect size."""

import itertools

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import (
    drawn_seed_effects,
    drawn_weights,
    normalized,
    seed_means,
)
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import sign_flip_p
from magenta_reg.analysis.statistics.seeds import seed_variance, welch_p

NUM_RESAMPLES = 4000
# The least p of a sign-flip test is 2 / 2^n: below 0.05 from six melodies on.
MIN_MELODIES = 6

SIGN_FLIP = 'sign-flip permutation over melodies'
WELCH = "Welch's t over seeds and melodies"


def paired_difference(first, second, seed, weights=None, num_resamples=NUM_RESAMPLES):
    """Returns the Estimate of the mean of one method minus that of another on the same melodies.

    Melody j of both is the same one, or continues the same primer; seeds are independent between
    the methods. The interval draws melodies jointly and seeds separately. With several seeds of
    both, p is of t = difference / se, where se^2 adds the variances of the two seed means and of
    the mean difference of melodies, with Satterthwaite's degrees of freedom. With one seed of
    either there is nothing to know seeds' variance from: melodies alone, by sign-flips.

    Args:
        first, second: float array [seeds, melodies]; the numbers of seeds may differ.
        seed: int.
        weights: float array [melodies], such as events, or None for equal ones.
        num_resamples: int.

    Source: Welch 1947 and Satterthwaite 1946 for t; Fisher 1935 for the sign-flips.
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n_melodies, n_seeds = first.shape[1], min(len(first), len(second))
    found = Estimate(n_melodies=n_melodies, n_seeds=n_seeds, reason=_find_reason(first, second),
                     test=WELCH if n_seeds > 1 else SIGN_FLIP)
    if found.reason:
        return found
    weights = normalized(weights, n_melodies)
    differences = first.mean(axis=0) - second.mean(axis=0)
    value = float(weights @ differences)
    low, high = _interval(first, second, weights, seed, num_resamples)
    p = p_melodies = sign_flip_p(differences, seed, weights)
    if n_seeds > 1:
        # Of a weighted mean; with equal weights it is the variance of the mean.
        of_melodies = (np.sum((weights * (differences - value)) ** 2)
                       * n_melodies / (n_melodies - 1))
        p = welch_p(value, [(of_melodies, n_melodies - 1), *(
            seed_variance(seed_means(values, weights)[:, 0]) for values in (first, second))])
    spread = differences.std(ddof=1)
    return found._replace(value=value, low=low, high=high, p=p, p_melodies=p_melodies,
                          standardized=float(value / spread) if spread else None)


def all_differences(values, seed, weights=None):
    """Compares every two groups; see `paired_difference`.

    Args:
        values: dict of label to float array [seeds, melodies], the same melodies in all.

    Returns:
        dict of (label, label) to Estimate, first minus second; p is of single tests.
    """
    return {(first, second): paired_difference(values[first], values[second], seed, weights)
            for first, second in itertools.combinations(values, 2)}


def _find_reason(first, second):
    if first.shape[1] < MIN_MELODIES:
        return f'{first.shape[1]} melodies, at least {MIN_MELODIES} are needed for a test'
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return 'values that are not finite'
    return ''


def _interval(first, second, weights, seed, num_resamples):
    rng = np.random.default_rng(seed)
    drawn = drawn_weights(rng, weights, num_resamples) @ (first.mean(axis=0) - second.mean(axis=0))
    if min(len(first), len(second)) > 1:
        freedom = len(first) + len(second) - 2
        for sign, values in ((1, first), (-1, second)):
            drawn += sign * drawn_seed_effects(rng, values, weights, freedom, num_resamples)[:, 0]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
