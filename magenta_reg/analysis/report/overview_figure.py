"""The overview as a figure: a panel a number, a row a method, and where real music lies."""

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.report.style import (
    PAGE_INCHES,
    REAL_COLOUR,
    SMALL_POINTS,
    add_grid,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.statistics.estimate import finite

# Column of the overview, the panel's title, and what is good.
_PANELS = [
    ('held-out loss', 'loss on new melodies,\nnats per event', '\N{LEFTWARDS ARROW} better'),
    ('states told apart', 'memory states told apart,\nshare', 'best: at the grey line'),
    ('judge log-lik.', "judge's log-likelihood,\nnats per event", 'best: at the grey line'),
    ('repetition', 'repetition,\nshare', 'best: at the grey line'),
]


def draw_overview(table, looks):
    """Draws the numbers of an overview Table with their intervals; None if it has none of them.

    The grey line is where real music is; for states, what two halves of real music give.

    Args:
        table: Table of `overview`.
        looks: dict of group label to Look.
    """
    rows = [row for row in table.rows if row[0] in looks]
    panels = [(table.columns.index(name), title, hint) for name, title, hint in _PANELS
              if any(finite(row[table.columns.index(name)].value) is not None for row in rows)]
    if not panels:
        return None
    with styled_figure(PAGE_INCHES, 1.15 + 0.3 * len(rows)) as figure:
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axis, (column, title, hint) in zip(axes, panels, strict=True):
            for y, row in enumerate(rows):
                _draw_row(axis, y, row[column], looks[row[0]])
            for place in _real_places(table, column):
                axis.axvline(place, color=REAL_COLOUR, linewidth=2.2, zorder=0.5)
            axis.set_title(title, fontsize=10, loc='left')
            axis.set_xlabel(hint, fontsize=SMALL_POINTS + 0.5)
            axis.locator_params(axis='x', nbins=4)
            axis.tick_params(axis='y', length=0)
            axis.margins(x=0.12)
            add_grid(axis, 'x')
        axes[0].set_yticks(range(len(rows)), [wrapped(row[0], 24) for row in rows])
        axes[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _draw_row(axis, y, estimate, look):
    if finite(estimate.value) is None:
        return
    if finite(estimate.low) is not None:
        axis.plot([estimate.low, estimate.high], [y, y], color=look.colour, linewidth=2)
    axis.plot(estimate.value, y, look.marker, color=look.colour, markersize=7)


def _real_places(table, column):
    """Returns where the grey lines of a column are: of held-out melodies, or the mean floor."""
    if table.columns[column] == 'states told apart':
        floors = [row[table.columns.index('floor')] for row in table.rows]
        floors = [each for each in floors if finite(each) is not None]
        return [sum(floors) / len(floors)] if floors else []
    return [row[column].value for row in table.rows
            if row[0] == REAL and row[column] and finite(row[column].value) is not None]
