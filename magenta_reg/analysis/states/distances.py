"""How far apart a model's hidden states are in its two modes, and what no distance looks like.

Distances of hidden states of groups: over the networks of a method, and between methods.
"""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.states.measures import MEASURES, whole_modes
from magenta_reg.analysis.statistics.holm import holm
from magenta_reg.analysis.statistics.resampled import distance_difference, resampled_interval

NUM_POSITIONS = 8


class Distance(NamedTuple):
    """What one measure says of two sets; if it cannot be taken, every number is None.

    Attributes:
        value: float or None, over all melodies.
        low: float or None, lower end of the 95% interval.
        high: float or None, upper end.
        p_value: float or None, of the hypothesis that modes are exchangeable within a melody.
        floor: float or None, the measure between random halves of the teacher-forced melodies, mean
            over the halvings: what no difference looks like at half of n.
        floor_low: float or None, 2.5% of the halvings are below.
        floor_high: float or None, 97.5% are below.
        at_floor_size: float or None, the measure between one half teacher-forced and the other
            half free-running, mean over the same halvings: what compares with `floor`.
        n: int, melodies.
        num_positions: int, states of each melody and mode.
        resamples: float64 [resamples] or None, bootstrap values about `value`; resample k has the
            same melodies for every measure and every model if n and the seed are the same.
        reason: str or None, why there are no numbers.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    floor: float | None
    floor_low: float | None
    floor_high: float | None
    at_floor_size: float | None
    n: int
    num_positions: int
    resamples: np.ndarray | None
    reason: str | None = None


def state_distances(first, second, seed, measures=MEASURES, num_positions=NUM_POSITIONS,
                    num_permutations=999, num_resamples=400, num_halvings=40):
    """Measures how far apart the states of two modes are.

    The melody is the unit throughout. A permutation swaps the modes of whole melodies, each with
    probability 1/2; a resample draws whole melodies, both modes together. A bootstrap sample of
    repeated melodies is further from another than a sample of different ones, so the resamples are
    moved to have `value` as their mean: they say how much it varies, not how far it is off. How far
    it is off, `floor` says.

    Args:
        first: float array [melodies, positions, units], teacher-forced states.
        second: float array of the same shape, free-running states; rows i belong together.
        seed: int, of everything drawn.
        measures: dict of str to Measure.
        num_positions: int, drawn from each melody, the same ones in both modes; fewer where there
            are fewer.
        num_permutations: int.
        num_resamples: int.
        num_halvings: int.

    Returns:
        dict of str to Distance, one a measure.
    """
    from threadpoolctl import threadpool_limits

    first, second = draw_positions(first, second, seed, num_positions)
    reason = reason_against(first, second)
    if reason:
        return {name: _nothing(first, reason) for name in measures}
    pool = np.concatenate([first, second]).astype(np.float64)
    choices = Choices(len(first), seed, num_permutations, num_resamples, num_halvings)
    # The matrices are so small that threads wait for each other longer than they work.
    with threadpool_limits(1):
        return {name: _measure(measure, pool, choices, seed) for name, measure in measures.items()}


class Choices:
    """Which items of a pool are compared, each a pair of choices [choices, 2 melodies].

    Attributes:
        permutations: modes swapped at random in each melody.
        resamples: melodies drawn with replacement, both modes of each.
        halves: teacher-forced melodies, halved at random.
        halves_of_modes: the first halves, and the other halves free-running.
    """

    def __init__(self, num_melodies, seed, num_permutations, num_resamples, num_halvings):
        rng = np.random.default_rng(seed)
        none = np.zeros([max(num_resamples, num_halvings), num_melodies])
        swapped = rng.integers(0, 2, [num_permutations, num_melodies]).astype(np.float64)
        self.permutations = np.hstack([1 - swapped, swapped]), np.hstack([swapped, 1 - swapped])
        counts = rng.multinomial(num_melodies, np.full(num_melodies, 1 / num_melodies),
                                 num_resamples).astype(np.float64)
        self.resamples = (np.hstack([counts, none[:num_resamples]]),
                          np.hstack([none[:num_resamples], counts]))
        half = num_melodies // 2
        order = rng.permuted(np.tile(np.arange(num_melodies), [num_halvings, 1]), axis=1)
        ones, others = (order < half).astype(np.float64), ((half <= order) & (order < 2 * half))
        none = none[:num_halvings]
        self.halves = np.hstack([ones, none]), np.hstack([others, none])
        self.halves_of_modes = np.hstack([ones, none]), np.hstack([none, others])


def draw_positions(first, second, seed, num_positions):
    """Draws positions of each melody, the same ones in both sets: two [melodies, drawn, units]."""
    num_melodies, all_positions, _ = first.shape
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(all_positions), [num_melodies, 1]), axis=1)
    drawn = order[:, :num_positions, np.newaxis]
    return np.take_along_axis(first, drawn, 1), np.take_along_axis(second, drawn, 1)


def reason_against(first, second):
    """Returns why two sets cannot be compared, or None if they can."""
    if len(first) < MIN_MELODIES:
        return f'{len(first)} melodies, at least {MIN_MELODIES} are needed'
    for mode, states in (('teacher-forced', first), ('free-running', second)):
        if not np.isfinite(states).all():
            return f'{mode} states are not finite: the training went wrong'
        if not np.ptp(states, axis=(0, 1)).any():
            return f'{mode} states are all the same: the training went wrong'
    return None


def interval_about(value, resamples):
    """Returns resamples moved to have `value` as their mean, and their 95% interval."""
    moved = resamples - resamples.mean() + value
    low, high = np.percentile(moved, [2.5, 97.5])
    return moved, float(low), float(high)


def _measure(measure, pool, choices, seed):
    evaluate = measure.prepare(pool, seed)
    value, resamples, permuted, floors, at_floor_size = (evaluate(*pair) for pair in (
        whole_modes(len(pool) // 2), choices.resamples, choices.permutations, choices.halves,
        choices.halves_of_modes))
    if not np.isfinite(np.concatenate([value, resamples, permuted, floors, at_floor_size])).all():
        return _nothing(pool[len(pool) // 2:],
                        f'{measure.title} is not defined: states repeat each other exactly')
    value = float(value[0])
    moved, low, high = interval_about(value, resamples)
    floor_low, floor_high = np.percentile(floors, [2.5, 97.5])
    return Distance(
        value, low, high, _p_value(value, permuted, measure.is_two_sided), float(floors.mean()),
        float(floor_low), float(floor_high), float(at_floor_size.mean()), len(pool) // 2,
        pool.shape[1], moved)


def _p_value(value, permuted, is_two_sided):
    """Returns the share of permutations, and of the value itself, that are as extreme."""
    # Sums in another order differ in the last digits.
    margin = 1e-12 * max(1.0, abs(value))
    above = (1 + np.sum(permuted >= value - margin)) / (1 + len(permuted))
    below = (1 + np.sum(permuted <= value + margin)) / (1 + len(permuted))
    return float(min(1.0, 2 * min(above, below)) if is_two_sided else above)


def _nothing(states, reason):
    return Distance(*[None] * 8, len(states), states.shape[1], None, reason)


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
