"""The plot of a job: each metric with its range, bar and aim; what grows, over its size."""

import textwrap

from magenta_reg.analysis.report.style import (
    REAL_COLOUR,
    SMALL_POINTS,
    add_grid,
    image_of,
    styled_figure,
)
from magenta_reg.base.files import replacing

from .report import number

_REACHED = {'aim': '#009E73', 'bar': '#0072B2', 'no': '#D55E00', None: '#000000'}
_LINES = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9']
_MARKERS = 'osD^vP'
_WIDTH_INCHES, _ROW_INCHES = 8.5, 0.62


def draw(path, title, figures):
    """Draws those of a job's figures that have a target, or are slopes, as a PNG.

    Args:
        path: Path.
        title: str.
        figures: list of dict as `Summary.to_dict` makes them.

    Returns:
        bool, whether there was anything to draw.
    """
    slopes = [each for each in figures if each.get('points')]
    rows = [each for each in figures if each['target'] and not each.get('points')]
    if not rows and not slopes:
        return False
    heights = ([_ROW_INCHES * len(rows) + 1.1] * bool(rows)
               + [4.6 + 0.2 * len(slopes)] * bool(slopes))
    with styled_figure(_WIDTH_INCHES, sum(heights)) as figure:
        axes = figure.subplots(len(heights), height_ratios=heights, squeeze=False)[:, 0]
        axes[0].set_title(title, loc='left')
        if rows:
            _draw_rows(axes[0], rows)
        if slopes:
            _draw_slopes(axes[-1], slopes)
        figure.legend(loc='outside lower center', ncols=1 if slopes else 5,
                      fontsize=SMALL_POINTS, columnspacing=1.2, handletextpad=0.4)
        image = image_of(figure, 'png')
    with replacing(path) as temporary:
        temporary.write_bytes(image)
    return True


def _draw_rows(axis, rows):
    """Draws a line a metric: median, range of the rounds, bar and aim."""
    axis.set_xscale('log')
    labels = set()

    def once(label):
        """Returns a label for the legend the first time only."""
        found = '_nolegend_' if label in labels else label
        labels.add(label)
        return found

    for y, each in enumerate(rows):
        colour, target = _REACHED[each['reached']], each['target']
        axis.plot([each['min'], each['max']], [y, y], color=colour, linewidth=3, alpha=0.5,
                  solid_capstyle='round')
        axis.plot(each['median'], y, 'o', color=colour, markersize=7,
                  label=once({'aim': 'median: aim reached', 'bar': 'median: bar reached',
                              'no': 'median: bar missed', None: 'median'}[each['reached']]))
        axis.annotate(number(each['median']), (each['median'], y), (0, 8), color=colour,
                      textcoords='offset points', ha='center', fontsize=SMALL_POINTS)
        for name, marker in (('bar', '|'), ('aim', '*')):
            if target[name] is not None:
                axis.plot(target[name], y, marker, color='#000000', markersize=13 - 3 * (
                    name == 'aim'), markeredgewidth=2 if name == 'bar' else 0,
                    linestyle='none', label=once(name))
    axis.set_yticks(range(len(rows)), [
        textwrap.fill(each['name'], 40) + (' (less is better)' if each['target']['at_most'] else '')
        for each in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    low, high = axis.get_xlim()
    axis.set_xlim(low / 1.25, high * 1.25)
    _label_ticks(axis.xaxis, high / low)
    add_grid(axis, 'x')


def _label_ticks(axis, ratio):
    """Writes plain numbers at the ticks of a log axis, at more of them if it is short."""
    digits = '23456789' if ratio < 4 else '25'
    axis.set_major_formatter(lambda value, _: f'{value:g}')
    axis.set_minor_formatter(lambda value, _: f'{value:.3g}' if f'{value:e}'[0] in digits else '')
    axis.set_tick_params(which='both', labelsize=SMALL_POINTS)


def _draw_slopes(axis, slopes):
    """Draws how each quantity grows from its first size on, both relative to that."""
    axis.set_xscale('log')
    axis.set_yscale('log')
    for index, each in enumerate(slopes):
        sizes, values = zip(*each['points'], strict=True)
        axis.plot([size / sizes[0] for size in sizes], [value / values[0] for value in values],
                  color=_LINES[index % len(_LINES)], marker=_MARKERS[index % len(_MARKERS)],
                  label=f'{each["name"]}: slope {number(each["median"])} '
                        f'[{number(each["min"])} to {number(each["max"])}]')
    low, high = 1, max(size / each['points'][0][0] for each in slopes
                       for size, _ in each['points'])
    axis.plot([low, high], [low, high], ':', color=REAL_COLOUR, label='linear, slope 1')
    for each, limits in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
        _label_ticks(each, limits[1] / limits[0])
    axis.set_xticks(sorted({size / each['points'][0][0] for each in slopes
                            for size, _ in each['points']}))
    axis.set_xticks([], minor=True)
    axis.set_xlabel('size / smallest size')
    axis.set_ylabel('seconds / seconds for the smallest size')
    add_grid(axis, 'both')
