"""What distances of sets of hidden states share: means, ratios and principal components of a pool.

A pool is float64 [2 melodies, positions, units]; its items i and melodies + i are melody i in the
two modes. A choice is float64 [choices, 2 melodies]: the weight of each item in the set.
"""

import numpy as np


def mean_of(choice, values):
    """Returns the means over the items chosen: [choices, ...] of values [items, ...]."""
    return (choice @ values) / choice.sum(axis=1).reshape([-1] + [1] * (values.ndim - 1))


def ratio(numerator, denominator):
    """Divides; NaN where there is nothing to divide by."""
    return np.divide(numerator, denominator, where=denominator > 0,
                     out=np.full(np.shape(denominator), np.nan))


def principal_components(pool, num_components):
    """Returns the pool, centred, in its first principal components: [items, positions, k]."""
    pool = pool - pool.mean(axis=(0, 1))
    if pool.shape[2] <= num_components:
        return pool
    states = pool.reshape(-1, pool.shape[2])
    _, vectors = np.linalg.eigh(states.T @ states)
    return pool @ vectors[:, -num_components:]
