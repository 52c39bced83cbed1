"""The figure of calibration: both differences against position."""

from magenta_reg.analysis.report.claims import ENTROPY_GAP, OWN_GAP
from magenta_reg.analysis.report.style import (
    PAGE_INCHES,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
)
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.position_means import bin_centres

_TITLES = {OWN_GAP: 'log-likelihood: own minus held-out melodies',
           ENTROPY_GAP: 'entropy: after own minus after true events'}


def draw_calibration(edges, gaps, margins, groups, seed):
    """Draws a panel for each difference against position; what is within the margin is shaded.

    Args:
        edges, gaps: as `cached_gaps` returns them.
        margins: dict of quantity to float, nats.
        groups: list of Group.
        seed: int.
    """
    looks = looks_of(groups)
    with styled_figure(PAGE_INCHES, 4.4) as figure:
        axes = figure.subplots(1, len(gaps))
        for axis, (quantity, own) in zip(axes, gaps.items(), strict=True):
            axis.axhspan(-margins[quantity], margins[quantity], color='#EAF4EA', zorder=0)
            axis.axhline(0, color='#555555', linewidth=0.8)
            for label, values in own.items():
                draw_band(axis, bin_centres(edges), group_mean(values, seed), looks[label],
                          looks[label].dash, looks[label].name)
            axis.set_title(_TITLES[quantity])
            axis.set_xlabel('position in the melody, sixteenths')
            add_grid(axis)
        axes[0].set_ylabel('nats per event')
        figure.legend(*axes[0].get_legend_handles_labels(), loc='outside lower center', ncols=3)
    return figure
