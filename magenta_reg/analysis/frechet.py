"""The Fréchet distance between Gaussians fitted to two sets."""

import numpy as np

# Added to every variance, as a share of the mean variance: units that never change have none.
_RIDGE = 1e-6


def squared_frechet(first_mean, first_covariance, second_mean, second_covariance):
    """Returns the squared Fréchet (2-Wasserstein) distance of Gaussians, many pairs at a time.

        |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))

    A Gaussian fitted to n states in k dimensions is off by about k / n of its variance, and every
    error adds: the distance of two samples of one distribution is above 0, and falls with n. So it
    compares at equal n only. Both covariances get a millionth of their mean variance in every
    direction.

    Args:
        first_mean: float64 [..., k].
        first_covariance: float64 [..., k, k].
        second_mean: float64 [..., k].
        second_covariance: float64 [..., k, k].

    Returns:
        float64 [...].

    Source: Dowson & Landau 1982, "The Fréchet Distance between Multivariate Normal Distributions".
    """
    k = first_mean.shape[-1]
    traces = (np.trace(first_covariance, axis1=-2, axis2=-1)
              + np.trace(second_covariance, axis1=-2, axis2=-1))
    ridge = _RIDGE * traces[..., np.newaxis, np.newaxis] / (2 * k) * np.eye(k)
    # C1 C2 has the eigenvalues of L' C2 L, C1 = L L', which is symmetric.
    root = np.linalg.cholesky(first_covariance + ridge)
    product = np.swapaxes(root, -1, -2) @ (second_covariance + ridge) @ root
    eigenvalues = np.maximum(np.linalg.eigvalsh(product), 0)
    traces = traces + 2 * np.trace(ridge, axis1=-2, axis2=-1)
    squared = (np.sum((first_mean - second_mean) ** 2, axis=-1) + traces
               - 2 * np.sqrt(eigenvalues).sum(axis=-1))
    return np.maximum(squared, 0)
