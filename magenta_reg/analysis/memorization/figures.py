"""The figure of memorization: what generated and held-out melodies share with the training set."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.memorization.measure import NGRAM_NOTES, Memorization
from magenta_reg.analysis.music.figures import legend_of, line_style
from magenta_reg.analysis.report.style import styled_figure
from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean

_REAL_COLOUR, _REAL_LABEL = '#8C8C8C', 'held-out melodies'


class MemorizationSeries(NamedTuple):
    """One run in the figure.

    Attributes:
        label: str, for the legend: runs of one method share it, and their colour.
        colour: str.
        memorization: Memorization.
    """

    label: str
    colour: str
    memorization: Memorization


def draw_memorization(series, held_out, seed):
    """Draws how long shared runs are, and how much of the melodies is new.

    Args:
        series: list of MemorizationSeries.
        held_out: Memorization of the held-out melodies.
        seed: int, of the intervals.

    Returns:
        Figure.
    """
    rows = [*series, MemorizationSeries(_REAL_LABEL, _REAL_COLOUR, held_out)]
    with styled_figure(8.0, 3.4 + 0.22 * len(rows)) as figure:
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
        _draw_runs(left, rows)
        _draw_novelty(right, rows, seed)
        figure.legend(*legend_of(left), loc='outside lower center', ncols=3, fontsize=10)
    return figure


def _draw_runs(axis, rows):
    """Draws the share of melodies whose longest shared run is longer than x."""
    for row in rows:
        label, colour, memorization = row
        is_real = label == _REAL_LABEL
        lengths = np.sort(memorization.longest_runs)
        longer = 1 - np.arange(len(lengths) + 1) / len(lengths)
        axis.step([0, *lengths], longer, where='post', color=colour, label=label,
                  linestyle='-' if is_real else line_style(rows, row),
                  linewidth=2.6 if is_real else 1.2, zorder=1 if is_real else 2)
    axis.set(xlabel='events x', ylabel='share of melodies', ylim=(-0.02, 1.02),
             title='(a) longest run shared with training:\nshare of melodies above x')
    axis.set_xlim(left=0)
    axis.grid(color='#E5E5E5', linewidth=0.8)
    axis.set_axisbelow(True)


def _draw_novelty(axis, rows, seed):
    """Draws the mean share of new n-grams with its interval, a row a run and n."""
    ticks = []
    for block, n in enumerate(NGRAM_NOTES):
        offset = block * (len(rows) + 1.5)
        ticks.append(offset + (len(rows) - 1) / 2)
        for index, (_, colour, memorization) in enumerate(rows):
            values = memorization.novelty[n][np.isfinite(memorization.novelty[n])]
            if not len(values):
                continue
            estimate = bootstrap_mean(values, seed)
            axis.plot([estimate.low, estimate.high], [offset + index] * 2, color=colour)
            axis.plot(estimate.value, offset + index, 'o', color=colour, markersize=5)
    axis.set_yticks(ticks, [f'{n} notes' for n in NGRAM_NOTES])
    axis.set_ylim(len(NGRAM_NOTES) * (len(rows) + 1.5) - 1.5, -1)
    axis.set(xlim=(0, 1.02), xlabel='share of n-grams', title='(b) n-grams of notes that\n'
             'training does not have')
    axis.tick_params(axis='y', length=0)
    axis.grid(axis='x', color='#E5E5E5', linewidth=0.8)
    axis.set_axisbelow(True)
