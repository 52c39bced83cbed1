"""How far generated melodies are from real ones in one feature (mgeval's relative measure).

The distances between real melodies, and those from generated to real melodies, are two
distributions of numbers; the generated music is like the real music if these are alike. Row i of
both sets has the same primer: such a pair is never measured against itself.

Source: Yang & Lerch 2018, "On the evaluation of generative models in music", section 3.2.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p
from magenta_reg.analysis.statistics.resampled import mean_and_range

# All pairs are compared: so many say enough and cost little.
MAX_MELODIES = 300
_NUM_RESAMPLES = 100
_NUM_HALVINGS = 20
_NUM_PERMUTATIONS = 999
_GRID_SIZE = 1024
# Beyond four bandwidths a Gaussian kernel has no mass worth counting.
_MARGIN_BANDWIDTHS = 4
# Below this share of a uniform density on the grid, a kernel estimate of a few hundred melodies
# says nothing, and a quotient of such densities would be noise without a bound.
_LEAST_DENSITY = 1e-6


class FeatureDistance(NamedTuple):
    """How alike generated and real melodies are in one feature; a reason where nothing is known.

    Attributes:
        overlap: Estimate, area under both the density of distances within real melodies and that
            from generated to real ones, at n / 2 against n / 2 melodies (mean of random halvings).
            The floor is the same between the two halves of the real melodies. p, by permutation of
            the energy distance, is of the hypothesis that generated and real melodies are of one
            distribution; not corrected for the number of features.
        kl_nats: Estimate, KL(within real || generated to real), in the same way, without p.
        spread: float, mean distance within the generated set over that within the real one: below
            1, generated melodies are more like each other than real ones are.
        points, within, between: float64 [grid], and the densities there of the distances within
            real melodies and from generated to real ones.
    """

    overlap: Estimate
    kl_nats: Estimate
    spread: float | None = None
    points: np.ndarray | None = None
    within: np.ndarray | None = None
    between: np.ndarray | None = None


def feature_distance(generated, real, seed):
    """Compares a feature of generated melodies with that of real ones.

    Distances are Euclidean, densities are Gaussian kernel estimates with Scott's bandwidth of all
    melodies. The interval is the value +- 1.96 bootstrap standard errors over rows: percentiles
    would lie too low, because resampling itself takes some of an overlap away.

    Args:
        generated, real: float arrays [melodies, size], NaN where a melody has no such feature; rows
            i had the same primer.
        seed: int.
    """
    from scipy.spatial.distance import cdist

    generated, real = _usable_rows(generated, real, seed)
    n = len(real)
    if n < MIN_MELODIES:
        return _without_value(n, f'{n} melodies of each set have this feature, at least '
                                 f'{MIN_MELODIES} are needed')
    matrices = cdist(generated, generated), cdist(real, real), cdist(generated, real)
    points, within, between, halves = _densities(*matrices, *_pair_weights(n, seed))
    if points is None:
        return _without_value(n, 'all melodies are at the same distance: no density')
    overlaps, divergences = (
        _estimate(measure(within, between, points),
                  measure(within[-_NUM_HALVINGS:], halves, points), n, limit)
        for measure, limit in ((overlap, 1.0), (kl_nats, np.inf)))
    return FeatureDistance(overlaps._replace(p=_energy_p(*matrices, seed)), divergences,
                           float(matrices[0].sum() / matrices[1].sum()),
                           points, within[0], between[0])


def _usable_rows(generated, real, seed):
    """Leaves out the rows where a melody lacks the feature, and some of very many."""
    rows = np.flatnonzero(np.isfinite(generated).all(axis=1) & np.isfinite(real).all(axis=1))
    if len(rows) > MAX_MELODIES:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MAX_MELODIES])
    return generated[rows], real[rows]


def _without_value(n, reason):
    return FeatureDistance(*[Estimate(n_melodies=n, reason=reason)] * 2)


def _pairs(n):
    """Returns the indices i < j within a set, and i != j between two: rows i share their primer."""
    return np.triu_indices(n, 1), np.nonzero(~np.eye(n, dtype=bool))


@lru_cache(maxsize=2)
def _pair_weights(n, seed):
    """Returns how much each of `_pairs` counts, the same for every feature and generator.

    Two arrays float32 [pairs, columns], within the real set and between the sets. A column each:
    all melodies once; bootstrap resamples; one half of the rows against the other.
    """
    rng = np.random.default_rng(seed)
    resamples = rng.multinomial(n, np.full(n, 1 / n), _NUM_RESAMPLES).T
    places = rng.permuted(np.tile(np.arange(n), [_NUM_HALVINGS, 1]), axis=1).T
    half, ones = n // 2, np.ones([n, 1])
    rows, columns = (
        np.concatenate([ones, resamples, chosen], axis=1).astype(np.float32)
        for chosen in (places < half, (half <= places) & (places < 2 * half)))
    (i, j), (k, m) = _pairs(n)
    return columns[i] * columns[j], rows[k] * columns[m]


def _densities(generated, real, between, within_weights, between_weights):
    """Returns the grid and the densities within the real set, between the sets, and of the floor.

    They are [grid] and three times [columns, grid], the last one of halvings only; four None where
    distances within or between are all the same. Distances are [n, n], the rows of `between`
    generated; weights are those of `_pair_weights`.
    """
    of_within, of_between = _pairs(len(real))
    samples = [real[of_within], between[of_between], generated[of_within]]
    if not (np.ptp(samples[0]) and np.ptp(samples[1])):
        return [None] * 4
    bandwidths = [scott_bandwidth(each) for each in samples]
    points = shared_grid(samples, bandwidths)
    return (points, density(samples[0], within_weights, points, bandwidths[0]),
            density(samples[1], between_weights, points, bandwidths[1]),
            density(real[of_between], between_weights[:, -_NUM_HALVINGS:], points, bandwidths[0]))


def scott_bandwidth(values):
    """Returns the bandwidth of `scipy.stats.gaussian_kde`: deviation times n ** (-1 / 5)."""
    return float(np.std(values, ddof=1) * len(values) ** -0.2)


def shared_grid(samples, bandwidths):
    """Returns float64 [grid], where the densities of all samples have practically all their mass.

    Samples are float arrays [values], bandwidths a float for each.
    """
    margin = _MARGIN_BANDWIDTHS * max(bandwidths)
    return np.linspace(min(each.min() for each in samples) - margin,
                       max(each.max() for each in samples) + margin, _GRID_SIZE)


def density(values, weights, points, bandwidth):
    """Returns the Gaussian kernel density estimates of values, with integral 1.

    Args:
        values: float array [values].
        weights: float32 [values, columns], how much each counts; a density for each column.
        points: float64 [grid], the grid.
        bandwidth: float, standard deviation of the kernel.

    Returns:
        float array [columns, grid].
    """
    from scipy.sparse import csr_array

    size, spacing = len(values), _spacing(points)
    nearest = np.rint((values - points[0]) / spacing).astype(np.int64)
    counts = csr_array((np.ones(size, np.float32), (nearest, np.arange(size))),
                       (len(points), size)) @ weights
    frequencies = np.fft.rfftfreq(len(points), spacing)
    kernel = np.exp(-2 * (np.pi * frequencies * bandwidth) ** 2)
    found = np.fft.irfft(np.fft.rfft(counts.T) * kernel, len(points)).clip(min=0)
    return found / (found.sum(axis=-1, keepdims=True) * spacing)


def _spacing(points):
    return float(points[1] - points[0])


def overlap(first, second, points):
    """Returns the area under both densities: 1 if they are equal, 0 if they are apart.

        integral min(p(x), q(x)) dx

    p and q are float arrays [..., grid] at the same points; the result is [...]. mgeval integrates
    between the extreme values only.
    """
    return np.minimum(first, second).sum(axis=-1) * _spacing(points)


def kl_nats(first, second, points):
    """Returns the Kullback-Leibler divergence of the first density from the second, in nats.

        KL(p || q) = integral p(x) log(p(x) / q(x)) dx

    Both densities are read at the same points. mgeval's code reads p over its own range and q over
    another, so its quotients belong to different x. A density counts as at least a millionth of
    the uniform one. Arguments are as in `overlap`.
    """
    least = _LEAST_DENSITY / (len(points) * _spacing(points))
    first, second = np.maximum(first, least), np.maximum(second, least)
    return (first * np.log(first / second)).sum(axis=-1) * _spacing(points)


def _estimate(values, floors, n, limit):
    """Returns the mean over halvings with the bootstrap's interval, within [0, limit]."""
    mean = values[-_NUM_HALVINGS:].mean()
    margin = 1.96 * values[1:1 + _NUM_RESAMPLES].std(ddof=1)
    return Estimate(float(mean), float(max(mean - margin, 0)), float(min(mean + margin, limit)),
                    floor=mean_and_range(floors)._replace(n_melodies=n), n_melodies=n, n_seeds=1)


def _energy_p(generated, real, between, seed):
    """Returns the p-value of the energy distance when rows swap generated and real at random.

        E = 2 mean |x - y| - mean |x - x'| - mean |y - y'| = s' (B + B' - G - R) s / n^2

    with s_i = 1, or -1 where row i is swapped. Swaps leave each primer once in both sets.

    Source: Székely & Rizzo 2013, "Energy statistics", section 4 and 6.
    """
    form = between + between.T - generated - real
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], [_NUM_PERMUTATIONS, len(form)])
    swapped = np.einsum('pi,pi->p', signs @ form, signs)
    # Sums in another order differ in the last digits.
    return permutation_p(form.sum(), swapped, 1e-9 * np.abs(form).sum())
