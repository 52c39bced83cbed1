"""How much each method helps with how much music: held-out loss against the training share."""

import csv
import io

from magenta_reg.analysis.comparison.runs import Group
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    add_grid,
    image_of,
    looks_of,
    styled_figure,
)
from magenta_reg.base.files import replace_text, replacing

NAME = 'dose_response'
COLUMNS = ['config', 'training_share', 'method', 'seeds', 'held_out_loss', 'low', 'high']


def write_dose_response(folder, reports):
    """Writes a table and a figure of the held-out losses of reports of several shares.

    Args:
        folder: Path.
        reports: list of (share, content of results.json).

    Returns:
        list of Path, of what was written; empty if there is one share only.
    """
    if len({share for share, _ in reports}) < 2:
        return []
    rows = [row for share, numbers in reports for row in _rows(share, numbers)]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    paths = [folder / f'{NAME}.{end}' for end in ('csv', 'png')]
    replace_text(paths[0], text.getvalue())
    with replacing(paths[1]) as temporary:
        temporary.write_bytes(image_of(_draw(rows), 'png'))
    return paths


def _rows(share, numbers):
    losses = numbers['sections'].get('losses', {}).get('groups', {})
    for group in numbers['groups']:
        found = losses.get(group['label'], {}).get('held_out') or {}
        if found.get('value') is not None:
            yield {'config': group['config'], 'training_share': share, 'method': group['method'],
                   'seeds': len(group['seeds']), 'held_out_loss': found['value'],
                   'low': found.get('low'), 'high': found.get('high')}


def _draw(rows):
    """Draws a panel an encoding, a line a method, over a logarithmic axis of shares."""
    configs = list(dict.fromkeys(row['config'] for row in rows))
    methods = list(dict.fromkeys(row['method'] for row in rows))
    looks = looks_of([Group(method, method, '', [], [], '', {}) for method in methods])
    with styled_figure(BESIDE_INCHES, 3.6 + 0.6 * len(configs)) as figure:
        axes = figure.subplots(1, len(configs), sharey=True, squeeze=False)[0]
        for axis, config in zip(axes, configs, strict=True):
            for method in methods:
                own = sorted((row for row in rows if (row['config'], row['method'])
                              == (config, method)), key=lambda row: row['training_share'])
                look = looks[method]
                x, y = ([row[name] for row in own] for name in ('training_share', 'held_out_loss'))
                axis.plot(x, y, look.dash, color=look.colour, marker=look.marker, label=look.name)
                if all(row['low'] is not None for row in own):
                    axis.fill_between(x, [row['low'] for row in own], [row['high'] for row in own],
                                      color=look.colour, alpha=0.18, linewidth=0)
            axis.set(xscale='log', xlabel='share of the training set',
                     title=config if len(configs) > 1 else '')
            axis.set_xticks(sorted({row['training_share'] for row in rows}))
            axis.xaxis.set_major_formatter(lambda value, _: f'{value:g}')
            axis.xaxis.set_minor_locator(_no_ticks())
            add_grid(axis)
        axes[0].set_ylabel('held-out loss, nats per event')
        figure.legend(*axes[0].get_legend_handles_labels(), loc='outside lower center', ncols=3)
    return figure


def _no_ticks():
    from matplotlib.ticker import NullLocator

    return NullLocator()
