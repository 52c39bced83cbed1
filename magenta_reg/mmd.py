"""Maximum mean discrepancy: are two samples from one distribution?"""

import numpy as np


def squared_mmd(first, second):
    """Returns the unbiased estimate of MMD^2 with a Gaussian kernel.

        MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y),  x != x', y != y'
        k(x, y) = exp(-|x - y|^2 / (2 s^2)),  s the median distance between the pooled states

    It is about 0 for equal distributions, and may then be below it.

    Args:
        first: float array [n, units], n at least 2.
        second: float array [m, units], m at least 2.

    Returns:
        float.

    Source: Gretton et al. 2012, "A Kernel Two-Sample Test", lemma 6 and section 8.
    """
    pooled = np.concatenate([first, second]).astype(np.float64)
    squares = np.sum(pooled ** 2, axis=1)
    distances = np.maximum(squares[:, np.newaxis] + squares - 2 * pooled @ pooled.T, 0)
    median = np.median(distances[np.triu_indices(len(pooled), 1)])
    if median == 0:  # More than half of the pairs are the same state.
        median = np.mean(distances) or 1.0
    kernel = np.exp(-distances / (2 * median))
    n = len(first)
    within = [_mean_off_diagonal(kernel[:n, :n]), _mean_off_diagonal(kernel[n:, n:])]
    return float(sum(within) - 2 * kernel[:n, n:].mean())


def _mean_off_diagonal(kernel):
    n = len(kernel)
    return (kernel.sum() - np.trace(kernel)) / (n * (n - 1))
