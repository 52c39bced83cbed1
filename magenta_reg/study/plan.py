"""The runs of a study as tasks: trials, judges, and final runs at the chosen settings."""

import re
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.study.datasets import Cell
from magenta_reg.study.tasks import Task, is_given_up, read_failure, read_finished

# Who chooses by the evaluation loss needs no more than that.
_LOSS_ONLY = {'free_running_melodies': 0, 'train_loss_melodies': 0, 'num_checkpoints': 2}


class Trial(NamedTuple):
    """One try of the search."""

    cell: Cell
    experiment: str
    settings: dict  # Of hparam to value.
    seed: int
    task: Task


def plan_trials(study, data):
    """Returns the list of Trials, none where no experiment has more than one.

    `data` is what `make_datasets` returns.
    """
    if not study.has_search:
        return []
    trials = [
        Trial(cell, name, settings, seed, _task(
            study, 'trials', cell, data, study.experiment(name, cell.config, seed, settings),
            ''.join(f'_{_plain(key)}={_plain(value)}' for key, value in settings.items()),
            {'num_training_steps': study.search_steps, **_LOSS_ONLY}))
        for cell in data for name in study.experiments for settings in study.trials(name)
        for seed in study.search_seeds]
    _check_names([trial.task for trial in trials])
    return trials


def plan_judges(study, data):
    """Returns the list of Tasks of the judges, one a seed in each Cell."""
    if not study.judge:
        return []
    return [_task(study, 'judges', cell, data, study.judge_experiment(cell.config, seed),
                  '', _LOSS_ONLY, part='judge') for cell in data for seed in study.judge['seeds']]


def plan_final_runs(study, data, chosen):
    """Returns the list of Tasks of the final runs, seed by seed.

    `chosen` is what `choose_settings` returns; without settings an experiment has no final runs.
    """
    # Every evaluation leaves a checkpoint: for comparisons at equal updates and equal seconds.
    schedule = {'num_checkpoints': 0, 'save_checkpoints_steps': study.eval_every,
                'save_checkpoints_secs': 600.0}
    return [_task(study, 'runs', cell, data,
                  study.experiment(name, cell.config, seed, chosen[cell, name]),
                  '', schedule, study.generate)
            for cell in data for seed in study.seeds for name in study.experiments
            if chosen[cell, name] is not None]


def choose_settings(study, data, trials, folder):
    """Returns the settings of the lowest validation loss, the mean over the search's seeds.

    Returns:
        dict of (Cell, experiment) to dict of hparam to value, or None where all trials failed.

    Raises:
        UserError: If a trial has neither ended nor failed.
    """
    chosen = {}
    for cell in data:
        for name in study.experiments:
            own = [trial for trial in trials if (trial.cell, trial.experiment) == (cell, name)]
            found = [(_mean_loss(folder, own, settings), settings)
                     for settings in study.trials(name)] if own else [(0.0, {})]
            loss, settings = min(found, key=lambda pair: pair[0])
            chosen[cell, name] = settings if loss < float('inf') else None
    return chosen


def _mean_loss(folder, trials, settings):
    """Returns the mean over seeds of a setting's losses, infinity if one of them failed."""
    losses = []
    for trial in trials:
        if trial.settings == settings:
            finished = read_finished(folder, trial.task)
            if not finished and not is_given_up(folder, trial.task):
                raise UserError(f'the trial {trial.task.name} is not finished: the final runs wait '
                                'for the trials')
            losses.append(finished['loss'] if finished else float('inf'))
    return sum(losses) / len(losses)


def describe_trials(trials, chosen, folder):
    """Returns the trials as protocol.json holds them: list of dict."""
    rows = []
    for trial in trials:
        finished = read_finished(folder, trial.task) or {}
        rows.append({
            'config': trial.cell.config, 'experiment': trial.experiment,
            'share': trial.cell.share, 'settings': trial.settings, 'seed': trial.seed,
            'steps': trial.task.schedule['num_training_steps'], 'loss': finished.get('loss'),
            'best_step': finished.get('best_step'),
            'error': read_failure(folder, trial.task)[1],
            'chosen': chosen[trial.cell, trial.experiment] == trial.settings,
            'run_dir': trial.task.name})
    return rows


def _task(study, kind, cell, data, experiment, suffix, schedule, generate=None, part='training'):
    """Returns a Task; `schedule` goes over what all runs of the study have in common."""
    return Task(
        f'{kind}/{cell.name}/{_plain(experiment.name)}{suffix}_seed{experiment.seed}',
        experiment.to_dict(), cell.file(part), cell.file('eval'),
        {'train': data[cell][part], 'eval': data[cell]['eval']},
        {'num_training_steps': study.num_training_steps, 'eval_every': study.eval_every,
         'early_stopping_patience': study.early_stopping_patience, **schedule}, generate)


def _plain(value):
    """Returns a value's text as a part of a file's name."""
    return re.sub(r'[^\w.+-]+', '-', printable(value)).strip('-')


def _check_names(tasks):
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f'two trials have the folder {name}: a value is twice in the grid')
