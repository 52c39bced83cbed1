"""Distance of the two modes against position: does it grow as a model goes on alone?"""

import itertools

import numpy as np

from magenta_reg.analysis.states.distances import (
    Choices,
    draw_positions,
    interval_about,
    reason_against,
)
from magenta_reg.analysis.states.measures import MEASURES, whole_modes
from magenta_reg.analysis.statistics.bootstrap import one_thread
from magenta_reg.analysis.statistics.estimate import Estimate, EstimateCurve
from magenta_reg.analysis.statistics.resampled import resampled_mean

# What is compared with free-running states.
SAME_POSITIONS = 'same positions'
ALL_POSITIONS = 'all positions'

CURVE_MEASURES = ('classifier', 'mmd', 'centroid')
_POSITIONS_PER_BIN = 4


def position_edges(num_positions, num_held_out, num_bins=8):
    """Returns bins of equal width, one of which ends where the held-out melodies end.

    Args:
        num_positions: int, positions of free running.
        num_held_out: int, positions that have a teacher-forced state, too.
        num_bins: int, about so many bins over all positions.

    Returns:
        int [bins + 1], from 0 to `num_positions`; the last bin may be narrower.
    """
    bins_held_out = max(1, round(num_bins * min(1, num_held_out / num_positions)))
    width = max(1, num_held_out // bins_held_out)
    starts = np.arange(0, num_positions, width)
    # A last bin below half the width is part of the one before.
    if len(starts) > 1 and num_positions - starts[-1] < width / 2:
        starts = starts[:-1]
    return np.append(starts, num_positions)


def position_curves(teacher_forced, free_running, edges, seed, names=CURVE_MEASURES,
                    num_resamples=200, num_halvings=40):
    """Measures the distance of the two modes in bins of position.

    Free running goes on beyond the end of the held-out melodies, where no teacher-forced state is
    at the same position. So there are two curves: against teacher-forced states at the same
    positions, as far as there are any, and against teacher-forced states of all positions, in every
    bin. The second also sees how states differ between positions; where both are there, their
    difference is that.

    Args:
        teacher_forced: float array [melodies, held-out positions, units].
        free_running: float array [melodies, positions, units]; rows i belong together.
        edges: int [bins + 1], from `position_edges`.
        seed: int.
        names: sequence of str, keys of MEASURES.
        num_resamples: int.
        num_halvings: int.

    Returns:
        dict of (name, reference) to EstimateCurve against stretches of positions, counted in events
        after the primer; NaN, with a reason, where a stretch has no number. The floor is the
        measure between halves of the teacher-forced melodies, resamples are [resamples, bins].
    """
    choices = Choices(len(free_running), seed, 1, num_resamples, num_halvings)
    bins = list(itertools.pairwise(edges))
    found = {}
    with one_thread():
        for reference in (SAME_POSITIONS, ALL_POSITIONS):
            own = [(start, end) for start, end in bins
                   if reference == ALL_POSITIONS or end <= teacher_forced.shape[1]]
            for name in names if own else ():
                rows = [_measure_bin(name, teacher_forced, free_running, start, end, reference,
                                     choices, seed) for start, end in own]
                found[name, reference] = EstimateCurve(
                    np.append([start for start, _ in own], own[-1][1]),
                    _stacked(rows, len(free_running)))
    return found


def mean_curve(curves, seed):
    """Averages curves of runs that differ in their seed alone, measured on the same melodies.

    Args:
        curves: list of EstimateCurve, of one measure, reference and `seed` of `position_curves`.
        seed: int, of the runs drawn.

    Returns:
        EstimateCurve; its interval is over melodies, and over runs where there are several.
    """
    own = [curve.estimate for curve in curves]
    found = resampled_mean([each.value for each in own],
                           np.stack([each.resamples for each in own]), own[0].n_melodies, seed)
    floor = Estimate(*(np.mean([getattr(each.floor, end) for each in own], axis=0)
                       for end in ('value', 'low', 'high')))
    reasons = [next(filter(None, of_bin), None)
               for of_bin in zip(*(each.reason for each in own), strict=True)]
    return EstimateCurve(curves[0].points, found._replace(floor=floor, reason=reasons))


def _stacked(estimates, n_melodies):
    """Returns the Estimate of arrays [bins] of an Estimate a bin."""
    def ends(of_bins):
        return (np.array([each[end] for each in of_bins]) for end in range(3))

    return Estimate(
        *ends(estimates), floor=Estimate(*ends([each.floor for each in estimates])),
        n_melodies=n_melodies, n_seeds=1, reason=[each.reason or None for each in estimates],
        resamples=np.stack([each.resamples for each in estimates]).T)


def _measure_bin(name, teacher_forced, free_running, start, end, reference, choices, seed):
    """Returns the Estimate of one bin, of NaN with a reason where there is no number."""
    nothing = Estimate(*[np.nan] * 3, floor=Estimate(*[np.nan] * 3),
                       resamples=np.full(len(choices.resamples[0]), np.nan))
    free = free_running[:, start:end]
    size = min(_POSITIONS_PER_BIN, free.shape[1], teacher_forced.shape[1])
    if reference == SAME_POSITIONS:
        taught, free = draw_positions(teacher_forced[:, start:end], free, seed, size)
    else:
        taught, _ = draw_positions(teacher_forced, teacher_forced, seed, size)
        free, _ = draw_positions(free, free, seed, size)
    reason = reason_against(taught, free)
    if reason:
        return nothing._replace(reason=reason)
    evaluate = MEASURES[name].prepare(np.concatenate([taught, free]).astype(np.float64), seed)
    value = float(evaluate(*whole_modes(len(taught)))[0])
    resamples, floors = evaluate(*choices.resamples), evaluate(*choices.halves)
    if not np.isfinite([value, *resamples, *floors]).all():
        return nothing._replace(reason=(
            f'{MEASURES[name].title} is not defined: states repeat each other exactly'))
    moved, low, high = interval_about(value, resamples)
    return Estimate(value, low, high, resamples=moved, floor=Estimate(
        floors.mean(), *np.percentile(floors, [2.5, 97.5])))
