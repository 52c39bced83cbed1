"""Figures of the distances of hidden states: by method with their floors, and against position."""

from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    PAGE_INCHES,
    REAL_COLOUR,
    add_grid,
    draw_band,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.positions import ALL_POSITIONS, SAME_POSITIONS

_FLOOR_COLOUR = '#CFCFCF'


def draw_distances(estimates, looks):
    """Draws a panel a distance: the floor's range in grey, each group's excess with its interval.

    Estimates are a dict of label to dict of name, looks a dict of label.
    """
    from matplotlib.lines import Line2D

    names = list(next(iter(estimates.values())))
    with styled_figure(BESIDE_INCHES, 0.7 + len(names) * (0.55 + 0.24 * len(estimates))) as figure:
        for axis, name in zip(figure.subplots(len(names), 1, squeeze=False).ravel(), names,
                              strict=True):
            for row, (label, own) in enumerate(estimates.items()):
                _draw_row(axis, row, own[name], looks[label])
            axis.set_yticks(range(len(estimates)), [wrapped(label, 30) for label in estimates],
                            fontsize=10)
            axis.set_ylim(len(estimates) - 0.4, -0.6)
            axis.set_title(DISTANCES[name].title, loc='left')
            axis.tick_params(axis='y', length=0)
            add_grid(axis, 'x')
        axis.set_xlabel('excess over the floor; 0 is no difference')
        figure.legend(handles=[
            Line2D([], [], color=_FLOOR_COLOUR, linewidth=7, label='floor: 95% of halvings'),
            Line2D([], [], color='#333333', marker='o', label='free-running, 95% interval')],
            loc='outside lower center', ncols=2)
    return figure


def draw_position_curves(curves, looks):
    """Draws a panel a distance and reference against position, a line a group, its floor dotted.

    Curves are a dict of label to dict of (name, reference) to EstimateCurve.
    """
    keys = list(dict.fromkeys(key for own in curves.values() for key in own))
    names = list(dict.fromkeys(name for name, _ in keys))
    references = [each for each in (SAME_POSITIONS, ALL_POSITIONS) if (names[0], each) in keys]
    ends = [max(own[names[0], each].points[-1] for own in curves.values()) for each in references]
    with styled_figure(PAGE_INCHES, 0.9 + 2.3 * len(names)) as figure:
        axes = figure.subplots(len(names), len(references), squeeze=False, sharey='row',
                               width_ratios=[max(end, 0.45 * max(ends)) for end in ends])
        for row, name in zip(axes, names, strict=True):
            row[0].set_ylabel(DISTANCES[name].title)
            for axis, reference in zip(row, references, strict=True):
                for label, own in curves.items():
                    if (name, reference) in own:
                        _draw_curve(axis, own[name, reference], looks[label])
                add_grid(axis)
        for axis, reference in zip(axes[0], references, strict=True):
            of = {SAME_POSITIONS: 'the same positions', ALL_POSITIONS: 'all positions'}[reference]
            axis.set_title(f'against teacher-forced states\nof {of}', fontsize=11)
        for axis in axes[-1]:
            axis.set_xlabel('events after the primer')
        _name_lines(figure, [looks[label] for label in curves])
    return figure


def _draw_row(axis, row, estimate, look):
    if estimate.reason:
        axis.text(0.02, row, estimate.reason, va='center', fontsize=9, color='#666666',
                  transform=axis.get_yaxis_transform())
        return
    floor = estimate.floor
    axis.plot([floor.low - floor.value, floor.high - floor.value], [row, row],
              color=_FLOOR_COLOUR, linewidth=7, solid_capstyle='butt')
    axis.plot([0, 0], [row - 0.25, row + 0.25], color=REAL_COLOUR, linewidth=1.6)
    axis.plot([estimate.low, estimate.high], [row, row], color=look.colour, linewidth=2.2)
    axis.plot(estimate.value, row, look.marker, color=look.colour, markersize=6)


def _draw_curve(axis, curve, look):
    edges, found = curve
    centres = (edges[:-1] + edges[1:]) / 2
    draw_band(axis, centres, found, look)
    axis.plot(centres, found.floor.high, ':', color=look.colour, linewidth=1.2)
    axis.set_xlim(0, edges[-1])


def _name_lines(figure, looks):
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=look.colour, marker=look.marker, markersize=4, label=look.name)
               for look in looks]
    handles.append(Line2D([], [], color='black', linestyle=':', linewidth=1.2,
                          label='floor: 97.5% of halvings are below'))
    figure.legend(handles=handles, loc='outside lower center', ncols=4)
