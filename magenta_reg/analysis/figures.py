"""The figures: one style, one colour a method, readable in print at a width of 10 cm.

Each function returns a PNG as bytes and leaves matplotlib's state alone.
"""

import io
import textwrap
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.likelihood import REAL
from magenta_reg.analysis.losses import smooth

# Okabe & Ito 2008: told apart with every form of colour blindness.
_METHOD_COLOURS = {
    'baseline': '#0072B2', 'dropout': '#E69F00', 'scheduled_sampling': '#009E73',
    'professor_forcing': '#D55E00'}
_OTHER_COLOURS = ['#CC79A7', '#56B4E9', '#000000', '#F0E442']
_REAL_COLOUR = '#8C8C8C'
_MARKERS = 'osD^vP*X'
_WIDTH_INCHES = 6.0
_STYLE = {
    'font.size': 11, 'axes.titlesize': 11, 'axes.spines.top': False, 'axes.spines.right': False,
    'axes.edgecolor': '#555555', 'axes.linewidth': 0.8, 'legend.frameon': False,
    'lines.linewidth': 1.6, 'figure.dpi': 150, 'savefig.dpi': 150, 'figure.constrained_layout.use':
    True}


def draw_hidden_states(comparison):
    """Draws the t-SNE panels: grey teacher-forced, coloured free-running."""
    colours = method_colours(comparison)
    num_columns = min(2, len(comparison.results))
    num_rows = -(-len(comparison.results) // num_columns)
    with styled_figure(_WIDTH_INCHES * num_columns / 2, 3.5 * num_rows) as figure:
        axes = figure.subplots(num_rows, num_columns, squeeze=False).ravel()
        for axis in axes[len(comparison.results):]:
            axis.set_axis_off()
        for axis, result in zip(axes, comparison.results, strict=False):
            _draw_embedding(axis, result.embedding, colours[result.run.method], comparison.seed)
            accuracy, floor = result.accuracy, result.floor
            axis.set_title(
                f'{wrapped(result.run.label)}\n'
                f'accuracy {accuracy.mean:.2f} ± {accuracy.standard_error:.2f}\n'
                f'floor {floor.mean:.2f} ± {floor.standard_error:.2f}')
        return png_of(figure)


def _draw_embedding(axis, embedding, colour, seed):
    """Scatters both modes in mixed order, so that neither covers the other."""
    coordinates = np.concatenate([each.reshape(-1, 2) for each in embedding])
    colours = np.repeat([_REAL_COLOUR, colour], len(coordinates) // 2)
    order = np.random.default_rng(seed).permutation(len(coordinates))
    axis.scatter(*coordinates[order].T, c=colours[order], s=5, alpha=0.7, linewidths=0)
    axis.set(aspect='equal', adjustable='datalim', xticks=[], yticks=[])
    axis.spines[['top', 'right']].set_visible(True)
    for mode, mode_colour in (('teacher-forced', _REAL_COLOUR), ('free-running', colour)):
        axis.scatter([], [], c=mode_colour, s=14, label=mode)
    axis.legend(loc='upper center', bbox_to_anchor=(0.5, 0.0), ncols=2, fontsize=10,
                handletextpad=0.1, columnspacing=1.0, borderpad=0.2)


def draw_losses(comparison):
    """Draws training (dashed, smoothed) and evaluation loss (solid) against updates."""
    colours = method_colours(comparison)
    with styled_figure(_WIDTH_INCHES, 4.4) as figure:
        axis = figure.subplots()
        for index, result in enumerate(comparison.results):
            colour = colours[result.run.method]
            train, evaluation = result.run.losses
            axis.plot(*smooth(train), '--', color=colour, linewidth=1.0)
            axis.plot(*evaluation, '-', color=colour, marker=_MARKERS[index % len(_MARKERS)],
                      markersize=4.5, label=wrapped(result.run.label))
        axis.plot([], [], 'k--', linewidth=1.0, label='training')
        axis.plot([], [], 'k-', marker='o', markersize=4.5, label='evaluation')
        axis.margins(x=0.02)
        axis.set(xlabel='updates', ylabel='loss, nats per event', ylim=_loss_limits(comparison))
        axis.grid(axis='y', color='#E5E5E5', linewidth=0.8)
        axis.set_axisbelow(True)
        axis.legend(loc='upper center', bbox_to_anchor=(0.5, -0.16), ncols=2)
        return png_of(figure)


def _loss_limits(comparison):
    """Returns the range that shows every run's later losses; the first tenth may run out of it."""
    later = np.concatenate([
        curve.loss_nats[curve.steps > 0.1 * curve.steps.max()]
        for result in comparison.results for curve in map(smooth, result.run.losses)
        if len(curve.steps)] or [[0.0, 1.0]])
    later = later[np.isfinite(later)]
    margin = 0.06 * (np.ptp(later) or 1.0)
    return later.min() - margin, later.max() + margin


def draw_likelihoods(comparison):
    """Draws the log-likelihood of every melody, with means and intervals."""
    reference, labels = comparison.reference, comparison.labels
    own = [row for index, label in enumerate(labels) for row in (
        _Row(2 * index, wrapped(label), label, label),
        _Row(2 * index + 0.85, 'held-out', REAL, label))]
    by_reference = [
        _Row(index, wrapped(label), label, reference)
        for index, label in enumerate(label for label in [*labels, REAL]
                                      if (label, reference) in comparison.likelihoods)]
    panels = [('(a) under the model itself', own),
              (wrapped(f'(b) under one reference model: {reference}', 44), by_reference)]
    heights = [rows[-1].y + 1.2 for _, rows in panels]
    with styled_figure(_WIDTH_INCHES, 0.38 * sum(heights) + 1.2) as figure:
        axes = figure.subplots(2, 1, height_ratios=heights, sharex=True)
        for axis, (title, rows) in zip(axes, panels, strict=True):
            _draw_rows(axis, comparison, rows)
            axis.set_title(title, loc='left')
        axes[-1].locator_params(axis='x', nbins=6)
        axes[-1].set_xlabel('log-likelihood, nats per event')
        return png_of(figure)


class _Row(NamedTuple):
    """One strip of melodies: where it is drawn, what it is called, and whose it is."""

    y: float
    name: str
    generator: str
    scorer: str


def _draw_rows(axis, comparison, rows):
    """Draws a point a melody, and the mean with its interval on top."""
    rng = np.random.default_rng(comparison.seed)
    colours = {result.run.label: method_colours(comparison)[result.run.method]
               for result in comparison.results} | {REAL: _REAL_COLOUR}
    for y, _, generator, scorer in rows:
        values = comparison.likelihoods[generator, scorer]
        axis.scatter(values, y + rng.uniform(-0.26, 0.26, len(values)), s=9, alpha=0.55,
                     color=colours[generator], linewidths=0)
        estimate = comparison.log_likelihood(generator, scorer)
        axis.plot([estimate.low, estimate.high], [y, y], color='black', linewidth=2.2)
        axis.plot(estimate.mean, y, 'D', color='white', markeredgecolor='black', markersize=5)
    axis.set_yticks([row.y for row in rows], [row.name for row in rows])
    for tick, row in zip(axis.get_yticklabels(), rows, strict=True):
        tick.set_color('#666666' if row.generator == REAL else 'black')
    axis.set_ylim(rows[-1].y + 0.6, -0.6)
    axis.tick_params(axis='y', length=0)
    axis.grid(axis='x', color='#E5E5E5', linewidth=0.8)
    axis.set_axisbelow(True)


def method_colours(comparison):
    """Returns a dict of method to colour: the four methods always have the same."""
    others = sorted({result.run.method for result in comparison.results} - set(_METHOD_COLOURS))
    return _METHOD_COLOURS | {method: _OTHER_COLOURS[index % len(_OTHER_COLOURS)]
                              for index, method in enumerate(others)}


def display(label):
    """Returns a label as people read it."""
    return label.replace('_', ' ')


def wrapped(label, width=28):
    """Returns a label in lines that fit beside or above a panel."""
    return textwrap.fill(display(label), width)


@contextmanager
def styled_figure(width_inches, height_inches):
    """Yields a figure of its own, without a window, in the common style."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width_inches, height_inches))
        FigureCanvasAgg(figure)
        yield figure


def png_of(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png')
    return buffer.getvalue()


def vector_of(figure, kind='svg'):
    """Returns a figure as bytes of 'svg' or 'pdf', the same every time."""
    import matplotlib

    buffer = io.BytesIO()
    date = {'svg': 'Date', 'pdf': 'CreationDate'}[kind]
    with matplotlib.rc_context({'svg.hashsalt': 'magenta_reg', 'svg.fonttype': 'none',
                                'pdf.fonttype': 42}):
        figure.savefig(buffer, format=kind, metadata={date: None})
    return buffer.getvalue()
