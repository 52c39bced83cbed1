"""The figures of musical features: generated melodies in colours, real ones in grey.

`series` is a list of (Look, RunMusic), one a network; networks of one method share a Look, and so
a line or a mark.
"""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    PAGE_INCHES,
    REAL_COLOUR,
    SMALL_POINTS,
    add_grid,
    legend_of,
    styled_figure,
)

_FLOOR_COLOUR = '#D0D0D0'
# A number, a histogram and a matrix each.
_CURVES = ('pitch_count', 'mean_interval', 'note_density', 'mean_note_length', 'pitch_classes',
           'pitch_class_transitions')


def draw_overlaps(series):
    """Draws the overlapping area of every feature, and the floor: what real music reaches."""
    with styled_figure(BESIDE_INCHES, _row_inches(series) * len(FEATURES) + 1.6) as figure:
        axis = figure.subplots()
        for y, name in enumerate(FEATURES):
            floor = series[0][1].distances[name].overlap.floor
            if floor:
                axis.plot([floor.low, floor.high], [y, y], color=_FLOOR_COLOUR,
                          linewidth=0.8 * 72 * _row_inches(series), solid_capstyle='butt', zorder=1)
                axis.plot([floor.value] * 2, [y - 0.36, y + 0.36], color='#555555', linewidth=1.2,
                          zorder=1.5)
            _draw_points(axis, y, [(look, music.distances[name].overlap)
                                   for look, music in series])
        axis.plot([], [], color=_FLOOR_COLOUR, linewidth=8, label='real against real halves')
        axis.set_xlabel('overlapping area of distances (1: the same distribution)')
        axis.set_xlim(right=1.0)
        axis.locator_params(axis='x', nbins=7)
        _name_rows(axis, FEATURES)
    return figure


def draw_shifts(series):
    """Draws how far the mean of each feature that is a number lies from real music's."""
    names = list(series[0][1].shifts)
    with styled_figure(BESIDE_INCHES, _row_inches(series) * len(names) + 1.6) as figure:
        axis = figure.subplots()
        axis.axvline(0, color=REAL_COLOUR, linewidth=1.6)
        for y, name in enumerate(names):
            _draw_points(axis, y, [(look, music.shifts[name]) for look, music in series])
        axis.set_xlabel('mean, generated less held-out,\n'
                        'in standard deviations of held-out melodies')
        _name_rows(axis, names)
    return figure


def _draw_points(axis, y, points):
    """Draws (Look, Estimate) of each network, methods one under the other within a row."""
    offsets = _offsets(points)
    for look, estimate in points:
        offset = 0.8 * offsets[look]
        if estimate.value is not None:
            axis.plot([estimate.low, estimate.high], [y + offset] * 2, color=look.colour,
                      linewidth=1.2, zorder=2)
            axis.plot(estimate.value, y + offset, look.marker, color=look.colour, markersize=4.5,
                      label=look.name, zorder=3)


def _offsets(series):
    """Returns dict of each Look to its place between -0.4 and 0.4."""
    looks = list(dict.fromkeys(look for look, _ in series))
    return dict(zip(looks, np.linspace(-0.4, 0.4, len(looks)) if len(looks) > 1 else [0.0],
                    strict=True))


def _row_inches(series):
    """Returns the height of a row in which every method has its line."""
    return max(0.36, 0.12 + 0.065 * len(_offsets(series)))


def _name_rows(axis, names):
    """Labels one row a feature and puts the legend below."""
    axis.set_yticks(range(len(names)), [FEATURES[name].label for name in names])
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.tick_params(axis='y', length=0)
    add_grid(axis, 'x')
    axis.figure.legend(*legend_of(axis), loc='outside lower center', ncols=3)


def draw_histograms(series):
    """Draws the mean histograms: bars for real melodies, a mark a method for generated ones."""
    with styled_figure(PAGE_INCHES, 6.2) as figure:
        rows = figure.add_gridspec(2, 1)
        cells = [rows[0], *rows[1].subgridspec(1, 3, width_ratios=[13, 12, 6])]
        axes = [figure.add_subplot(cell) for cell in cells]
        for axis, name in zip(axes, ('intervals', 'pitch_classes', 'note_lengths', 'contour'),
                              strict=True):
            _draw_histogram(axis, name, series)
        figure.legend(*legend_of(axes[0]), loc='outside lower center', ncols=6)
    return figure


def _draw_histogram(axis, name, series):
    """Draws a bar a category with the methods' marks on it, from left to right."""
    feature = FEATURES[name]
    places = np.arange(feature.size)
    axis.bar(places, _mean_rows(series[0][1].real[name]), width=0.9, color=_FLOOR_COLOUR,
             label=REAL)
    for look, offset in _offsets(series).items():
        melodies = [music.generated[name] for own, music in series if own == look]
        axis.plot(places + offset, _mean_rows(np.concatenate(melodies)), look.marker,
                  color=look.colour, markersize=3.5, label=look.name)
    # A long histogram names every third place, from the first to the last.
    shown = places[::1 if feature.size <= 12 else 3]
    axis.set_xticks(shown, [feature.categories[place] for place in shown],
                    fontsize=SMALL_POINTS)
    axis.set(title=feature.label, ylabel='share')
    add_grid(axis, 'y')


def _mean_rows(values):
    """Returns the mean over melodies that have the feature, NaN if there are none."""
    rows = values[np.isfinite(values).all(axis=1)]
    return rows.mean(axis=0) if len(rows) else np.full(values.shape[1], np.nan)


def draw_distances(series):
    """Draws the densities behind the overlapping areas, of some features."""
    with styled_figure(PAGE_INCHES, 5.6) as figure:
        axes = figure.subplots(2, 3).ravel()
        for axis, name in zip(axes, _CURVES, strict=True):
            for index, (look, music) in enumerate(series):
                found = music.distances[name]
                if found.points is None:
                    continue
                if not index:
                    axis.fill_between(found.points, found.within, color=_FLOOR_COLOUR,
                                      label='between real melodies')
                axis.plot(found.points, found.between, look.dash, color=look.colour, linewidth=1.2,
                          label=look.name + ' to real')
            axis.set(title=FEATURES[name].label.replace(', ', ',\n'), yticks=[])
            add_grid(axis, 'x')
        for axis in axes[::3]:
            axis.set_ylabel('density')
        axes[4].set_xlabel('distance between two melodies')
        figure.legend(*legend_of(axes[0]), loc='outside lower center', ncols=3)
    return figure
