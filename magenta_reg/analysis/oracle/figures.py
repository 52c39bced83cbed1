"""The figure of errors against an oracle, against position."""

from magenta_reg.analysis.oracle.estimates import against_position, edges_of
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
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
