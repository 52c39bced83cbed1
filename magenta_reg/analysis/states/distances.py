"""How far apart a model's hidden states are in its two modes, with the chance level.

Distances of hidden states of groups: over the networks of a method, and between methods.
"""

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.states.measures import MEASURES, whole_modes
from magenta_reg.analysis.statistics.bootstrap import one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p
from magenta_reg.analysis.statistics.resampled import resampled_mean

NUM_POSITIONS = 8


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
        dict of str to Estimate, one a measure. p is of the hypothesis that modes are exchangeable
        within a melody; the floor is the measure between halves of the teacher-forced melodies,
        and `at_floor_size` between one half teacher-forced and the other half free-running, means
        over the same halvings.
    """
    first, second = draw_positions(first, second, seed, num_positions)
    reason = reason_against(first, second)
    if reason:
        return dict.fromkeys(measures, Estimate(n_melodies=len(first), n_seeds=1, reason=reason))
    pool = np.concatenate([first, second]).astype(np.float64)
    choices = Choices(len(first), seed, num_permutations, num_resamples, num_halvings)
    with one_thread():
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
    evaluate, n = measure.prepare(pool, seed), len(pool) // 2
    value, resamples, permuted, floors, at_floor_size = (evaluate(*pair) for pair in (
        whole_modes(n), choices.resamples, choices.permutations, choices.halves,
        choices.halves_of_modes))
    if not np.isfinite(np.concatenate([value, resamples, permuted, floors, at_floor_size])).all():
        return Estimate(n_melodies=n, n_seeds=1, reason=(
            f'{measure.title} is not defined: states repeat each other exactly'))
    value = float(value[0])
    moved, low, high = interval_about(value, resamples)
    floor = Estimate(float(floors.mean()), *map(float, np.percentile(floors, [2.5, 97.5])))
    return Estimate(value, low, high, _p(value, permuted, measure.is_two_sided), floor, n, 1,
                    at_floor_size=float(at_floor_size.mean()), resamples=moved)


def _p(value, permuted, is_two_sided):
    # Sums in another order differ in the last digits.
    margin = 1e-12 * max(1.0, abs(value))
    above = permutation_p(value, permuted, margin)
    if not is_two_sided:
        return above
    return min(1.0, 2 * min(above, permutation_p(-value, -permuted, margin)))


def group_distance(distances, seed):
    """Returns the mean Estimate of the networks of one method.

    Its p-value is of the hypothesis that the modes are exchangeable in all of them: twice the mean
    of theirs, which holds however they depend on each other; they share their held-out melodies.

    Args:
        distances: list of Estimate, one a seed, of one measure and of the same melodies.
        seed: int, of the seeds drawn.

    Returns:
        Estimate, without resamples; with the reason and no number if one network has none.

    Source: Vovk & Wang 2020, "Combining p-values via averaging", for the p-value.
    """
    reason = next((each.reason for each in distances if each.reason), '')
    n = distances[0].n_melodies
    if reason:
        return Estimate(n_melodies=n, n_seeds=len(distances), reason=reason)
    found = resampled_mean([each.value for each in distances],
                           [each.resamples for each in distances], n, seed)
    p = float(np.mean([each.p for each in distances]))
    floor = np.mean([each.floor[:3] for each in distances], axis=0)
    return found._replace(
        p=p if len(distances) == 1 else min(1.0, 2 * p), floor=Estimate(*map(float, floor)),
        at_floor_size=float(np.mean([each.at_floor_size for each in distances])))
