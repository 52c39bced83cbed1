"""The figure of exposure bias: divergence, entropy and the judge's view against position."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.exposure.measure import excess_by_bar
from magenta_reg.analysis.likelihood.measure import likelihood_against_position
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    REAL_LOOK,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.position_means import bin_centres


def draw_exposure_bias(exposures, groups, seed, likelihoods=None):
    """Draws three panels against position, with intervals.

    Above: excess divergence of next-event distributions after own over after true events. Middle:
    entropy after own (solid) and true events (dashed). Below: negative log-likelihood of the
    continuations under the judge, with the held-out melodies in grey, where there is a judge.

    Args:
        exposures: dict of group label to list of RunExposure with numbers, one a seed.
        groups: list of Group.
        seed: int.
        likelihoods: GroupLikelihoods, or None to leave the last panel out.
    """
    is_judged = bool(likelihoods and likelihoods.by_judge)
    looks, num_panels = looks_of(groups), 3 if is_judged else 2
    with styled_figure(BESIDE_INCHES, 2.5 * num_panels + 1.1) as figure:
        axes = figure.subplots(num_panels, sharex=True)
        for label, runs in exposures.items():
            _draw_group(axes, runs, looks[label], seed)
        axes[0].axhline(0, color='#555555', linewidth=0.8)
        axes[0].set_ylabel('excess divergence,\nnats')
        axes[1].plot([], [], 'k-', label='after own events')
        axes[1].plot([], [], 'k--', label='after true events')
        axes[1].set_ylabel('entropy of the\nnext event, nats')
        if is_judged:
            _draw_judged(axes[2], likelihoods, looks | {REAL: REAL_LOOK}, seed)
        for axis in axes:
            add_grid(axis)
        axes[-1].set_xlabel('position in the melody, sixteenths')
        _add_legend(figure, axes)
    return figure


def _draw_group(axes, runs, look, seed):
    centres = bin_centres(runs[0].true.edges)
    draw_band(axes[0], centres, excess_by_bar(runs, seed), look, label=look.name)
    # A band around the line after own events only: two a group hide each other.
    axes[1].plot(centres, np.mean([run.true.entropy_nats for run in runs], axis=(0, 1)), '--',
                 color=look.colour)
    own = group_mean(np.stack([run.own.entropy_nats for run in runs]), seed)
    draw_band(axes[1], centres, own, look)


def _draw_judged(axis, likelihoods, looks, seed):
    for label, curve in likelihood_against_position(likelihoods, seed)[1].items():
        found = curve.estimate
        negative = Estimate(-found.value, -found.high, -found.low)
        draw_band(axis, bin_centres(curve.points), negative, looks[label],
                  '--' if label == REAL else '-', label=REAL if label == REAL else None)
    axis.set_ylabel(wrapped(f'NLL under {likelihoods.judge}, nats per event', 20))


def _add_legend(figure, axes):
    handles = {}
    for axis in axes:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles, loc='outside lower center', ncols=2)
