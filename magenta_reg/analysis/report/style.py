"""What all figures share: one style, one colour a method, readable in print at a width of 10 cm.

matplotlib's state is left alone.

How groups look in figures: a colour a method, a marker and a dash a group.
"""

import io
import textwrap
from contextlib import contextmanager
from typing import NamedTuple

# Okabe & Ito 2008: told apart with every form of colour blindness.
_METHOD_COLOURS = {
    'baseline': '#0072B2', 'dropout': '#E69F00', 'scheduled_sampling': '#009E73',
    'professor_forcing': '#D55E00'}
_OTHER_COLOURS = ['#CC79A7', '#56B4E9', '#000000', '#F0E442']
_STYLE = {
    'font.size': 11, 'axes.titlesize': 11, 'axes.spines.top': False, 'axes.spines.right': False,
    'axes.edgecolor': '#555555', 'axes.linewidth': 0.8, 'legend.frameon': False,
    'lines.linewidth': 1.6, 'figure.dpi': 150, 'savefig.dpi': 150, 'figure.constrained_layout.use':
    True}


def method_colours(methods):
    """Returns a dict of method to colour: the four methods always have the same.

    Args:
        methods: iterable of str.
    """
    others = sorted(set(methods) - set(_METHOD_COLOURS))
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
    """Returns a figure as bytes of 'svg' or 'pdf', without a date in it."""
    import matplotlib

    buffer = io.BytesIO()
    date = {'svg': 'Date', 'pdf': 'CreationDate'}[kind]
    with matplotlib.rc_context({'svg.hashsalt': 'magenta_reg', 'svg.fonttype': 'none',
                                'pdf.fonttype': 42}):
        figure.savefig(buffer, format=kind, metadata={date: None})
    return buffer.getvalue()


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


def draw_band(axis, x, estimate, look, style='-', label=None, every=1):
    """Draws a line with the band of its interval.

    Args:
        axis: Axes.
        x: float array [points].
        estimate: Estimate of float arrays [points].
        look: Look.
        style: str, a line style.
        label: str, for the legend, or None.
        every: int, markers at every so many points; 0 for none.
    """
    axis.fill_between(x, estimate.low, estimate.high, color=look.colour, alpha=0.18, linewidth=0)
    marker = {'marker': look.marker, 'markersize': 4, 'markevery': every} if every else {}
    axis.plot(x, estimate.value, style, color=look.colour, label=label, **marker)
