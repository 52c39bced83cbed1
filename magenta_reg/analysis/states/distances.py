"""Five distances between two sets of hidden states, taken of the states themselves.

The unit is the melody, since states of one melody resemble each other. A distance is prepared once
for a pool of melodies and then answers for any choice of them by sums over what it prepared:
permutations, bootstrap resamples and halves cost little.

A pool is float64 [2 melodies, positions, units]; its items i and melodies + i are melody i in the
two modes. A choice is float64 [choices, 2 melodies]: the weight of each item in the set. States of
the same melody are never compared with each other.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from magenta_reg.measures.mmd import median_square, squared_distances

FRECHET_COMPONENTS = 64
# Added to every variance, as a share of the mean variance: units that never change have none.
_FRECHET_RIDGE = 1e-6
# Choices whose covariances are held at a time.
_CHUNK = 64
# Pairs of so many states decide the width of the kernel.
_MEDIAN_STATES = 500
# Of this many nearest items one is nearly always in the set; the few states left look further.
_NEAREST_ITEMS = 24


class Distance(NamedTuple):
    """A distance between two sets of states; text.md says under its name what it is.

    Attributes:
        title: str, for figures and tables.
        prepare: function of (pool, seed) to a function of two choices to float64 [choices].
        is_unbiased: bool, whether its mean over all halvings is the distance of the whole sets, and
            that of two halves of one set 0: then the distance itself is the excess over its floor.
    """

    title: str
    prepare: Callable
    is_unbiased: bool = False


def prepare_centroid(pool, seed):
    """Prepares |m1 - m2| / s, s^2 the mean of the two sets' total variances."""
    del seed
    pool = pool - pool.mean(axis=(0, 1))
    means, squares = pool.mean(axis=1), np.sum(pool ** 2, axis=2).mean(axis=1)

    def evaluate(first, second):
        centres = [_mean(choice, means) for choice in (first, second)]
        variances = [_mean(choice, squares) - np.sum(centre ** 2, axis=1)
                     for choice, centre in zip((first, second), centres, strict=True)]
        return _ratio(np.linalg.norm(centres[0] - centres[1], axis=1),
                      np.sqrt(np.mean(variances, axis=0)))

    return evaluate


def prepare_mmd(pool, seed):
    """Prepares MMD^2 over pairs of different melodies, in both modes and between them."""
    items, positions, units = pool.shape
    states = pool.reshape(-1, units)
    drawn = np.random.default_rng(seed).permutation(len(states))[:_MEDIAN_STATES]
    width = 2 * median_square(squared_distances(states[drawn], states[drawn]))
    # Entry i, j is the mean kernel between the states of the items i and j.
    kernel = np.stack([
        np.exp(-squared_distances(item, states) / width).reshape(positions, items, -1)
        .mean(axis=(0, 2)) for item in pool])
    are_others = _are_other_melodies(items)
    kernel = np.where(are_others, kernel, 0.0)

    def mean(first, second):
        return np.sum(first @ kernel * second, axis=1) / np.sum(first @ are_others * second, axis=1)

    return lambda first, second: (
        mean(first, first) + mean(second, second) - 2 * mean(first, second))


def prepare_frechet(pool, seed):
    """Prepares the Fréchet distance of Gaussian fits / s, s^2 the mean of their variances.

    It is taken in the first 64 principal components of the pool, if there are more units.
    """
    del seed
    pool = _principal_components(pool, FRECHET_COMPONENTS)
    items, positions, k = pool.shape
    means = pool.mean(axis=1)
    moments = (np.swapaxes(pool, 1, 2) @ pool / positions).reshape(items, -1)

    def fit(choice):
        mean = _mean(choice, means)
        moment = _mean(choice, moments).reshape(-1, k, k)
        return mean, moment - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]

    def evaluate(first, second):
        found = []
        for start in range(0, len(first), _CHUNK):
            fits = [fit(choice[start:start + _CHUNK]) for choice in (first, second)]
            variances = [np.trace(covariance, axis1=1, axis2=2) for _, covariance in fits]
            squared = squared_frechet(*fits[0], *fits[1])
            found.append(np.sqrt(_ratio(squared, np.mean(variances, axis=0))))
        return np.concatenate(found)

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


def prepare_nearest(pool, seed):
    """Prepares |log(a / b)|, a the mean distance of second's states to first's nearest, b first's.

    Both too far from first and too close to where it is dense are a difference; 0 is none.
    """
    del seed
    items, positions, units = pool.shape
    states = pool.reshape(-1, units)
    # Entry s, i is the distance of state s to the nearest state of the item i.
    nearest = np.concatenate([
        np.sqrt(squared_distances(item, states).reshape(positions, items, -1).min(axis=2))
        for item in pool])
    # Equal states differ by rounding errors.
    nearest[nearest < 1e-6 * np.sqrt(np.mean(states ** 2))] = 0
    nearest[np.repeat(~_are_other_melodies(items), positions, axis=0)] = np.inf
    order = np.argsort(nearest, axis=1)[:, :_NEAREST_ITEMS]
    closest = np.take_along_axis(nearest, order, axis=1)

    def to_nearest(is_present):
        present = is_present[order]
        found = closest[np.arange(len(closest)), present.argmax(axis=1)]
        is_open = ~present.any(axis=1)
        found[is_open] = nearest[is_open][:, is_present].min(axis=1)
        return found.reshape(items, positions).mean(axis=1)

    def evaluate(first, second):
        distances = np.stack([to_nearest(choice > 0) for choice in first])
        ratio = _ratio(*(np.sum(choice * np.where(choice > 0, distances, 0), axis=1)
                         / choice.sum(axis=1) for choice in (second, first)))
        with np.errstate(divide='ignore'):  # States that first has exactly: reported as undefined.
            return np.abs(np.log(ratio))

    return evaluate


def prepare_classifier(pool, seed, num_folds=5):
    """Prepares the accuracy of a linear classifier on melodies of folds it was not fitted to.

    A linear discriminant of standardized units: the difference of the two sets' means, in the
    metric of the covariance of the training folds' pool, with the threshold halfway between the
    means. That covariance does not depend on which set an item is in, so every permutation shares
    it. All items of a melody are in one fold.
    """
    pool = pool - pool.mean(axis=(0, 1))
    pool /= np.maximum(pool.std(axis=(0, 1)), np.finfo(np.float32).tiny)
    items, positions, units = pool.shape
    rank = np.random.default_rng(seed).permutation(items // 2)
    folds = np.tile(rank % num_folds, 2)
    means = pool.mean(axis=1)
    inverses = [_inverse_covariance(pool[folds != fold].reshape(-1, units))
                for fold in range(num_folds)]

    def evaluate(first, second):
        positive = np.empty([len(first), items])
        for fold, inverse in enumerate(inverses):
            is_test = folds == fold
            centres = [_mean(choice * ~is_test, means) for choice in (first, second)]
            weights = (centres[0] - centres[1]) @ inverse
            thresholds = np.sum(weights * (centres[0] + centres[1]) / 2, axis=1)
            scores = pool[is_test].reshape(-1, units) @ weights.T - thresholds
            positive[:, is_test] = (np.sign(scores).reshape(-1, positions, len(first))
                                    .mean(axis=1).T + 1) / 2
        right = [np.sum(choice * guess, axis=1) / choice.sum(axis=1)
                 for choice, guess in ((first, positive), (second, 1 - positive))]
        return np.mean(right, axis=0)

    return evaluate


DISTANCES = {
    'classifier': Distance('classifier accuracy', prepare_classifier),
    'mmd': Distance('MMD²', prepare_mmd, is_unbiased=True),
    'frechet': Distance('Fréchet distance', prepare_frechet),
    'centroid': Distance('centroid distance', prepare_centroid),
    'nearest': Distance('nearest neighbour', prepare_nearest),
}


def _are_other_melodies(items):
    """Returns bool [items, items], whether two items are of different melodies."""
    melodies = np.arange(items) % (items // 2)
    return melodies[:, np.newaxis] != melodies


def _mean(choice, values):
    """Returns the means over the items chosen: [choices, ...] of values [items, ...]."""
    return (choice @ values) / choice.sum(axis=1).reshape([-1] + [1] * (values.ndim - 1))


def _ratio(numerator, denominator):
    """Divides; NaN where there is nothing to divide by."""
    return np.divide(numerator, denominator, where=denominator > 0,
                     out=np.full(np.shape(denominator), np.nan))


def _principal_components(pool, num_components):
    """Returns the pool, centred, in its first principal components: [items, positions, k]."""
    pool = pool - pool.mean(axis=(0, 1))
    if pool.shape[2] <= num_components:
        return pool
    states = pool.reshape(-1, pool.shape[2])
    _, vectors = np.linalg.eigh(states.T @ states)
    return pool @ vectors[:, -num_components:]


def _inverse_covariance(states):
    """Returns the inverse of the covariance with a little more variance, [units, units]."""
    states = states - states.mean(axis=0)
    covariance = states.T @ states / len(states)
    # Nearly collinear units carry much of what tells the modes apart: more would hide it.
    ridge = 1e-4 * np.trace(covariance) / len(covariance)
    return np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
