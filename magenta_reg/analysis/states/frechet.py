"""The Fréchet distance of Gaussians fitted to two sets of hidden states."""

import numpy as np

from magenta_reg.analysis.states.pools import mean_of, principal_components, ratio

FRECHET_COMPONENTS = 32
EXTRAPOLATED_COMPONENTS = 16
_EXTRAPOLATION_HALVINGS = 3
# Added to every variance, as a share of the mean variance: units that never change have none.
_FRECHET_RIDGE = 1e-6
# Choices whose covariances are held at a time.
_CHUNK = 64


def prepare_frechet(pool, seed):
    """Prepares the Fréchet distance of Gaussian fits / s, s^2 the mean of their variances.

    It is taken in the first 32 principal components of the pool, if there are more units.
    """
    del seed
    measure = _prepare_squares(pool, FRECHET_COMPONENTS)
    return lambda first, second: np.sqrt(ratio(*measure(first, second)))


def prepare_extrapolated(pool, seed):
    """Prepares the squared Fréchet distance / s^2 that infinitely many melodies would have.

    Its error falls as 1 / N; so the line through the distances of all melodies and of half of them
    (a mean over random halvings) against 1 / N is followed to 0. N are the melodies in a set, fewer
    if their weights are uneven. It may be below 0. The first 16 principal components are taken: of
    more, a half of the melodies has not states enough.

    Source: Chong & Forsyth 2020 (1911.07023), "Effectively Unbiased FID and Inception Score and
    where to find them", section 3.
    """
    measure = _prepare_squares(pool, EXTRAPOLATED_COMPONENTS)
    rng = np.random.default_rng(seed)
    orders = [np.tile(rng.permutation(len(pool) // 2), 2) for _ in range(_EXTRAPOLATION_HALVINGS)]

    def evaluate(first, second):
        squares, variances = measure(first, second)
        halves = [[_half(choice, order, is_upper) for choice in (first, second)]
                  for order in orders for is_upper in (False, True)]
        of_half = np.mean([measure(*pair)[0] for pair in halves], axis=0)
        x, x_of_half = (np.mean([_inverse_size(one) + _inverse_size(other) for one, other in pairs],
                                axis=0) for pairs in ([(first, second)], halves))
        return ratio((squares * x_of_half - of_half * x) / (x_of_half - x), variances)

    return evaluate


def _half(choice, order, is_upper):
    """Returns the choice without half of its items, those that come late (or early) in an order."""
    rank = np.argsort(order, kind='stable')
    places = np.empty_like(choice)
    places[:, rank] = np.cumsum(choice[:, rank] > 0, axis=1)
    return choice * ((places > places.max(axis=1, keepdims=True) // 2) == is_upper)


def _inverse_size(choice):
    """Returns 1 / N, float64 [choices]: of equal weights N is the number of items."""
    return np.sum(choice ** 2, axis=1) / choice.sum(axis=1) ** 2


def _prepare_squares(pool, num_components):
    """Prepares the squared Fréchet distance of Gaussian fits, and the mean of their variances."""
    pool = principal_components(pool, num_components)
    items, positions, k = pool.shape
    means = pool.mean(axis=1)
    moments = (np.swapaxes(pool, 1, 2) @ pool / positions).reshape(items, -1)

    def fit(choice):
        mean = mean_of(choice, means)
        moment = mean_of(choice, moments).reshape(-1, k, k)
        return mean, moment - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]

    def evaluate(first, second):
        found = []
        for start in range(0, len(first), _CHUNK):
            fits = [fit(choice[start:start + _CHUNK]) for choice in (first, second)]
            variances = [np.trace(covariance, axis1=1, axis2=2) for _, covariance in fits]
            found.append([squared_frechet(*fits[0], *fits[1]), np.mean(variances, axis=0)])
        return np.concatenate(found, axis=1)

    return evaluate


def squared_frechet(first_mean, first_covariance, second_mean, second_covariance):
    """Returns the squared Fréchet (2-Wasserstein) distance of Gaussians, many pairs at a time.

        |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))

    A Gaussian fitted to n states in k dimensions is off by about k / n of its variance, and every
    error adds: two samples of one distribution are at a distance above 0 that falls with n.

    Args:
        first_mean, second_mean: float64 [..., k].
        first_covariance, second_covariance: float64 [..., k, k].

    Returns:
        float64 [...].

    Source: Dowson & Landau 1982, "The Fréchet Distance between Multivariate Normal Distributions".
    """
    k = first_mean.shape[-1]
    traces = (np.trace(first_covariance, axis1=-2, axis2=-1)
              + np.trace(second_covariance, axis1=-2, axis2=-1))
    ridge = _FRECHET_RIDGE * traces[..., np.newaxis, np.newaxis] / (2 * k) * np.eye(k)
    # C1 C2 has the eigenvalues of L' C2 L, C1 = L L', which is symmetric.
    root = np.linalg.cholesky(first_covariance + ridge)
    product = np.swapaxes(root, -1, -2) @ (second_covariance + ridge) @ root
    eigenvalues = np.maximum(np.linalg.eigvalsh(product), 0)
    traces = traces + 2 * np.trace(ridge, axis1=-2, axis2=-1)
    squared = (np.sum((first_mean - second_mean) ** 2, axis=-1) + traces
               - 2 * np.sqrt(eigenvalues).sum(axis=-1))
    return np.maximum(squared, 0)
