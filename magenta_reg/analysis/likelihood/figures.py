"""Figures of likelihood: who finds whose melodies likely, and likelihood against position."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.likelihood.measure import likelihood_against_position
from magenta_reg.analysis.report.style import (
    PAGE_INCHES,
    REAL_LOOK,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.statistics.position_means import bin_centres


def draw_likelihood_matrix(matrix):
    """Draws the matrix as a heat map, with each mean and the half-width of its interval.

    Rows are who made the melodies, columns who scores them; frames mark groups under themselves.

    Args:
        matrix: dict of (generator, scorer) to Estimate.
    """
    rows, columns = (list(dict.fromkeys(labels)) for labels in zip(*matrix, strict=True))
    estimates = [[matrix[row, column] for column in columns] for row in rows]
    means = np.array([[each.value for each in row] for row in estimates])
    with styled_figure(max(5.2, 1.9 + 1.35 * len(columns)), 1.5 + 0.72 * len(rows)) as figure:
        axis = figure.subplots()
        image = axis.imshow(means, cmap='cividis', aspect='auto')
        for y, row in enumerate(estimates):
            for x, each in enumerate(row):
                _write_cell(axis, x, y, each, is_dark=image.norm(each.value) < 0.5,
                            is_own=rows[y] == columns[x])
        axis.set_xticks(range(len(columns)), [wrapped(label, 14) for label in columns])
        axis.set_yticks(range(len(rows)), [wrapped(label, 18) for label in rows])
        axis.set(xlabel='scored by', ylabel='melodies of')
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        figure.colorbar(image, label='log-likelihood,\nnats per event', aspect=25)
    return figure


def _write_cell(axis, x, y, estimate, is_dark, is_own):
    from matplotlib.patches import Rectangle

    text = (f'{estimate.value:.3f}\n± {(estimate.high - estimate.low) / 2:.3f}'
            if np.isfinite(estimate.value) else 'not finite')
    axis.text(x, y, text.replace('-', '\N{MINUS SIGN}'), ha='center', va='center', fontsize=10,
              color='white' if is_dark else 'black')
    if is_own:
        axis.add_patch(Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, fill=False, edgecolor='white',
                                 linewidth=2))


def draw_likelihood_positions(likelihoods, groups, seed):
    """Draws log-likelihood against position: each group under itself, and under the judge."""
    looks = looks_of(groups) | {REAL: REAL_LOOK}
    curves = [each for each in likelihood_against_position(likelihoods, seed) if each]
    titles = ['under the model itself', f'under the judge: {likelihoods.judge}']
    with styled_figure(PAGE_INCHES, 4.2) as figure:
        axes = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
        for axis, own, title in zip(axes, curves, titles, strict=False):
            for label, curve in own.items():
                draw_band(axis, bin_centres(curve.points), curve.estimate, looks[label],
                          '--' if label == REAL else '-', looks[label].name)
            axis.set_title(wrapped(title, 44))
            axis.set_xlabel('position in the melody, sixteenths')
            add_grid(axis)
        axes[0].set_ylabel('log-likelihood, nats per event')
        figure.legend(*axes[-1].get_legend_handles_labels(), loc='outside lower center', ncols=3)
    return figure
