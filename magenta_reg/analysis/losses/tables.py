"""Tables of the losses: what the curves of training come to, and what held-out melodies say."""

import numpy as np

from magenta_reg.analysis.losses.curves import epochs
from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.statistics.estimate import finite
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import CONFIG_KEYS, Run

_RUN_COLUMNS = ['run', 'seed', 'best update', 'best epoch', 'last update',
                'evaluation loss at best', 'evaluation loss at last', 'training loss at best',
                'training loss at last', 'gap at best', 'gap at last']
_GROUP_COLUMNS = ['method', 'seeds', 'best update', 'best epoch', 'evaluation loss at best',
                  'evaluation loss at last', 'training loss at last', 'gap at best', 'gap at last']


def run_rows(comparison, groups, losses):
    """Returns what the LossCurves of each group's runs come to.

    A dict of group label to list of dict of column to value, one a seed that was evaluated.
    """
    found = {group.label: [] for group in groups}
    for group, each in zip(groups, losses, strict=True):
        for run, summary in zip(group.runs, each.summaries, strict=True):
            if summary:
                epoch = finite(_epochs(comparison, group, run, summary['best update']))
                values = {'run': run.label, 'seed': int(run.model.seed), 'best epoch': epoch,
                          **summary}
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


def curve_tables(rows, groups):
    """Returns the Tables of `run_rows`: a short one a group, and one a run that is a file only."""
    evaluated = [group for group in groups if rows[group.label]]
    if not evaluated:
        return []
    shown = [[group.label, group.n_seeds, _range(rows[group.label], 'best update', ',d'),
              _range(rows[group.label], 'best epoch', '.1f'),
              *(_mean(rows[group.label], column) for column in _GROUP_COLUMNS[4:])]
             for group in evaluated]
    return [report_table('losses', 'losses', _GROUP_COLUMNS, shown),
            file_table('loss_runs', _RUN_COLUMNS, [
                list(row.values()) for group in evaluated for row in rows[group.label]])]


def held_out_table(measured, groups, seed):
    """Returns the Table of losses of held-out and training melodies, of `cached_losses`."""
    shown = {'held_out_best': 'held out, best checkpoint [95%]',
             'held_out_last': 'held out, last checkpoint [95%]',
             'training': 'training melodies, last checkpoint [95%]'}
    rows = [[group.label, group.n_seeds, *(each.mean(group.label, seed)
                                           for each in measured.values())] for group in groups]
    samples = ' '.join(
        f'{title}: {len(sample.melodies):,} of {sample.num_usable:,} melodies of two events or '
        f'more, {sample.num_events.sum():,} events.'
        for name, title in (('held_out_last', 'Held out'), ('training', 'Training'))
        if name in measured for sample in [measured[name].sample])
    return report_table('losses', 'held_out_losses',
                        ['method', 'seeds', *(shown[name] for name in measured)], rows,
                        samples=samples)


def _mean(rows, column):
    values = [row[column] for row in rows]
    return None if None in values else float(np.mean(values))


def _range(rows, column, form):
    values = [row[column] for row in rows]
    if None in values:
        return None
    ends = dict.fromkeys(format(end, form) for end in (min(values), max(values)))
    return ' \N{EN DASH} '.join(ends)
