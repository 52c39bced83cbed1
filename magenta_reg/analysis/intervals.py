"""A mean over melodies with its bootstrap interval."""

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean over melodies.

    Attributes:
        mean: float.
        low: float, lower end of the 95% interval.
        high: float, upper end of the 95% interval.
        n: int, melodies.
    """

    mean: float
    low: float
    high: float
    n: int


def bootstrap_mean(values, seed, num_resamples=2000):
    """Returns the mean of one number a melody, with its 95% percentile bootstrap interval.

    Melodies are drawn, never events: the events of one melody are not independent.

    Args:
        values: float array [melodies].
        seed: int.
        num_resamples: int.

    Returns:
        Estimate.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    values = np.asarray(values, np.float64)
    drawn = np.random.default_rng(seed).integers(len(values), size=[num_resamples, len(values)])
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high), len(values))
