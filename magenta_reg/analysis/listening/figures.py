"""The figure of listeners' preferences."""

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.report.style import REAL_LOOK, add_grid, looks_of, styled_figure


def draw_strengths(preference, groups):
    """Draws the strengths of a Preference with their intervals, the strongest at the top."""
    looks = {**looks_of(groups), REAL: REAL_LOOK}
    found = sorted(preference.strengths.items(), key=lambda item: item[1].value)
    with styled_figure(7.0, 0.5 * len(found) + 1.0) as figure:
        axis = figure.subplots()
        for y, (player, each) in enumerate(found):
            look = looks[player]
            axis.plot([each.low, each.high], [y, y], color=look.colour)
            axis.plot(each.value, y, look.marker, color=look.colour, markersize=8,
                      markeredgewidth=2)
        axis.axvline(0, color='#333333', linewidth=0.9, zorder=0)
        axis.set_yticks(range(len(found)), [looks[player].name for player, _ in found])
        axis.set_ylim(-0.6, len(found) - 0.4)
        axis.set_xlabel('strength, log odds  \N{RIGHTWARDS ARROW}  more often preferred')
        add_grid(axis, 'x')
    return figure
