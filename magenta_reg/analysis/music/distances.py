"""Densities on one shared grid, their overlapping area and their Kullback-Leibler divergence.

How far a generator's melodies are from real ones, feature by feature (mgeval's relative form).

The distances of a feature within the real set and those from the generated to the real set are two
distributions of numbers; a generator is like the real music if these are alike. Row i of both sets
has the same primer: such a pair is never measured against itself.

Source: Yang & Lerch 2018, "On the evaluation of generative models in music", section 3.2.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p

_GRID_SIZE = 1024
# Beyond four bandwidths a Gaussian kernel has no mass worth counting.
_MARGIN_BANDWIDTHS = 4
# Below this share of a uniform density on the grid, a kernel estimate of a few hundred melodies
# says nothing, and a quotient of such densities would be noise without a bound.
_FLOOR = 1e-6


class Grid(NamedTuple):
    """Points at equal distances.

    Attributes:
        points: float64 [grid].
        spacing: float.
    """

    points: np.ndarray
    spacing: float

    def bins_of(self, values):
        """Returns int64 [values], the index of the point that is nearest to each value."""
        return np.rint((np.asarray(values) - self.points[0]) / self.spacing).astype(np.int64)


def scott_bandwidth(values):
    """Returns the bandwidth of `scipy.stats.gaussian_kde`: deviation times n ** (-1 / 5)."""
    return float(np.std(values, ddof=1) * len(values) ** -0.2)


def shared_grid(samples, bandwidths):
    """Returns the Grid on which the densities of all samples have practically all their mass.

    Args:
        samples: list of float arrays [values].
        bandwidths: list of float, one a sample.
    """
    margin = _MARGIN_BANDWIDTHS * max(bandwidths)
    points = np.linspace(min(each.min() for each in samples) - margin,
                         max(each.max() for each in samples) + margin, _GRID_SIZE)
    return Grid(points, float(points[1] - points[0]))


def smoothed(counts, grid, bandwidth):
    """Returns the Gaussian kernel density estimate of values that are counted on a grid.

    Args:
        counts: float array [..., grid], the weight of the values nearest to each point.
        grid: Grid.
        bandwidth: float, standard deviation of the kernel.

    Returns:
        float64 [..., grid], density, with integral 1.
    """
    frequencies = np.fft.rfftfreq(len(grid.points), grid.spacing)
    kernel = np.exp(-2 * (np.pi * frequencies * bandwidth) ** 2)
    density = np.fft.irfft(np.fft.rfft(counts) * kernel, len(grid.points)).clip(min=0)
    return density / (density.sum(axis=-1, keepdims=True) * grid.spacing)


def overlap(first, second, grid):
    """Returns the area under both densities: 1 if they are equal, 0 if they are apart.

        integral min(p(x), q(x)) dx

    Args:
        first: float array [..., grid], p.
        second: float array [..., grid], q.
        grid: Grid of both. (mgeval integrates between the extreme values only.)

    Returns:
        float64 [...].
    """
    return np.minimum(first, second).sum(axis=-1) * grid.spacing


def kl_nats(first, second, grid):
    """Returns the Kullback-Leibler divergence of the first density from the second, in nats.

        KL(p || q) = integral p(x) log(p(x) / q(x)) dx

    Both densities are read at the same points. mgeval's code reads p over its own range and q over
    another, so its quotients belong to different x. A density counts as at least a millionth of
    the uniform one.

    Args:
        first: float array [..., grid], p.
        second: float array [..., grid], q.
        grid: Grid of both.

    Returns:
        float64 [...].
    """
    floor = _FLOOR / (len(grid.points) * grid.spacing)
    first, second = np.maximum(first, floor), np.maximum(second, floor)
    return (first * np.log(first / second)).sum(axis=-1) * grid.spacing


MIN_MELODIES = 10
# All pairs are compared: so many say enough and cost little.
MAX_MELODIES = 300
_NUM_RESAMPLES = 100
_NUM_HALVINGS = 20
_NUM_PERMUTATIONS = 999


class Curves(NamedTuple):
    """The densities of a feature's distances on one grid, each float64 [grid].

    Attributes:
        grid: Grid.
        within_real: between real melodies.
        within_generated: between generated melodies.
        between: from generated to real melodies of other rows.
    """

    grid: Grid
    within_real: np.ndarray
    within_generated: np.ndarray
    between: np.ndarray


class FeatureDistance(NamedTuple):
    """How alike a generator's melodies and real ones are in one feature.

    Attributes:
        overlap: Estimate, area under both the density of distances within real melodies and that
            from generated to real ones, at n / 2 against n / 2 melodies (mean of random halvings).
            The floor is the same between the two halves of the real melodies. p, by permutation of
            the energy distance, is whether generated and real melodies are of one distribution;
            not corrected for the number of features.
        kl_nats: Estimate, KL(within real || generated to real), in the same way, without p.
        spread: float, mean distance within the generated set over that within the real one: below
            1, generated melodies are more like each other than real ones are. None without value.
        curves: Curves, or None.
    """

    overlap: Estimate
    kl_nats: Estimate
    spread: float | None = None
    curves: Curves | None = None


def feature_distance(generated, real, seed):
    """Compares a feature of generated melodies with that of real ones.

    Distances are Euclidean, densities are Gaussian kernel estimates with Scott's bandwidth of all
    melodies. The interval is the value +- 1.96 bootstrap standard errors over rows: percentiles
    would lie too low, because resampling itself takes some of an overlap away.

    Args:
        generated: float array [melodies, size], NaN where a melody has no such feature.
        real: float array of the same shape; row i had the same primer as row i of `generated`.
        seed: int.

    Returns:
        FeatureDistance.
    """
    generated, real = _usable_rows(generated, real, seed)
    n = len(real)
    if n < MIN_MELODIES:
        return _nothing(n, f'{n} melodies of each set have this feature, at least {MIN_MELODIES} '
                           'are needed')
    distances = _distances(generated, real)
    if not (np.ptp(distances.real[_pairs(n).within]) and
            np.ptp(distances.between[_pairs(n).between])):
        return _nothing(n, 'all melodies are at the same distance: no density')
    weights = _pair_weights(n, seed)
    densities = _densities(distances, weights)
    grid = densities.grid
    of_overlap, of_kl = (
        _estimate(measure(densities.within, densities.between, grid),
                  measure(densities.within[-_NUM_HALVINGS:], densities.floor, grid), n, limit)
        for measure, limit in ((overlap, 1.0), (kl_nats, np.inf)))
    return FeatureDistance(
        of_overlap._replace(p=_energy_p(distances, seed)), of_kl,
        float(distances.generated.sum() / distances.real.sum()),
        Curves(grid, densities.within[0], densities.generated, densities.between[0]))


def _usable_rows(generated, real, seed):
    """Leaves out the rows where a melody lacks the feature, and some of very many."""
    rows = np.flatnonzero(np.isfinite(generated).all(axis=1) & np.isfinite(real).all(axis=1))
    if len(rows) > MAX_MELODIES:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:MAX_MELODIES])
    return generated[rows], real[rows]


class _Pairs(NamedTuple):
    """Which entries of matrices [n, n] are compared, as indices."""

    within: tuple
    between: tuple


def _pairs(n):
    """Returns pairs i < j within a set, and i != j between two: rows i share their primer."""
    return _Pairs(np.triu_indices(n, 1), np.nonzero(~np.eye(n, dtype=bool)))


class _Weights(NamedTuple):
    """How much each pair of melodies counts, in many ways at once.

    A column each: all melodies once; bootstrap resamples; one half of the rows against the other.

    Attributes:
        within: float32 [n (n - 1) / 2, columns], of pairs of real melodies.
        between: float32 [n (n - 1), columns], of pairs of different rows.
    """

    within: np.ndarray
    between: np.ndarray


@lru_cache(maxsize=2)
def _pair_weights(n, seed):
    """Returns the _Weights for n melodies: the same for every feature and generator."""
    rng = np.random.default_rng(seed)
    resamples = rng.multinomial(n, np.full(n, 1 / n), _NUM_RESAMPLES).T
    places = rng.permuted(np.tile(np.arange(n), [_NUM_HALVINGS, 1]), axis=1).T
    half, ones = n // 2, np.ones([n, 1])
    rows, columns = (
        np.concatenate([ones, resamples, chosen], axis=1).astype(np.float32)
        for chosen in (places < half, (half <= places) & (places < 2 * half)))
    (i, j), (k, m) = _pairs(n)
    return _Weights(columns[i] * columns[j], rows[k] * columns[m])


class _Distances(NamedTuple):
    """Euclidean distances, each float64 [n, n]; rows of `between` are generated."""

    generated: np.ndarray
    real: np.ndarray
    between: np.ndarray


def _distances(generated, real):
    from scipy.spatial.distance import cdist

    return _Distances(cdist(generated, generated), cdist(real, real), cdist(generated, real))


class _Densities(NamedTuple):
    """Densities on one grid, each [columns, grid] or [grid]; columns as in _Weights.

    `floor` has the halvings only; `generated` is None if all generated melodies are the same.
    """

    grid: Grid
    within: np.ndarray
    between: np.ndarray
    floor: np.ndarray
    generated: np.ndarray | None


def _densities(distances, weights):
    """Returns the _Densities of distances under all weights."""
    pairs = _pairs(len(distances.real))
    samples = [distances.real[pairs.within], distances.between[pairs.between],
               distances.generated[pairs.within]]
    bandwidths = [scott_bandwidth(each) for each in samples]
    grid = shared_grid(samples, bandwidths)
    within, between, generated = (grid.bins_of(each) for each in samples)
    floor = grid.bins_of(distances.real[pairs.between])
    halvings = weights.between[:, -_NUM_HALVINGS:]
    return _Densities(
        grid,
        smoothed(_counts(within, weights.within, grid), grid, bandwidths[0]),
        smoothed(_counts(between, weights.between, grid), grid, bandwidths[1]),
        smoothed(_counts(floor, halvings, grid), grid, bandwidths[0]),
        smoothed(np.bincount(generated, minlength=len(grid.points)), grid, bandwidths[2])
        if bandwidths[2] else None)


def _counts(bins, weights, grid):
    """Returns the weight of each bin, float32 [columns, grid]."""
    from scipy.sparse import csr_array

    size = len(bins)
    ones = np.ones(size, np.float32)
    return (csr_array((ones, (bins, np.arange(size))), (len(grid.points), size)) @ weights).T


def _nothing(n, reason):
    return FeatureDistance(*[Estimate(n_melodies=n, reason=reason)] * 2)


def _estimate(values, floors, n, limit):
    """Returns the mean over halvings with the bootstrap's interval, within [0, limit]."""
    mean = values[-_NUM_HALVINGS:].mean()
    margin = 1.96 * values[1:1 + _NUM_RESAMPLES].std(ddof=1)
    floor = Estimate(float(floors.mean()), *map(float, np.percentile(floors, [2.5, 97.5])),
                     n_melodies=n)
    return Estimate(float(mean), float(max(mean - margin, 0)), float(min(mean + margin, limit)),
                    floor=floor, n_melodies=n, n_seeds=1)


def _energy_p(distances, seed):
    """Returns the p-value of the energy distance when rows swap generated and real at random.

        E = 2 mean |x - y| - mean |x - x'| - mean |y - y'| = s' (B + B' - G - R) s / n^2

    with s_i = 1, or -1 where row i is swapped. Swaps leave each primer once in both sets.

    Source: Székely & Rizzo 2013, "Energy statistics", section 4 and 6.
    """
    generated, real, between = distances
    form = between + between.T - generated - real
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], [_NUM_PERMUTATIONS, len(form)])
    swapped = np.einsum('pi,pi->p', signs @ form, signs)
    # Sums in another order differ in the last digits.
    return permutation_p(form.sum(), swapped, 1e-9 * np.abs(form).sum())
