"""How groups look in figures: a colour a method, a marker and a dash a group."""

from typing import NamedTuple

from magenta_reg.analysis.figures import method_colours, wrapped

_MARKERS = 'osD^vP*X'
GRID_COLOUR = '#E5E5E5'
REAL_COLOUR = '#8C8C8C'


class Look(NamedTuple):
    """How a group is drawn.

    Attributes:
        colour: str.
        marker: str.
        name: str, its label in lines that fit a legend.
    """

    colour: str
    marker: str
    name: str


def looks_of(groups):
    """Returns dict of label to Look.

    Args:
        groups: list of Group, or of anything with label and method.
    """
    colours = method_colours(group.method for group in groups)
    return {group.label: Look(colours[group.method], _MARKERS[index % len(_MARKERS)],
                              wrapped(group.label))
            for index, group in enumerate(groups)}


def add_grid(axis, direction='y'):
    """Draws a quiet grid behind everything."""
    axis.grid(axis=direction, color=GRID_COLOUR, linewidth=0.8)
    axis.set_axisbelow(True)


def draw_band(axis, x, mean, low, high, look, style='-', label=None, every=1):
    """Draws a line with the band between low and high.

    Args:
        axis: Axes.
        x: float array [points].
        mean: float array [points].
        low: float array [points].
        high: float array [points].
        look: Look.
        style: str, a line style.
        label: str, for the legend, or None.
        every: int, markers at every so many points; 0 for none.
    """
    axis.fill_between(x, low, high, color=look.colour, alpha=0.18, linewidth=0)
    marker = {'marker': look.marker, 'markersize': 4, 'markevery': every} if every else {}
    axis.plot(x, mean, style, color=look.colour, label=label, **marker)
