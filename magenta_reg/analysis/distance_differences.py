"""Are the hidden states of one method closer than those of another? Over melodies and seeds."""

import math
from typing import NamedTuple

import numpy as np


class Difference(NamedTuple):
    """How much further apart one method's modes are than another's.

    Attributes:
        value: float or None, mean distance of the second method's runs minus that of the first's;
            below 0 where the second method's modes are closer.
        low: float or None, lower end of the 95% interval.
        high: float or None, upper end.
        p_value: float or None, two-sided, of the hypothesis that there is no difference.
        n_melodies: int.
        n_seeds: tuple of two ints, runs of each method; (1, 1): the interval is over melodies only.
        reason: str or None, why there are no numbers.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_melodies: int
    n_seeds: tuple
    reason: str | None = None


def difference_of_distances(first, second, seed):
    """Compares two methods by the distances of one measure in all their runs.

    Each bootstrap resample draws runs within each method and melodies for all of them: the runs
    were measured on the same held-out melodies with the same resamples, so the comparison is paired
    by melody. The p-value takes the difference as normal with the resamples' deviation. Few seeds
    say little of how much seeds differ.

    Args:
        first: list of Distance, one a run, all of one measure, n and seed.
        second: list of Distance, the same of the other method.
        seed: int, of the runs drawn.

    Returns:
        Difference.

    Raises:
        ValueError: If the runs were not measured on equally many melodies and resamples.
    """
    sizes = {(each.n, len(each.resamples)) for each in [*first, *second] if not each.reason}
    if len(sizes) > 1:
        raise ValueError(f'distances of other melodies or resamples do not compare: {sizes}')
    n_melodies, n_seeds = (first + second)[0].n, (len(first), len(second))
    reason = next((each.reason for each in [*first, *second] if each.reason), None)
    if reason:
        return Difference(None, None, None, None, n_melodies, n_seeds, reason)
    rng = np.random.default_rng(seed)
    value = (np.mean([each.value for each in second]) - np.mean([each.value for each in first]))
    resamples = _resample(second, rng) - _resample(first, rng)
    low, high = np.percentile(resamples, [2.5, 97.5])
    deviation = resamples.std(ddof=1)
    p_value = math.erfc(abs(value) / deviation / math.sqrt(2)) if deviation else float(value == 0)
    return Difference(float(value), float(low), float(high), p_value, n_melodies, n_seeds)


def _resample(distances, rng):
    """Returns float64 [resamples], the mean over runs drawn with replacement in each of them."""
    resamples = np.stack([each.resamples for each in distances])
    drawn = rng.integers(len(resamples), size=resamples.shape)
    return np.take_along_axis(resamples, drawn, axis=0).mean(axis=0)
