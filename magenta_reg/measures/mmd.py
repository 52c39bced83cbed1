"""Maximum mean discrepancy: are two samples from one distribution?"""

import numpy as np


def squared_mmd(first, second):
    """Returns the unbiased estimate of MMD^2 with a Gaussian kernel.

        MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y),  x != x', y != y'
        k(x, y) = exp(-|x - y|^2 / (2 s^2)),  s the median distance between the pooled states

    It is about 0 for equal distributions, and may be negative then.

    Args:
        first: float array [n, units], n at least 2.
        second: float array [m, units], m at least 2.

    Source: Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6 and section 8.
    """
    pooled = np.concatenate([first, second])
    distances = squared_distances(pooled, pooled)
    kernel = np.exp(-distances / (2 * median_square(distances)))
    n = len(first)
    within = [_mean_off_diagonal(kernel[:n, :n]), _mean_off_diagonal(kernel[n:, n:])]
    return float(sum(within) - 2 * kernel[:n, n:].mean())


def squared_distances(first, second):
    """Returns |x - y|^2 of every pair: float64 [n, m] of arrays [n, units] and [m, units]."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    squares = np.sum(first ** 2, axis=1)[:, np.newaxis] + np.sum(second ** 2, axis=1)
    return np.maximum(squares - 2 * first @ second.T, 0)


def median_square(distances):
    """Returns the median of the squared distances [n, n] within one sample, each pair once."""
    median = np.median(distances[np.triu_indices(len(distances), 1)])
    # The median is 0 if more than half of the pairs are equal.
    return median or np.mean(distances) or 1.0


def _mean_off_diagonal(kernel):
    n = len(kernel)
    return (kernel.sum() - np.trace(kernel)) / (n * (n - 1))
