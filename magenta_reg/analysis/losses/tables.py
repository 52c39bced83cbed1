"""Tables of the losses: what the curves of training come to, and what held-out melodies say.

A table is of one checkpoint, the report's own or the other one.
"""

import numpy as np

from magenta_reg.analysis.losses.curves import epochs, losses_at
from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.report.tables import range_text
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import CONFIG_KEYS, Run

_RUN_COLUMNS = ['run', 'seed', 'update', 'epoch', 'evaluation loss', 'training loss', 'gap']
_GROUP_COLUMNS = ['method', 'seeds', *_RUN_COLUMNS[2:]]
_SAMPLES = {'held_out': 'held out', 'training': 'training melodies'}


def run_rows(comparison, groups, curves, steps):
    """Returns what the LossCurves of each group's runs come to at a checkpoint.

    Args:
        steps: dict of run label to int, the checkpoint's update.

    Returns:
        dict of group label to list of dict of column to value, one a seed that was evaluated.
    """
    found = {group.label: [] for group in groups}
    for group, each in zip(groups, curves, strict=True):
        for run, (evaluation, gap) in zip(group.runs, each.of_runs, strict=True):
            losses = losses_at(steps[run.label], evaluation, gap)
            if losses:
                values = {'run': run.label, 'seed': int(run.model.seed),
                          'epoch': _epochs(comparison, group, run, losses['update']), **losses}
                found[group.label].append({column: values[column] for column in _RUN_COLUMNS})
    return found


def _epochs(comparison, group, run, step):
    """Returns the epochs of a run up to a step, or None without the melodies of its training."""
    if not comparison.training or group.training_data != comparison.training.sha256:
        return None
    hparams = read_yaml(Run(run.run_dir).config_path, CONFIG_KEYS).get('hparams') or {}
    if 'batch_size' not in hparams:
        return None
    return epochs(step, len(comparison.training.events), hparams['batch_size'])


def curve_table(rows, groups):
    """Returns a list of the Table of `run_rows`, a row a group; empty if none was evaluated."""
    evaluated = [group for group in groups if rows[group.label]]
    shown = [[group.label, group.n_seeds, _range(rows[group.label], 'update', ',d'),
              _range(rows[group.label], 'epoch', '.1f'),
              *(_mean(rows[group.label], column) for column in _GROUP_COLUMNS[4:])]
             for group in evaluated]
    return [report_table('losses', 'losses', _GROUP_COLUMNS, shown)] if shown else []


def run_table(rows, name):
    """Returns a list of the Table of `run_rows`, a row a run, that is a file only; or of none."""
    shown = [list(row.values()) for own in rows.values() for row in own]
    return [file_table(name, _RUN_COLUMNS, shown)] if shown else []


def sample_table(measured, groups, seed, name):
    """Returns the Table of losses of held-out and training melodies, of `cached_losses`."""
    rows = [[group.label, group.n_seeds, *(each.mean(group.label, seed)
                                           for each in measured.values())] for group in groups]
    samples = ' '.join(
        f'{_SAMPLES[key].capitalize()}: {len(sample.melodies):,} of {sample.num_usable:,} melodies '
        f'of two events or more, {sample.num_events.sum():,} events.'
        for key, each in measured.items() for sample in [each.sample])
    return report_table('losses', name,
                        ['method', 'seeds', *(f'{_SAMPLES[key]} [95%]' for key in measured)], rows,
                        samples=samples)


def _mean(rows, column):
    values = [row[column] for row in rows]
    return None if None in values else float(np.mean(values))


def _range(rows, column, form):
    values = [row[column] for row in rows]
    return None if None in values else range_text(values, form)
