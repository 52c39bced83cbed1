"""Tables of the losses: what the curves of training come to, and what held-out melodies say."""

import numpy as np

from magenta_reg.analysis.losses.curves import epochs
from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.statistics.estimate import finite
from magenta_reg.runs.config import read_yaml
from magenta_reg.runs.run import CONFIG_KEYS, Run

CURVES_NOTE = (
    'From the evaluations during training, means over seeds, nats per event; updates and epochs '
    'from the lowest to the highest seed. Best is where the evaluation loss is lowest. The gap is '
    'evaluation minus training loss.')
HELD_OUT_NOTE = (
    'Nats per event of whole melodies, teacher-forced, without dropout; lower is better. Intervals '
    'tell how far a mean may be off with other melodies (and seeds, where there are several).')
_RUN_COLUMNS = ['run', 'seed', 'best update', 'best epoch', 'last update',
                'evaluation loss at best', 'evaluation loss at last', 'training loss at best',
                'training loss at last', 'gap at best', 'gap at last']
_GROUP_COLUMNS = ['method', 'seeds', 'best update', 'best epoch', 'evaluation loss at best',
                  'evaluation loss at last', 'training loss at last', 'gap at best', 'gap at last']


def run_rows(comparison, groups, losses):
    """Returns what the curves of each run come to.

    Args:
        comparison: Comparison.
        groups: list of Group.
        losses: list of GroupLosses, one a group.

    Returns:
        dict of group label to list of dict of column to value, one a seed that was evaluated.
    """
    return {group.label: [_run_row(comparison, group, run, summary) for run, summary in
                          zip(group.runs, each.summaries, strict=True) if summary]
            for group, each in zip(groups, losses, strict=True)}


def _run_row(comparison, group, run, summary):
    training = {end: None if gap is None else loss - gap for end, loss, gap in (
        ('best', summary.best_loss, summary.best_gap),
        ('last', summary.last_loss, summary.last_gap))}
    values = [run.label, int(run.model.seed), summary.best_step,
              finite(_epochs(comparison, group, run, summary.best_step)), summary.last_step,
              *map(finite, (summary.best_loss, summary.last_loss, training['best'],
                            training['last'], summary.best_gap, summary.last_gap))]
    return dict(zip(_RUN_COLUMNS, values, strict=True))


def _epochs(comparison, group, run, step):
    """Returns the epochs that a run had had, or None without the melodies it was trained on."""
    if not comparison.training or group.training_data != comparison.training.sha256:
        return None
    hparams = read_yaml(Run(run.run_dir).config_path, CONFIG_KEYS).get('hparams') or {}
    if 'batch_size' not in hparams:
        return None
    return epochs(step, len(comparison.training.events), hparams['batch_size'])


def curve_tables(rows, groups):
    """Returns the Tables of `run_rows`: a short one a group, and one a run that is a file only.

    Args:
        rows: dict, of `run_rows`.
        groups: list of Group.
    """
    evaluated = [group for group in groups if rows[group.label]]
    if not evaluated:
        return []
    shown = [[group.label, group.n_seeds, _range(rows[group.label], 'best update', ',d'),
              _range(rows[group.label], 'best epoch', '.1f'),
              *(_mean(rows[group.label], column) for column in _GROUP_COLUMNS[4:])]
             for group in evaluated]
    return [Table('losses', 'Losses in training', CURVES_NOTE,
                  _GROUP_COLUMNS, shown),
            Table('loss_runs', 'Losses of each run', '', _RUN_COLUMNS,
                  [list(row.values()) for group in evaluated for row in rows[group.label]],
                  is_shown=False)]


def held_out_table(kept, groups, seed):
    """Returns the Table of losses of held-out and training melodies.

    Args:
        kept: KeptLosses.
        groups: list of Group.
        seed: int, of the intervals.
    """
    sample = kept.last.sample
    columns = ['method', 'seeds', 'held out, best checkpoint [95%]',
               'held out, last checkpoint [95%]']
    rows = [[group.label, group.n_seeds, kept.best.mean(group.label, seed),
             kept.last.mean(group.label, seed)] for group in groups]
    note = (f'{HELD_OUT_NOTE} Held out: {len(sample.melodies):,} of {sample.num_usable:,} melodies '
            f'of two events or more, {sample.num_events.sum():,} events.')
    if kept.training:
        sample = kept.training.sample
        columns.append('training melodies, last checkpoint [95%]')
        rows = [[*row, kept.training.mean(row[0], seed)] for row in rows]
        note += (f' Training: {len(sample.melodies):,} of {sample.num_usable:,}, '
                 f'{sample.num_events.sum():,} events.')
    return Table('held_out_losses', 'Losses of held-out melodies',
                 note, columns, rows)


def _mean(rows, column):
    values = [row[column] for row in rows]
    return None if None in values else float(np.mean(values))


def _range(rows, column, form):
    values = [row[column] for row in rows]
    if None in values:
        return None
    ends = dict.fromkeys(format(end, form) for end in (min(values), max(values)))
    return ' \N{EN DASH} '.join(ends)
