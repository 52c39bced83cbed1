"""Distances of hidden states of groups: over the networks of a method, and between methods."""

import itertools

import numpy as np

from magenta_reg.analysis.resampled import distance_difference, resampled_interval
from magenta_reg.analysis.holm import holm


def group_distance(distances, seed):
    """Returns the mean Distance of the networks of one method.

    Its p-value is of the hypothesis that the modes are exchangeable in all of them: twice the mean
    of theirs, which holds however they depend on each other; they share their held-out melodies.

    Args:
        distances: list of Distance, one a seed, of one measure and of the same melodies.
        seed: int, of the seeds drawn.

    Returns:
        Distance, without resamples; with the reason and no number if one network has none.

    Source: Vovk & Wang 2020, "Combining p-values via averaging", for the p-value.
    """
    reason = next((each.reason for each in distances if each.reason), None)
    first = distances[0]
    if reason:
        return type(first)(*[None] * 8, first.n, first.num_positions, None, reason)
    found = resampled_interval([each.value for each in distances],
                               [each.resamples for each in distances], first.n, seed)
    p_values = [each.p_value for each in distances]
    p_value = p_values[0] if len(p_values) == 1 else min(1.0, 2 * float(np.mean(p_values)))
    means = {name: float(np.mean([getattr(each, name) for each in distances]))
             for name in ('floor', 'floor_low', 'floor_high', 'at_floor_size')}
    return first._replace(value=float(found.value), low=float(found.low), high=float(found.high),
                          p_value=p_value, resamples=None, **means)


def adjusted_p_values(distances):
    """Returns p-values corrected by Holm's method for the number of tests: same keys, p or None.

    Args:
        distances: dict of anything to Distance, all tests of a table.
    """
    tested = [key for key, each in distances.items() if each.p_value is not None]
    adjusted = holm([distances[key].p_value for key in tested])
    return dict.fromkeys(distances) | dict(zip(tested, adjusted, strict=True))


def distance_differences(distances, seed):
    """Compares every two methods in every measure, the first minus the second.

    Args:
        distances: dict of measure to dict of label to list of Distance, one a seed, all of the same
            melodies and resamples.
        seed: int, of the seeds drawn.

    Returns:
        dict of measure to dict of (label, label) to Difference.
    """
    return {measure: {(first, second): distance_difference(of_groups[first], of_groups[second],
                                                           seed)
                      for first, second in itertools.combinations(of_groups, 2)}
            for measure, of_groups in distances.items()}
