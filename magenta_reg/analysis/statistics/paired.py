"""Differences between methods, paired by seed and by melody.

Networks of one seed share initial weights and the order of batches, and all networks continue the
same melodies: so what is compared are differences d[s, m] of seed s on melody m. With their mean d
over both,

    t = d / se,   se^2 = var_s(d_s) / S + var_m(d_m) / M

where d_s and d_m are means over melodies and over seeds; t has S - 1 degrees of freedom. What
varies with both is in both terms: the interval is rather too wide than too narrow. One seed says
nothing about other networks of its method: then the interval is over melodies alone and there is
no p, but `p_melodies`, by sign-flips, which is about these networks.

Source: Student 1908 for t; Fisher 1935 for the sign-flips; Schuirmann 1987 for the equivalence.
"""

import itertools

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import normalized
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import sign_flip_p

# The least p of a sign-flip test is 2 / 2^n: below 0.05 from six melodies on.
MIN_MELODIES = 6
PAIRED_T = 't over pairs of networks with the same seed'
ONE_SEED = 'one seed: not tested'
SIGN_FLIP = 'sign-flip permutation over melodies'


def mean_difference(differences, seed, weights=None):
    """Returns the Estimate of the mean of differences.

    Args:
        differences: float array [seeds, melodies].
        seed: int, of the sign-flips.
        weights: float array [melodies], such as events, or None for equal ones.
    """
    differences = np.asarray(differences, np.float64)
    n_seeds, n_melodies = differences.shape
    reason = _find_reason(differences)
    if reason:
        return Estimate(n_melodies=n_melodies, n_seeds=n_seeds, reason=reason)
    weights = normalized(weights, n_melodies)
    per_melody, spread = differences.mean(axis=0), np.std(differences.mean(axis=0), ddof=1)
    found = t_estimate(differences @ weights, melody_variance(per_melody, weights), n_melodies)
    return found._replace(
        p_melodies=sign_flip_p(per_melody, seed, weights) if n_seeds == 1 else None,
        standardized=float(found.value / spread) if spread else None)


def paired_difference(first, second, seed, weights=None):
    """Returns the Estimate of the mean of one method minus that of another.

    Args:
        first, second: float array [seeds, melodies], row by row the same seeds and melodies.
        seed, weights: as of `mean_difference`.
    """
    return mean_difference(np.subtract(first, second, dtype=np.float64), seed, weights)


def all_differences(values, seeds, seed, weights=None):
    """Compares every two groups.

    Args:
        values: dict of label to float array [seeds, melodies], the same melodies in all.
        seeds: dict of label to list of int, the seeds of the rows; a label without seeds, such as
            the held-out melodies, has one row, which is compared with every seed.
        seed, weights: as of `mean_difference`.

    Returns:
        dict of (label, label) to Estimate, first minus second; p is of single tests.
    """
    found = {}
    for first, second in itertools.combinations(values, 2):
        (rows, others), reason = seed_pairs(seeds.get(first), seeds.get(second))
        found[first, second] = Estimate(reason=reason) if reason else paired_difference(
            np.asarray(values[first])[rows], np.asarray(values[second])[others], seed, weights)
    return found


def seed_pairs(first, second):
    """Pairs the rows of two groups by seed.

    Args:
        first, second: list of int, the seeds of rows, or None for one row of no seed.

    Returns:
        pair of list of int, the rows of the seeds that both have; those of one row of no seed are
        of the length of the other's.
        str, why there is no pair, or ''.
    """
    if first is None or second is None:
        num_rows = len(first or second or [0])
        return tuple(list(range(num_rows)) if own is not None else [0] * num_rows
                     for own in (first, second)), ''
    rows = [(first.index(each), second.index(each)) for each in first if each in second]
    if not rows:
        return ([], []), 'no seed in common: give runs of the same seeds'
    return tuple(map(list, zip(*rows, strict=True))), ''


def t_estimate(seed_values, variance, n_melodies):
    """Returns the Estimate of the mean of one difference a seed.

    Args:
        seed_values: float array [seeds].
        variance: float, of their mean because of the melodies.
        n_melodies: int, or None where no melodies are sampled.
    """
    from scipy import stats

    n_seeds = len(seed_values)
    value, freedom = float(np.mean(seed_values)), (n_melodies or 0) - 1
    if n_seeds > 1:
        variance, freedom = variance + np.var(seed_values, ddof=1) / n_seeds, n_seeds - 1
    if n_seeds == 1 and freedom < 1:
        return Estimate(value, n_seeds=1, test=ONE_SEED)
    error = float(np.sqrt(variance))
    margin = float(stats.t.ppf(0.975, freedom) * error)
    found = Estimate(value, value - margin, value + margin, n_melodies=n_melodies, n_seeds=n_seeds,
                     standard_error=error, degrees_of_freedom=freedom, test=ONE_SEED)
    return found if n_seeds == 1 else found._replace(p=2 * one_sided_p(found, np.sign(value)),
                                                     test=PAIRED_T)


def one_sided_p(estimate, direction):
    """Returns p of the hypothesis that the difference is not above (1) or not below (-1) 0."""
    return _beyond(direction * estimate.value, estimate)


def equivalence_p(estimate, margin):
    """Returns p of the hypothesis that the difference is not within +- margin: the larger of two.

    Source: Schuirmann 1987, "A comparison of the two one-sided tests procedure".
    """
    return _beyond(margin - abs(estimate.value), estimate)


def beyond_p(estimate, margin):
    """Returns p of the hypothesis that the difference is within +- margin, one-sided."""
    return _beyond(abs(estimate.value) - margin, estimate)


def _beyond(distance, estimate):
    """Returns how likely t is beyond a distance in units of the standard error: float."""
    from scipy import stats

    if not estimate.standard_error:
        return float(np.select([distance > 0, distance < 0], [0.0, 1.0], 0.5))
    return float(stats.t.sf(distance / estimate.standard_error, estimate.degrees_of_freedom))


def melody_variance(per_melody, weights=None):
    """Returns the variance of a weighted mean over melodies, float array [melodies]."""
    weights = normalized(weights, len(per_melody))
    deviations = weights * (per_melody - weights @ per_melody)
    return float(np.sum(deviations ** 2) * len(per_melody) / (len(per_melody) - 1))


def _find_reason(differences):
    if differences.shape[1] < MIN_MELODIES:
        return f'{differences.shape[1]} melodies, at least {MIN_MELODIES} are needed for a test'
    return '' if np.isfinite(differences).all() else 'values that are not finite'
