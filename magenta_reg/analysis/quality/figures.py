"""The figure of quality against variety."""

import numpy as np

from magenta_reg.analysis.quality.curves import over_temperatures
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    REAL_COLOUR,
    add_grid,
    styled_figure,
    wrapped,
)


def draw_temperatures(curves, looks, seed, names):
    """Draws both likelihoods, one against the other, a line a group with a mark a temperature.

    Args:
        curves: dict of group label to list of TemperatureCurve, one a seed.
        looks: dict of label to Look.
        seed: int.
        names: what x, y and the star are: str, nats per event; str, the same; str.
    """
    x_name, y_name, star = names
    with styled_figure(BESIDE_INCHES, 5.2) as figure:
        axis = figure.subplots()
        for label, own in curves.items():
            _draw_curve(axis, own, looks[label], seed)
        floor = np.mean([curve.judged_nll for own in curves.values() for curve in own])
        axis.plot(floor, floor, '*', color=REAL_COLOUR, markersize=14, label=star)
        axis.set(xlabel=f'{x_name}, nats per event',
                 ylabel=wrapped(f'{y_name}, nats per event', 30))
        add_grid(axis, 'both')
        figure.legend(*axis.get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def _draw_curve(axis, curves, look, seed):
    generated, real = over_temperatures(curves, seed)
    ends = [np.abs([each.value - each.low, each.high - each.value]) for each in (real, generated)]
    axis.errorbar(real.value, generated.value, ends[1], ends[0], color=look.colour,
                  marker=look.marker, markersize=4, elinewidth=0.7,
                  ecolor=(look.colour, 0.35), label=look.name)
    temperatures = curves[0].temperatures
    one = temperatures.index(1.0)
    axis.plot(real.value[one], generated.value[one], look.marker, color=look.colour, markersize=9)
    for index in (0, -1):
        axis.annotate(f'{temperatures[index]:g}', (real.value[index], generated.value[index]),
                      xytext=(5, 5), textcoords='offset points', fontsize=10, color=look.colour)
