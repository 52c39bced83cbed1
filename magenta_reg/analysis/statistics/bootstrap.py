"""Bootstrap over two levels: melodies, and seeds where there are several.

A group's numbers are [seeds, melodies]: the same melodies under each of its networks. With the
mean m over both, seed effects a_s (a seed's mean minus m) and melody means x_m,

    m* = sum_m v_m x_m + k sum_s c_s a_s

where v are weights of melodies drawn with replacement and c shares of seeds drawn with
replacement. The few seeds' effects are stretched by k = sqrt(S / (S - 1)) t(0.975, df) / z(0.975):
the first factor makes the variance unbiased, the second gives the 95% interval its width where the
variance is known from so few networks.

Source: Davison & Hinkley 1997, Bootstrap Methods and their Application, sections 3.8 and 2.5.
"""

import numpy as np

from magenta_reg.analysis.statistics.estimate import Estimate, unboxed

NUM_RESAMPLES = 2000


def group_mean(values, seed, weights=None, num_resamples=NUM_RESAMPLES):
    """Returns the Estimate of the mean of a group's numbers.

    Args:
        values: float array [seeds, melodies, ...]; all that follows the melodies is kept.
        seed: int.
        weights: float array [melodies], such as events, or None for equal ones.
        num_resamples: int.
    """
    values = np.asarray(values, np.float64)
    n_seeds, n_melodies = values.shape[:2]
    weights = normalized(weights, n_melodies)
    rng = np.random.default_rng(seed)
    with one_thread():
        drawn = (drawn_weights(rng, weights, num_resamples)
                 @ values.mean(axis=0).reshape(n_melodies, -1))
    if n_seeds > 1:
        drawn = drawn + drawn_seed_effects(rng, values, weights, n_seeds - 1, num_resamples)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0).reshape(2, *values.shape[2:])
    value = np.tensordot(weights, values.mean(axis=0), 1)
    return Estimate(*map(unboxed, (value, low, high)), n_melodies=n_melodies, n_seeds=n_seeds)


def bootstrap_mean(values, seed, num_resamples=NUM_RESAMPLES):
    """Returns the Estimate of the mean of one number a melody, float array [melodies].

    It draws what `group_mean` draws for one seed, without its matrices.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    values = np.asarray(values, np.float64)
    drawn = np.random.default_rng(seed).integers(len(values), size=[num_resamples, len(values)])
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high), n_melodies=len(values),
                    n_seeds=1)


def one_thread():
    """Limits matrix products to one thread in a with block.

    Threads wait for each other longer than they work on matrices this small.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def normalized(weights, n_melodies):
    """Returns float64 [melodies] that sum to 1."""
    weights = np.ones(n_melodies) if weights is None else np.asarray(weights, np.float64)
    return weights / weights.sum()


def drawn_weights(rng, weights, num_resamples):
    """Returns float64 [resamples, melodies]: weights of melodies drawn with replacement."""
    n = len(weights)
    cells = rng.integers(n, size=[num_resamples, n]) + n * np.arange(num_resamples)[:, np.newaxis]
    counts = np.bincount(cells.ravel(), minlength=num_resamples * n).reshape(num_resamples, n)
    drawn = counts * weights
    return drawn / drawn.sum(axis=1, keepdims=True)


def drawn_seed_effects(rng, values, weights, degrees_of_freedom, num_resamples):
    """Returns float64 [resamples, numbers]: mean effects of seeds drawn with replacement."""
    from scipy import stats

    n_seeds = len(values)
    effects = seed_means(values, weights)
    effects = effects - effects.mean(axis=0)
    stretch = (np.sqrt(n_seeds / (n_seeds - 1)) * stats.t.ppf(0.975, degrees_of_freedom)
               / stats.norm.ppf(0.975))
    return stretch * drawn_weights(rng, normalized(None, n_seeds), num_resamples) @ effects


def seed_means(values, weights):
    """Returns float64 [seeds, numbers], weighted means over melodies."""
    n_seeds, n_melodies = values.shape[:2]
    return np.einsum('m,smk->sk', weights, values.reshape(n_seeds, n_melodies, -1))
