"""What all figures share: one style, a colour a method, a marker a group, readable in print."""

import io
import re
import textwrap
from contextlib import contextmanager
from typing import NamedTuple

from magenta_reg.analysis.comparison.held_out import REAL

# Okabe & Ito 2008: told apart with every form of colour blindness.
_METHOD_COLOURS = {
    'baseline': '#0072B2', 'dropout': '#E69F00', 'scheduled_sampling': '#009E73',
    'professor_forcing': '#D55E00'}
REAL_COLOUR = '#8C8C8C'
_OTHER_COLOURS = ['#CC79A7', '#56B4E9', '#000000', '#F0E442']
_MARKERS = 'osD^vP*X'
_DASHES = ['-', '--', '-.', ':']
# The page shows a figure at 96 pixels an inch. This is its column on a screen of 1280 pixels.
PAGE_INCHES = 10.2
# The widest figure that has its text beside it there.
BESIDE_INCHES = 6.6
# 12 pixels: no text of a figure is smaller.
SMALL_POINTS = 9
PNG_DPI = 150
_STYLE = {
    'font.size': 11, 'axes.titlesize': 11, 'legend.fontsize': 10, 'axes.spines.top': False,
    'axes.spines.right': False, 'axes.edgecolor': '#555555', 'axes.linewidth': 0.8,
    'legend.frameon': False, 'lines.linewidth': 1.6, 'figure.dpi': PNG_DPI, 'savefig.dpi': PNG_DPI,
    'figure.constrained_layout.use': True}


def display(label):
    """Returns a label as people read it: of a SHA-256 the first digits."""
    return re.sub(r'\b([0-9a-f]{8})[0-9a-f]{56}\b', r'\1', label).replace('_', ' ')


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


def image_of(figure, kind):
    """Returns a figure as bytes of 'png' or 'svg', without a date in it."""
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({'svg.hashsalt': 'magenta_reg', 'svg.fonttype': 'none'}):
        figure.savefig(buffer, format=kind, metadata={'Date': None} if kind == 'svg' else None)
    return buffer.getvalue()


class Look(NamedTuple):
    """How a group is drawn: colour and marker, and its label in lines that fit a legend."""

    colour: str
    marker: str
    name: str
    dash: str = '-'


REAL_LOOK = Look(REAL_COLOUR, 'x', REAL)


def looks_of(groups):
    """Returns dict of label to Look; the four methods always have the same colour.

    Args:
        groups: list of Group, or of anything with label and method.
    """
    others = sorted({group.method for group in groups} - set(_METHOD_COLOURS))
    colours = _METHOD_COLOURS | {method: _OTHER_COLOURS[index % len(_OTHER_COLOURS)]
                                 for index, method in enumerate(others)}
    return {group.label: Look(colours[group.method], _MARKERS[index % len(_MARKERS)],
                              wrapped(group.label), _DASHES[index % len(_DASHES)])
            for index, group in enumerate(groups)}


def add_grid(axis, direction='y'):
    """Draws a light grid behind everything, in the direction 'x', 'y' or 'both'."""
    axis.grid(axis=direction, color='#E5E5E5', linewidth=0.8)
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


def legend_of(axis):
    """Returns handles and labels of an axis, each label once."""
    handles, labels = axis.get_legend_handles_labels()
    found = dict(zip(reversed(labels), reversed(handles), strict=True))
    labels = list(dict.fromkeys(labels))
    return [found[label] for label in labels], labels
