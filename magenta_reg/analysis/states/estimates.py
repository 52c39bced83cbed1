"""A distance of hidden states as an Estimate: its interval, p-value and floor (chance level).

The melody is the unit throughout. A permutation swaps the modes of whole melodies, each with
probability 1/2; a resample gives whole melodies random weights, both modes of each the same (the
Bayesian bootstrap, Rubin 1981: no half of few melodies is left empty); a floor compares two halves
of the melodies in one mode. Most distances are above 0 without any difference, the more so the
fewer melodies there are. So the value of an Estimate is the excess over the floor: of halves in the
two modes less of halves in one mode, each a mean over random halvings. Uneven weights are fewer
melodies, which moves most distances: resamples say how much an excess varies, not how large it is.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.states.classifiers import sequence_features
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.statistics.bootstrap import one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import averaged_p, permutation_p
from magenta_reg.analysis.statistics.resampled import (
    centred_estimate,
    mean_and_range,
    mean_over_seeds,
)

# Pairs of states cost time and memory: of many melodies fewer states each, never fewer melodies.
_MAX_POSITIONS = 8
_MAX_STATES = 2000
# Of each bootstrap resample: two or more, to know how much they vary.
_RESAMPLE_HALVINGS = 4


def estimate_distances(teacher_forced, free_running, seed, names=tuple(DISTANCES),
                       num_permutations=999, num_resamples=200, num_halvings=40):
    """Measures how far apart the states of two modes are.

    Args:
        teacher_forced, free_running: float array [melodies, positions, units]; rows i belong
            together.
        seed: int, of everything drawn.
        names: sequence of str, keys of DISTANCES.
        num_permutations, num_resamples, num_halvings: int.

    Returns:
        dict of name to Estimate of the excess over the floor. `on_all` is the distance of all
        melodies, and p is its, of the hypothesis that modes are exchangeable within a melody; the
        floor is the distance between halves of the teacher-forced melodies, and `at_floor_size`
        between one half teacher-forced and the other half free-running, means over the same
        halvings.
    """
    modes = teacher_forced, free_running
    drawn = [draw_positions(each, seed, num_positions(*each.shape[:2])) for each in modes]
    choices = draw_choices(len(teacher_forced), seed, num_permutations, num_resamples, num_halvings)
    with one_thread():
        # States that cannot be measured are handed on as they are: `evaluate_choices` says why.
        features = (modes if find_reason(*modes) or not any(
            DISTANCES[name].is_of_sequences for name in names) else sequence_features(*modes))
        return {name: _estimate(name, features if DISTANCES[name].is_of_sequences else drawn,
                                choices, seed) for name in names}


def group_estimate(estimates, seed):
    """Returns the mean Estimate of one distance over the networks of one method, one a seed.

    p is of the hypothesis that the modes are exchangeable in all of them. If one network has no
    number, there is none.
    """
    reason = next((each.reason for each in estimates if each.reason), '')
    if reason:
        return Estimate(n_melodies=estimates[0].n_melodies, n_seeds=len(estimates), reason=reason)
    return mean_over_seeds(estimates, seed)._replace(
        p=averaged_p([each.p for each in estimates]),
        **{name: float(np.mean([getattr(each, name) for each in estimates]))
           for name in ('at_floor_size', 'on_all')})


class MelodyChoices(NamedTuple):
    """Which items of a pool are compared, each a pair of choices [choices, 2 melodies].

    Attributes:
        permutations: modes swapped at random in each melody.
        resamples: melodies with random weights, both modes of each.
        halves: teacher-forced melodies, halved at random.
        halves_of_modes: the first halves, and the other halves free-running.
        resampled_halves, resampled_halves_of_modes: the same of every resample, several in a row.
    """

    permutations: tuple
    resamples: tuple
    halves: tuple
    halves_of_modes: tuple
    resampled_halves: tuple
    resampled_halves_of_modes: tuple


def draw_choices(num_melodies, seed, num_permutations, num_resamples, num_halvings):
    """Draws the MelodyChoices of a number of melodies."""
    rng = np.random.default_rng(seed)
    swapped = rng.integers(0, 2, [num_permutations, num_melodies]).astype(np.float64)
    weights = num_melodies * rng.dirichlet(np.ones(num_melodies), num_resamples)
    return MelodyChoices(_pair(1 - swapped, swapped, swapped, 1 - swapped),
                         _pair(weights, 0 * weights, 0 * weights, weights),
                         *_halves(rng, np.ones([num_halvings, num_melodies])),
                         *_halves(rng, weights.repeat(_RESAMPLE_HALVINGS, axis=0)))


def _halves(rng, weights):
    """Returns two pairs of choices: random halves of weighted melodies [halvings, melodies]."""
    order = rng.permuted(np.tile(np.arange(weights.shape[1]), [len(weights), 1]), axis=1)
    half = weights.shape[1] // 2
    ones, others = (order < half) * weights, ((half <= order) & (order < 2 * half)) * weights
    return _pair(ones, 0 * ones, others, 0 * others), _pair(ones, 0 * ones, 0 * others, others)


def _pair(first_forced, first_free, second_forced, second_free):
    """Returns two choices of weights [choices, melodies] of the items of each mode."""
    return tuple(np.hstack(parts).astype(np.float64) for parts in (
        (first_forced, first_free), (second_forced, second_free)))


def num_positions(num_melodies, num_steps):
    """Returns of how many positions of each melody's steps the states are compared."""
    return min(num_steps, _MAX_POSITIONS, max(1, _MAX_STATES // num_melodies))


def draw_positions(states, seed, size):
    """Draws positions of each melody: [melodies, drawn, units]; of equal shapes the same ones."""
    order = np.tile(np.arange(states.shape[1]), [len(states), 1])
    drawn = np.random.default_rng(seed).permuted(order, axis=1)[:, :size, np.newaxis]
    return np.take_along_axis(states, drawn, 1)


def find_reason(teacher_forced, free_running):
    """Returns why the states of two modes cannot be compared; '' if they can."""
    if len(teacher_forced) < MIN_MELODIES:
        return f'{len(teacher_forced)} melodies, at least {MIN_MELODIES} are needed'
    for mode, states in (('teacher-forced', teacher_forced), ('free-running', free_running)):
        if not np.isfinite(states).all():
            return f'{mode} states are not finite: the training went wrong'
        if not np.ptp(states, axis=(0, 1)).any():
            return f'{mode} states are all the same: the training went wrong'
    return ''


def evaluate_choices(name, modes, pairs, seed):
    """Evaluates a distance of the two modes, and of several pairs of choices of their items.

    Args:
        name: str, a key of DISTANCES.
        modes: two float arrays [melodies, positions, units], teacher-forced and free-running.
        pairs: list of pairs of choices, as in MelodyChoices.
        seed: int.

    Returns:
        list of float64 [choices], first of the modes themselves [1]; None without numbers.
        str, why there are none, or ''.
    """
    reason = find_reason(*modes)
    if reason:
        return None, reason
    evaluate = DISTANCES[name].prepare(np.concatenate(modes).astype(np.float64), seed)
    forced = np.repeat([[1.0, 0.0]], len(modes[0]), axis=1)
    found = [evaluate(*pair) for pair in [(forced, 1 - forced), *pairs]]
    if not np.isfinite(np.concatenate(found)).all():
        return None, f'{DISTANCES[name].title} is not defined: states repeat each other exactly'
    return found, ''


def _estimate(name, modes, choices, seed):
    n, is_unbiased = len(modes[0]), DISTANCES[name].is_unbiased
    resampled = [choices.resamples] if is_unbiased else [choices.resampled_halves_of_modes,
                                                         choices.resampled_halves]
    found, reason = evaluate_choices(name, modes, [
        choices.permutations, choices.halves, choices.halves_of_modes, *resampled], seed)
    if reason:
        return Estimate(n_melodies=n, n_seeds=1, reason=reason)
    (value,), permuted, floors, at_floor_size, *resampled = found
    excess, resamples = ((value, resampled[0]) if is_unbiased else
                         (at_floor_size.mean() - floors.mean(),
                          _of_many_halvings(np.subtract(*resampled), len(floors))))
    # Sums in another order differ in the last digits.
    margin = 1e-12 * max(1.0, abs(value))
    return centred_estimate(float(excess), resamples, n)._replace(
        p=permutation_p(value, permuted, margin), on_all=float(value),
        floor=mean_and_range(floors), at_floor_size=float(at_floor_size.mean()))


def _of_many_halvings(excess, num_halvings):
    """Returns the resamples of a mean over `num_halvings`, float64 [resamples].

    A few halvings of each resample, `excess` [resamples * halvings], vary more: by a part that
    their spread within a resample tells. The means are drawn together by as much.
    """
    excess = excess.reshape(-1, _RESAMPLE_HALVINGS)
    means = excess.mean(axis=1)
    of_all, of_halving = means.var(ddof=1), excess.var(axis=1, ddof=1).mean()
    if of_all == 0:
        return means
    wanted = max(of_all - of_halving / _RESAMPLE_HALVINGS, 0) + of_halving / num_halvings
    return means.mean() + (means - means.mean()) * np.sqrt(wanted / of_all)
