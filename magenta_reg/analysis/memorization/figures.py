"""The figure of memorization: what generated and held-out melodies share with the training set."""

import numpy as np

from magenta_reg.analysis.memorization.measure import NGRAM_NOTES
from magenta_reg.analysis.report.style import (
    PAGE_INCHES,
    REAL_LOOK,
    add_grid,
    legend_of,
    styled_figure,
)
from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean


def draw_memorization(series, held_out, seed):
    """Draws how long shared passages are, and how much of the melodies is new.

    Args:
        series: list of (Look, Memorization), one a network; those of one method share a Look.
        held_out: Memorization of the held-out melodies.
        seed: int, of the intervals.
    """
    rows = [*series, (REAL_LOOK, held_out)]
    with styled_figure(PAGE_INCHES, 3.4 + 0.22 * len(_places(rows))) as figure:
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        _draw_passages(left, rows)
        _draw_novelty(right, rows, seed)
        figure.legend(*legend_of(left), loc='outside lower center', ncols=6)
    return figure


def _draw_passages(axis, rows):
    """Draws the share of melodies whose longest shared passage is longer than x."""
    for look, memorization in rows:
        lengths = np.sort(memorization.num_events)
        longer = 1 - np.arange(len(lengths) + 1) / len(lengths)
        width, order = (2.6, 1) if look is REAL_LOOK else (1.2, 2)
        axis.step([0, *lengths], longer, where='post', color=look.colour, label=look.name,
                  linestyle=look.dash, linewidth=width, zorder=order)
    axis.set(xlabel='events x', ylabel='share of melodies', ylim=(-0.02, 1.02),
             title='(a) longest passage shared with\ntraining: share of melodies above x')
    axis.set_xlim(left=0)
    add_grid(axis, 'both')


def _draw_novelty(axis, rows, seed):
    """Draws the mean share of new n-grams with its interval, a row a method and n."""
    ticks, places = [], _places(rows)
    for block, n in enumerate(NGRAM_NOTES):
        offset = block * (len(places) + 1.5)
        ticks.append(offset + (len(places) - 1) / 2)
        for look, memorization in rows:
            values = memorization.novelty[n][np.isfinite(memorization.novelty[n])]
            if not len(values):
                continue
            estimate = bootstrap_mean(values, seed)
            axis.plot([estimate.low, estimate.high], [offset + places[look]] * 2, color=look.colour)
            axis.plot(estimate.value, offset + places[look], 'o', color=look.colour, markersize=5)
    axis.set_yticks(ticks, [f'{n} notes' for n in NGRAM_NOTES])
    axis.set_ylim(len(NGRAM_NOTES) * (len(places) + 1.5) - 1.5, -1)
    axis.set(xlim=(0, 1.02), xlabel='share of n-grams', title='(b) n-grams of notes that\n'
             'training does not have')
    axis.tick_params(axis='y', length=0)
    add_grid(axis, 'x')


def _places(rows):
    """Returns dict of each Look to its place: networks of one method share a row."""
    return {look: place for place, look in enumerate(dict.fromkeys(look for look, _ in rows))}
