"""What the methods did while training: how much was sampled, and how the discriminator did."""

from magenta_reg.analysis.comparison.curves import read_curve, smooth
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    add_grid,
    looks_of,
    styled_figure,
    wrapped,
)

# Label of each panel's axis, names and line styles of its columns of metrics.csv, and whether
# running means are drawn: of what a batch decides, not of a schedule.
_PANELS = [
    ("share of the model's own events", {'sampling_probability': ('', '-')}, False),
    ("discriminator's accuracy",
     {'discriminator_accuracy': ('training melodies', '-'),
      'discriminator_accuracy_held_out': ('held-out melodies', ':')}, True),
    ('share of updates with an open gate',
     {'generator_gate': ('the network', '-'), 'discriminator_gate': ('the discriminator', ':')},
     True),
]


def draw_methods(groups):
    """Draws the panels that a run of the Groups has metrics for, a line a run; None if none has."""
    panels = [(label, _lines(groups, *panel)) for label, *panel in _PANELS]
    panels = [(label, lines) for label, lines in panels if lines]
    if not panels:
        return None
    with styled_figure(BESIDE_INCHES, 2.9 * len(panels)) as figure:
        axes = figure.subplots(len(panels), squeeze=False, sharex=True)[:, 0]
        for axis, (label, lines) in zip(axes, panels, strict=True):
            for curve, look in lines:
                axis.plot(*curve, linewidth=1.2, **look)
            axis.set(ylim=(-0.04, 1.04), ylabel=wrapped(label))
            add_grid(axis)
            axis.legend(loc='upper left', bbox_to_anchor=(0.0, -0.12 if axis is axes[-1] else 0.0),
                        ncols=2)
        axes[-1].set_xlabel('updates', loc='right')
    return figure


def _lines(groups, styles, is_smoothed):
    """Returns the Curve and look of each run and column that has points.

    The legend names a group's first line.
    """
    looks, lines = looks_of(groups), []
    for group in groups:
        for column, (of, style) in styles.items():
            name = wrapped(group.label + (f', {of}' if of else ''))
            split = 'eval' if column.endswith('_held_out') else 'train'
            curves = [read_curve(run.run_dir, split, column) for run in group.runs]
            curves = [smooth(curve) if is_smoothed else curve for curve in curves
                      if len(curve.steps)]
            lines += [(curve, {'color': looks[group.label].colour, 'linestyle': style,
                               'label': None if index else name})
                      for index, curve in enumerate(curves)]
    return lines
