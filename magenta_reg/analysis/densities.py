"""Densities on one shared grid, their overlapping area and their Kullback-Leibler divergence."""

from typing import NamedTuple

import numpy as np

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
