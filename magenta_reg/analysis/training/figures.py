"""What the methods did while training: how much was sampled, and how the discriminator fared."""

from typing import NamedTuple

from magenta_reg.analysis.comparison.curves import read_curve, smooth
from magenta_reg.analysis.report.style import add_grid, looks_of, styled_figure, wrapped


class Panel(NamedTuple):
    """One panel: a figure of training against updates.

    Attributes:
        columns: dict of a column of metrics.csv to its line style.
        label: str, of the axis.
        is_smoothed: bool; a schedule is drawn as it is, what a batch decides as running means.
    """

    columns: dict
    label: str
    is_smoothed: bool


PANELS = [
    Panel({'sampling_probability': '-'}, "share of the model's own events", False),
    Panel({'discriminator_accuracy': '-'}, "discriminator's accuracy", True),
    Panel({'generator_gate': '-', 'discriminator_gate': ':'},
          'share of updates with an open gate', True),
]


def draw_methods(groups):
    """Draws a panel for each of PANELS that a run has figures for, a line a run.

    Args:
        groups: list of Group.

    Returns:
        Figure, or None if no run has any.
    """
    drawn = [(panel, lines) for panel in PANELS if (lines := _lines(groups, panel))]
    if not drawn:
        return None
    with styled_figure(6.0, 2.9 * len(drawn)) as figure:
        for axis, (panel, lines) in zip(figure.subplots(len(drawn), squeeze=False)[:, 0], drawn,
                                        strict=True):
            for line in lines:
                axis.plot(*line.points, line.style, color=line.colour, label=line.label,
                          linewidth=1.2)
            axis.set(ylim=(-0.04, 1.04), ylabel=wrapped(panel.label))
            add_grid(axis)
            axis.legend(loc='upper left', bbox_to_anchor=(0.0, -0.12), ncols=2, fontsize=10)
        axis.set_xlabel('updates', loc='right')
    return figure


class _Line(NamedTuple):
    """One line of a panel, ready to draw; the legend names a group's first one."""

    points: tuple
    style: str
    colour: str
    label: str | None


def _lines(groups, panel):
    """Returns the lines of a panel, one a run and column that has points."""
    looks, lines = looks_of(groups), []
    for group in groups:
        for column, style in panel.columns.items():
            suffix = f': {column}' if len(panel.columns) > 1 else ''
            label = wrapped(group.label + suffix)
            for run in group.runs:
                curve = read_curve(run.run_dir, 'train', column)
                if len(curve.steps):
                    lines.append(_Line(tuple(smooth(curve) if panel.is_smoothed else curve),
                                       style, looks[group.label].colour, label))
                    label = None
    return lines
