"""Figures of errors against an oracle: against position, and likelihoods over temperatures."""

import numpy as np

from magenta_reg.analysis.oracle.estimates import (
    GENERATED_NLL,
    ORACLE_NLL,
    against_position,
    edges_of,
    over_temperatures,
)
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    REAL_COLOUR,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.statistics.position_means import bin_centres


def draw_errors(errors, groups, seed):
    """Draws the error after own (solid) and true events (dashed), and below their ratio.

    Args:
        errors: dict of group label to list of OracleErrors, one a seed.
        groups: list of Group.
        seed: int.
    """
    looks = looks_of(groups)
    with styled_figure(BESIDE_INCHES, 6.6) as figure:
        above, below = figure.subplots(2, sharex=True)
        for label, runs in errors.items():
            centres = runs[0].primer_steps + bin_centres(edges_of(runs[0]))
            true, own, ratio = against_position(runs, seed)
            draw_band(above, centres, own, looks[label], label=looks[label].name)
            above.plot(centres, true.value, '--', color=looks[label].colour)
            draw_band(below, centres, ratio, looks[label])
        above.plot([], [], 'k-', label='after own events')
        above.plot([], [], 'k--', label='after true events')
        above.set(ylabel='error, KL from the oracle,\nnats per event', ylim=(0, None))
        below.axhline(1, color='#555555', linewidth=0.8)
        below.set(ylabel='ratio,\nown / true', xlabel='position in the melody, sixteenths')
        for axis in (above, below):
            add_grid(axis)
        figure.legend(*above.get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def draw_temperatures(errors, groups, seed):
    """Draws both likelihoods, one against the other, a line a group with a mark a temperature."""
    looks = looks_of(groups)
    with styled_figure(BESIDE_INCHES, 5.2) as figure:
        axis = figure.subplots()
        for label, runs in errors.items():
            _draw_curve(axis, runs, looks[label], seed)
        floor = np.mean([run.floor_nll for runs in errors.values() for run in runs])
        axis.plot(floor, floor, '*', color=REAL_COLOUR, markersize=14, label='the oracle itself')
        axis.set(xlabel=f'{ORACLE_NLL}, nats per event',
                 ylabel=wrapped(f'{GENERATED_NLL}, nats per event', 30))
        add_grid(axis, 'both')
        figure.legend(*axis.get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def _draw_curve(axis, runs, look, seed):
    generated, oracle = over_temperatures(runs, seed)
    ends = [np.abs([each.value - each.low, each.high - each.value])
            for each in (oracle, generated)]
    axis.errorbar(oracle.value, generated.value, ends[1], ends[0], color=look.colour,
                  marker=look.marker, markersize=4, elinewidth=0.7, label=look.name)
    temperatures = runs[0].temperatures
    one = temperatures.index(1.0)
    axis.plot(oracle.value[one], generated.value[one], look.marker, color=look.colour,
              markersize=9)
    for index in (0, -1):
        axis.annotate(f'{temperatures[index]:g}', (oracle.value[index], generated.value[index]),
                      xytext=(5, 5), textcoords='offset points', fontsize=10, color=look.colour)
