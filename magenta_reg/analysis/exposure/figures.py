"""The figure of exposure bias: divergence, entropy and the reference's view against position."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.likelihood.measure import likelihood_against_position
from magenta_reg.analysis.report.style import (
    REAL_COLOUR,
    Look,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.position_means import bin_centres
from magenta_reg.analysis.statistics.resampled import resampled_mean


def excess_estimate(exposures, seed):
    """Returns the Estimate of arrays [bins] of a group's excess divergence; None without numbers.

    Args:
        exposures: list of RunExposure, one a seed.
        seed: int.
    """
    found = [each.bias for each in exposures]
    if any(bias.reason for bias in found):
        return None
    return resampled_mean([bias.excess for bias in found], [bias.resamples for bias in found],
                          found[0].n_melodies, seed)


def draw_exposure_bias(exposures, groups, seed, likelihoods=None):
    """Draws three panels against position, with intervals.

    Above: excess divergence of next-event distributions after own over after true events. Middle:
    entropy after own (solid) and true events (dashed). Below: negative log-likelihood of the
    continuations under the reference, with the held-out melodies in grey.

    Args:
        exposures: dict of group label to list of RunExposure, one a seed.
        groups: list of Group.
        seed: int, of the intervals.
        likelihoods: GroupLikelihoods, or None to leave the last panel out.

    Returns:
        Figure.
    """
    looks, num_panels = looks_of(groups), 3 if likelihoods else 2
    with styled_figure(6.4, 2.5 * num_panels + 1.1) as figure:
        axes = figure.subplots(num_panels, sharex=True)
        for label, runs in exposures.items():
            _draw_excess(axes[0], runs, looks[label], seed)
            _draw_entropy(axes[1], runs, looks[label], seed)
        axes[0].axhline(0, color='#555555', linewidth=0.8)
        axes[0].set_ylabel('excess divergence,\nnats')
        axes[1].plot([], [], 'k-', label='after own events')
        axes[1].plot([], [], 'k--', label='after true events')
        axes[1].set_ylabel('entropy of the\nnext event, nats')
        if likelihoods:
            _draw_reference(axes[2], likelihoods, looks, seed)
        for axis in axes:
            add_grid(axis)
        axes[-1].set_xlabel('position in the melody, sixteenths')
        _add_legend(figure, axes)
    return figure


def _draw_excess(axis, runs, look, seed):
    excess = excess_estimate(runs, seed)
    if excess is not None:
        draw_band(axis, bin_centres(runs[0].true.edges), excess, look, label=look.name)


def _draw_entropy(axis, runs, look, seed):
    """Draws a band around the line after own events only: two a group hide each other."""
    centres = bin_centres(runs[0].true.edges)
    true, own = ([getattr(run, field).entropy_nats for run in runs] for field in ('true', 'own'))
    axis.plot(centres, np.mean(true, axis=(0, 1)), '--', color=look.colour)
    draw_band(axis, centres, group_mean(np.stack(own), seed), look)


def _draw_reference(axis, likelihoods, looks, seed):
    looks = looks | {REAL: Look(REAL_COLOUR, 'x', REAL)}
    for label, curve in likelihood_against_position(likelihoods, seed)[1].items():
        found = curve.estimate
        negative = Estimate(-found.value, -found.high, -found.low)
        draw_band(axis, bin_centres(curve.points), negative, looks[label],
                  '--' if label == REAL else '-', label=REAL if label == REAL else None)
    axis.set_ylabel(wrapped(f'NLL under {likelihoods.reference}, nats per event', 20))


def _add_legend(figure, axes):
    handles = {}
    for axis in axes:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles, loc='outside lower center', ncols=2)
