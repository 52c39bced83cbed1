"""Distance of the two modes against position: does it grow the longer a model generates?"""

import itertools

import numpy as np

from magenta_reg.analysis.states.estimates import draw_choices, draw_positions, evaluate_choices
from magenta_reg.analysis.statistics.bootstrap import one_thread
from magenta_reg.analysis.statistics.estimate import EstimateCurve
from magenta_reg.analysis.statistics.resampled import (
    centred_estimate,
    mean_and_range,
    mean_over_seeds,
)

# Which teacher-forced states free-running ones are compared with.
SAME_POSITIONS = 'same positions'
ALL_POSITIONS = 'all positions'

CURVE_DISTANCES = ('classifier', 'mmd', 'centroid')
_POSITIONS_PER_BIN = 4


def position_edges(num_positions, num_held_out, num_bins=8):
    """Returns the edges of bins of equal width, one of which ends where the held-out melodies end.

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


def position_curves(teacher_forced, free_running, edges, seed, names=CURVE_DISTANCES,
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
        names: sequence of str, keys of DISTANCES.
        num_resamples, num_halvings: int.

    Returns:
        dict of (name, reference) to EstimateCurve against stretches of positions, counted in events
        after the primer; NaN, with a reason, where a stretch has no number. The floor is the
        distance between halves of the teacher-forced melodies, resamples are [resamples, bins].
    """
    choices = draw_choices(len(free_running), seed, 1, num_resamples, num_halvings)
    bins, curves = list(itertools.pairwise(edges)), {}
    for reference in (SAME_POSITIONS, ALL_POSITIONS):
        own = [each for each in bins
               if reference == ALL_POSITIONS or each[1] <= teacher_forced.shape[1]]
        drawn = [_draw_bin(teacher_forced, free_running, *each, reference, seed) for each in own]
        for name in names if own else ():
            with one_thread():
                estimate = _estimate_bins(name, drawn, choices, seed)
            curves[name, reference] = EstimateCurve(
                np.append([start for start, _ in own], own[-1][1]), estimate)
    return curves


def mean_curve(curves, seed):
    """Returns the mean EstimateCurve of a distance of runs that differ in their seed alone."""
    own = [curve.estimate for curve in curves]
    reasons = [next(filter(None, seeds), None)
               for seeds in zip(*(each.reason for each in own), strict=True)]
    return EstimateCurve(curves[0].points, mean_over_seeds(own, seed)._replace(reason=reasons))


def _draw_bin(teacher_forced, free_running, start, end, reference, seed):
    """Returns states of the two modes in a bin, each [melodies, drawn, units]."""
    size = min(_POSITIONS_PER_BIN, end - start, teacher_forced.shape[1])
    if reference == SAME_POSITIONS:
        teacher_forced = teacher_forced[:, start:end]
    return [draw_positions(states, seed, size)
            for states in (teacher_forced, free_running[:, start:end])]


def _estimate_bins(name, drawn, choices, seed):
    """Returns the Estimate [bins] of a distance, of NaN with a reason where there is no number."""
    nothing = [np.full(len(pair[0]), np.nan) for pair in ([[0]], choices.resamples, choices.halves)]
    numbers, reasons = [], []
    for modes in drawn:
        found, reason = evaluate_choices(name, modes, [choices.resamples, choices.halves], seed)
        numbers.append(found or nothing)
        reasons.append(reason or None)
    values, resamples, floors = (np.stack(each, axis=-1) for each in zip(*numbers, strict=True))
    return centred_estimate(values[0], resamples, len(drawn[0][0]))._replace(
        floor=mean_and_range(floors), reason=reasons)
