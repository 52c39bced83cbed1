"""Means over few seeds of shares that each seed's melodies have."""

import numpy as np

from magenta_reg.analysis.statistics.estimate import Estimate


def seed_variance(values):
    """Returns the variance of the mean of a number a seed, and its degrees of freedom."""
    return np.var(values, ddof=1) / len(values), len(values) - 1


def satterthwaite(variances):
    """Returns the sum of independent variances, each with its degrees of freedom, and the sum's."""
    variance = sum(part for part, _ in variances)
    if variance == 0:
        return variance, np.inf
    return variance, variance ** 2 / sum(part ** 2 / degrees for part, degrees in variances)


def seeds_mean(values, standard_errors, n_melodies):
    """Returns the Estimate, within [0, 1], of the mean of shares that each seed's melodies have.

    The variance is the mean of the seeds' own, which is that of melodies all seeds share, and with
    several seeds that of their mean; t with Satterthwaite's degrees of freedom. There is no
    interval where nothing varies.

    Args:
        values: sequence of float in [0, 1], one a seed.
        standard_errors: sequence of float, over melodies, of each value.
        n_melodies: int, 2 or more.
    """
    from scipy import stats

    parts = [(np.mean(np.square(standard_errors)), n_melodies - 1)]
    if len(values) > 1:
        parts.append(seed_variance(np.asarray(values)))
    variance, freedom = satterthwaite(parts)
    found = Estimate(float(np.mean(values)), n_melodies=n_melodies, n_seeds=len(values))
    if variance == 0:
        return found
    margin = float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
    return found._replace(low=max(found.value - margin, 0.0), high=min(found.value + margin, 1.0))
