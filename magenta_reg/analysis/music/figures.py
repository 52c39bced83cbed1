"""The figures of musical features: generated melodies in colours, real ones in grey."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.measure import MusicComparison
from magenta_reg.analysis.report.style import styled_figure

_REAL_COLOUR, _REAL_LABEL = '#8C8C8C', 'held-out melodies'
_MARKERS = 'osD^vP*X'
_LINES = ['-', '--', '-.', ':']
# A number, a histogram and a matrix each.
_CURVES = ('pitch_count', 'mean_interval', 'note_density', 'mean_note_length', 'pitch_classes',
           'pitch_class_transitions')


class MusicSeries(NamedTuple):
    """One run in the figures.

    Attributes:
        label: str, for the legend: runs of one method share it, and their colour.
        colour: str.
        comparison: MusicComparison.
    """

    label: str
    colour: str
    comparison: MusicComparison


def draw_overlaps(series):
    """Draws the overlapping area of every feature, with what real music reaches itself.

    Args:
        series: list of MusicSeries.

    Returns:
        Figure.
    """
    names = list(FEATURES)
    with styled_figure(7.0, 0.36 * len(names) + 1.6) as figure:
        axis = figure.subplots()
        for y, name in enumerate(names):
            floor = series[0].comparison.distances[name].overlap.floor
            if floor:
                axis.plot([floor.low, floor.high], [y, y], color='#D0D0D0', linewidth=11,
                          solid_capstyle='butt', zorder=1)
                axis.plot([floor.value] * 2, [y - 0.36, y + 0.36], color='#555555', linewidth=1.2,
                          zorder=1.5)
            points = [each.comparison.distances[name].overlap for each in series]
            _draw_points(axis, y, series, points)
        axis.plot([], [], color='#D0D0D0', linewidth=8, label='real against real halves')
        axis.set_xlabel('overlapping area of distances (1: the same distribution)')
        axis.set_xlim(right=1.0)
        axis.locator_params(axis='x', nbins=7)
        _name_rows(axis, names)
    return figure


def draw_shifts(series):
    """Draws how far the mean of each feature that is a number lies from real music's.

    Args:
        series: list of MusicSeries.

    Returns:
        Figure.
    """
    names = list(series[0].comparison.shifts)
    with styled_figure(7.0, 0.4 * len(names) + 1.6) as figure:
        axis = figure.subplots()
        axis.axvline(0, color=_REAL_COLOUR, linewidth=1.6)
        for y, name in enumerate(names):
            _draw_points(axis, y, series, [each.comparison.shifts[name] for each in series])
        axis.set_xlabel('mean, generated less held-out,\n'
                        'in standard deviations of held-out melodies')
        _name_rows(axis, names)
    return figure


def draw_histograms(series):
    """Draws the mean histograms: bars for real melodies, a mark a run for generated ones.

    Args:
        series: list of MusicSeries.

    Returns:
        Figure.
    """
    names = ['intervals', 'pitch_classes', 'note_lengths', 'contour']
    widths = [13, 12, 6]
    with styled_figure(8.6, 5.9) as figure:
        rows = figure.add_gridspec(2, 1)
        cells = [rows[0], *rows[1].subgridspec(1, 3, width_ratios=widths)]
        axes = [figure.add_subplot(cell) for cell in cells]
        for axis, name in zip(axes, names, strict=True):
            _draw_histogram(axis, name, series)
        figure.legend(*legend_of(axes[0]), loc='outside lower center', ncols=3, fontsize=10)
    return figure


def _draw_histogram(axis, name, series):
    """Draws a bar a category and, beside each other on it, the runs' marks."""
    feature = FEATURES[name]
    places = np.arange(feature.size)
    # Melodies that lack the feature have no row in the mean.
    axis.bar(places, _mean_rows(series[0].comparison.real[name]), width=0.9, color='#D0D0D0',
             label=_REAL_LABEL)
    for each, offset in zip(series, _offsets(len(series)), strict=True):
        axis.plot(places + offset, _mean_rows(each.comparison.generated[name]),
                  _marker(series, each), color=each.colour, markersize=3.5, label=each.label)
    # A long histogram names every third place, from the first to the last.
    shown = places[::1 if feature.size <= 12 else 3]
    axis.set_xticks(shown, [feature.categories[place] for place in shown], fontsize=9)
    axis.set(title=feature.label, ylabel='share')
    _finish(axis, 'y')


def _mean_rows(values):
    """Returns the mean over melodies that have the feature, NaN if there are none."""
    rows = values[np.isfinite(values).all(axis=1)]
    return rows.mean(axis=0) if len(rows) else np.full(values.shape[1], np.nan)


def draw_distances(series):
    """Draws the densities behind the overlapping areas, of some features.

    Args:
        series: list of MusicSeries.

    Returns:
        Figure.
    """
    with styled_figure(8.0, 5.6) as figure:
        axes = figure.subplots(2, 3).ravel()
        for axis, name in zip(axes, _CURVES, strict=True):
            for index, each in enumerate(series):
                curves = each.comparison.distances[name].curves
                if curves is None:
                    continue
                points = curves.grid.points
                if not index:
                    axis.fill_between(points, curves.within_real, color='#D0D0D0',
                                      label='between real melodies')
                axis.plot(points, curves.between, line_style(series, each), color=each.colour,
                          linewidth=1.2, label=each.label + ' to real')
            axis.set(title=FEATURES[name].label.replace(', ', ',\n'), yticks=[])
            _finish(axis, 'x')
        for axis in axes[::3]:
            axis.set_ylabel('density')
        axes[4].set_xlabel('distance between two melodies')
        figure.legend(*legend_of(axes[0]), loc='outside lower center', ncols=2, fontsize=10)
    return figure


def _draw_points(axis, y, series, estimates):
    """Draws an Estimate a run, one under the other within a row."""
    offsets = 0.8 * _offsets(len(series))
    for each, estimate, offset in zip(series, estimates, offsets, strict=True):
        if estimate.value is None:
            continue
        axis.plot([estimate.low, estimate.high], [y + offset] * 2, color=each.colour,
                  linewidth=1.2, zorder=2)
        axis.plot(estimate.value, y + offset, _marker(series, each), color=each.colour,
                  markersize=4.5, label=each.label, zorder=3)


def _offsets(count):
    return np.linspace(-0.4, 0.4, count) if count > 1 else np.zeros(1)


def _marker(series, each):
    return _MARKERS[_rank(series, each) % len(_MARKERS)]


def line_style(series, each):
    """Returns the line style of a series: runs of one label share it, as they share the colour."""
    return _LINES[_rank(series, each) % len(_LINES)]


def _rank(series, each):
    return list(dict.fromkeys(other.label for other in series)).index(each.label)


def _name_rows(axis, names):
    """Labels one row a feature and puts the legend below."""
    axis.set_yticks(range(len(names)), [FEATURES[name].label for name in names])
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.tick_params(axis='y', length=0)
    _finish(axis, 'x')
    axis.figure.legend(*legend_of(axis), loc='outside lower center', ncols=3, fontsize=10)


def _finish(axis, grid):
    axis.grid(axis=grid, color='#E5E5E5', linewidth=0.8)
    axis.set_axisbelow(True)


def legend_of(axis):
    """Returns handles and labels, each label once."""
    handles, labels = axis.get_legend_handles_labels()
    by_label = dict(zip(reversed(labels), reversed(handles), strict=True))
    labels = list(dict.fromkeys(labels))
    return [by_label[label] for label in labels], labels
