"""Means against position: one number an event becomes one number a bar, with its interval."""

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import EstimateCurve

BIN_STEPS = 16


def bin_edges(num_positions, bin_steps=BIN_STEPS):
    """Returns int64 [bins + 1], the ends of whole stretches; positions behind them are left out.

    Half a bar has other beats than a whole one, and beats differ more than bars. Only where there
    is no whole stretch, all positions, at least 1, are one.
    """
    if num_positions < bin_steps:
        return np.array([0, num_positions], np.int64)
    return np.arange(0, num_positions + 1, bin_steps)


def bin_centres(edges):
    """Returns float64 [bins], the middle position of each stretch."""
    return (edges[:-1] + edges[1:] - 1) / 2


def bin_means(values, edges, axis):
    """Returns means over the stretches between edges along an axis."""
    values = np.take(values, np.arange(edges[-1]), axis)
    sums = np.add.reduceat(values, edges[:-1], axis=axis, dtype=np.float64)
    shape = [1] * sums.ndim
    shape[axis] = -1
    return sums / np.diff(edges).reshape(shape)


def position_means(values, first_position, seed, bin_steps=BIN_STEPS):
    """Returns the EstimateCurve of a group's means over melodies and stretches of positions.

    Args:
        values: float array [seeds, melodies, positions].
        first_position: int, of the first in its melody, such as primer_steps.
        seed: int.
        bin_steps: int, positions a stretch.
    """
    edges = bin_edges(values.shape[2], bin_steps)
    return EstimateCurve(first_position + edges, group_mean(bin_means(values, edges, 2), seed))
