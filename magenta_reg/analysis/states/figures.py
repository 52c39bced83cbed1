"""Figures of the distances of hidden states: by method with their floors, and against position."""

from magenta_reg.analysis.report.style import (
    REAL_COLOUR,
    add_grid,
    draw_band,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.states.measures import MEASURES
from magenta_reg.analysis.states.positions import ALL_POSITIONS, SAME_POSITIONS


def draw_distances(distances, looks):
    """Draws a panel a measure: the floor's range in grey, each run with its interval above it.

    Values and floors are over half of the melodies each, since most measures fall with their
    number; the interval is that of all melodies, moved there.

    Args:
        distances: dict of label to dict of measure name to Estimate.
        looks: dict of label to Look.

    Returns:
        matplotlib Figure.
    """
    labels = list(distances)
    names = list(next(iter(distances.values())))
    with styled_figure(7.2, 0.7 + len(names) * (0.55 + 0.24 * len(labels))) as figure:
        axes = figure.subplots(len(names), 1, squeeze=False).ravel()
        for axis, name in zip(axes, names, strict=True):
            for row, label in enumerate(labels):
                _draw_row(axis, row, distances[label][name], looks[label])
            axis.set_yticks(range(len(labels)), [wrapped(label, 30) for label in labels],
                            fontsize=10)
            axis.set_ylim(len(labels) - 0.4, -0.6)
            axis.set_title(MEASURES[name].title, loc='left')
            axis.tick_params(axis='y', length=0)
            add_grid(axis, 'x')
        _add_legend(figure)
    return figure


def draw_position_curves(curves, looks):
    """Draws a panel a measure and reference against position, a line a run, its floor dotted.

    Args:
        curves: dict of label to dict of (measure name, reference) to EstimateCurve.
        looks: dict of label to Look.

    Returns:
        matplotlib Figure.
    """
    keys = list(dict.fromkeys(key for of_run in curves.values() for key in of_run))
    names = list(dict.fromkeys(name for name, _ in keys))
    references = [each for each in (SAME_POSITIONS, ALL_POSITIONS) if (names[0], each) in keys]
    ends = [max(of_run[names[0], each].points[-1] for of_run in curves.values())
            for each in references]
    with styled_figure(9.0, 0.9 + 2.3 * len(names)) as figure:
        axes = figure.subplots(len(names), len(references), squeeze=False, sharey='row',
                               width_ratios=[max(end, 0.45 * max(ends)) for end in ends])
        for row, name in zip(axes, names, strict=True):
            row[0].set_ylabel(MEASURES[name].title)
            for axis, reference in zip(row, references, strict=True):
                for label, of_run in curves.items():
                    if (name, reference) in of_run:
                        _draw_curve(axis, of_run[name, reference], looks[label])
                add_grid(axis)
        for axis, reference in zip(axes[0], references, strict=True):
            axis.set_title(f'against teacher-forced states\nof {_REFERENCES[reference]}',
                           fontsize=11)
        for axis in axes[-1]:
            axis.set_xlabel('events after the primer')
        _name_lines(figure, curves, looks)
    return figure


_REFERENCES = {SAME_POSITIONS: 'the same positions', ALL_POSITIONS: 'all positions'}


def _draw_row(axis, row, distance, look):
    if distance.reason:
        axis.text(0.02, row, distance.reason, va='center', fontsize=9, color='#666666',
                  transform=axis.get_yaxis_transform())
        return
    floor = distance.floor
    axis.plot([floor.low, floor.high], [row, row], color='#CFCFCF', linewidth=7,
              solid_capstyle='butt')
    axis.plot([floor.value] * 2, [row - 0.25, row + 0.25], color=REAL_COLOUR, linewidth=1.6)
    moved = distance.at_floor_size - distance.value
    axis.plot([distance.low + moved, distance.high + moved], [row, row], color=look.colour,
              linewidth=2.2)
    axis.plot(distance.at_floor_size, row, look.marker, color=look.colour, markersize=6)


def _draw_curve(axis, curve, look):
    edges, found = curve
    centres = (edges[:-1] + edges[1:]) / 2
    draw_band(axis, centres, found, look)
    axis.plot(centres, found.floor.high, ':', color=look.colour, linewidth=1.2)
    axis.set_xlim(0, edges[-1])


def _add_legend(figure):
    from matplotlib.lines import Line2D

    figure.legend(handles=[
        Line2D([], [], color='#CFCFCF', linewidth=7, label='teacher-forced halves, 95%'),
        Line2D([], [], color='#333333', marker='o', label='free-running, 95% interval')],
        loc='outside lower center', ncols=2, fontsize=10)


def _name_lines(figure, curves, looks):
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=looks[label].colour, marker=looks[label].marker, markersize=4,
                      label=looks[label].name) for label in curves]
    handles.append(Line2D([], [], color='black', linestyle=':', linewidth=1.2,
                          label='97.5% of halvings of teacher-forced melodies'))
    figure.legend(handles=handles, loc='outside lower center', ncols=3, fontsize=10)
