"""What all figures share: one style, one colour a method, readable in print at a width of 10 cm.

matplotlib's state is left alone.
"""

import io
import textwrap
from contextlib import contextmanager

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
