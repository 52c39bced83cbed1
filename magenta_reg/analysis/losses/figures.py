"""Figures of the losses: curves with bands over seeds, the gap, and Magenta's way."""

import numpy as np

from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
)

_LINES = {'evaluation': '-', 'training': '--', 'magenta': ':', 'gap': '-'}


def draw_loss_curves(losses):
    """Draws training (dashed) and evaluation loss (solid) of LossCurves, and their gap below.

    Bands reach from the lowest to the highest seed. The lower panel is left out where no run has
    an exact training loss.
    """
    has_gap = any(each.gap is not None for each in losses)
    with styled_figure(BESIDE_INCHES, 6.6 if has_gap else 4.4) as figure:
        axes = figure.subplots(2 if has_gap else 1, sharex=True, squeeze=False,
                               height_ratios=[3, 2] if has_gap else [1])[:, 0]
        _draw(axes[0], losses, ['training', 'evaluation'])
        if has_gap:
            axes[0].plot([], [], 'k-', label='evaluation')
            axes[0].plot([], [], 'k--', label='training, same measure')
            _draw(axes[1], losses, ['gap'], is_labelled=False)
            axes[1].axhline(0, color='#555555', linewidth=0.8)
            axes[1].set_ylabel('evaluation - training')
        axes[0].set_ylabel('loss, nats per event')
        _limit(axes[0], losses, ['training', 'evaluation'])
        axes[-1].set_xlabel('updates')
        figure.legend(*axes[0].get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def draw_magentas_way(losses):
    """Draws evaluation of LossCurves without dropout (solid) and with it left on (dotted).

    None is returned if no group has evaluations in Magenta's way.
    """
    shown = [each for each in losses if each.magenta is not None]
    if not shown:
        return None
    with styled_figure(BESIDE_INCHES, 4.2) as figure:
        axes = figure.subplots(1, 2, sharey=True)
        for axis, field, title in zip(axes, ['evaluation', 'magenta'],
                                      ['dropout off', "dropout left on (Magenta's way)"],
                                      strict=True):
            _draw(axis, shown, [field])
            axis.set_title(title)
            axis.set_xlabel('updates')
        axes[0].set_ylabel('evaluation loss, nats per event')
        _limit(axes[0], shown, ['evaluation', 'magenta'])
        figure.legend(*axes[0].get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def _draw(axis, losses, fields, *, is_labelled=True):
    looks = looks_of(losses)
    for each in losses:
        for field in fields:
            curve = getattr(each, field)
            if curve is not None:
                is_named = is_labelled and field == fields[-1]
                draw_band(axis, *curve, looks[each.label],
                          _LINES[field], looks[each.label].name if is_named else None,
                          0 if field == 'training' else max(1, len(curve.points) // 12))
    axis.margins(x=0.02)
    add_grid(axis)


def _limit(axis, losses, fields):
    """Limits an axis to the values after the first tenth of training; what leaves it is named.

    A method that goes astray would press the others into a line: the axis ends half as far again
    from the lowest value as the highest one is when it begins.
    """
    later = {each.label: _later_values(each, fields) for each in losses}
    values = np.concatenate([*later.values(), np.empty([0, 2])])
    if not len(values):
        axis.set_ylim(0, 1)
        return
    lowest, highest = values[:, 0].min(), values[:, 1].max()
    begin = max(first[0, 1] for first in later.values() if len(first))
    top = min(highest, lowest + 1.5 * (begin - lowest))
    margin = 0.06 * ((top - lowest) or 1.0)
    axis.set_ylim(lowest - margin, top + margin)
    looks = looks_of(losses)
    outside = [f'{looks[label].name} to {own[:, 1].max():.1f}' for label, own in later.items()
               if len(own) and own[:, 1].max() > top + margin]
    if outside:
        axis.text(0.99, 0.97, '\n'.join(f'\N{UPWARDS ARROW} {text}' for text in outside),
                  transform=axis.transAxes, ha='right', va='top', fontsize='small')


def _later_values(losses, fields):
    """Returns the finite bands of LossCurves after the first tenth of training: [points, 2]."""
    found = []
    for field in fields:
        curve = getattr(losses, field)
        if curve is not None:
            bands = np.stack([curve.estimate.low, curve.estimate.high], axis=1)
            found.append(bands[curve.points > 0.1 * curve.points.max()])
    bands = np.concatenate([*found, np.empty([0, 2])])
    return bands[np.isfinite(bands).all(axis=1)]
