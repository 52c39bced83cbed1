"""The runs of a study: their names, their settings, and what the search chooses."""

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import write_json
from magenta_reg.study.datasets import Cell, cells
from magenta_reg.study.file import read_study
from magenta_reg.study.plan import (
    choose_settings,
    describe_trials,
    plan_final_runs,
    plan_judges,
    plan_trials,
)
from magenta_reg.study.tasks import FINISHED, write_failure
from tests.study.conftest import TINY

RATES = [0.001, 0.01, 0.1]


@pytest.fixture
def study(write_study):
    """Two experiments, three rates each, two encodings, two shares."""
    return read_study(write_study(
        data={'input': 'folk', 'training_share': [0.1, 1]}, configs=['basic_rnn', 'mono_rnn'],
        experiments={'a': {'hparams': TINY}, 'b': {'hparams': {**TINY, 'clip_norm': 1.0}}},
        judge={'experiment': 'a'}, search_seeds=[0, 1], seeds=[2, 3, 4], search_steps=2,
        grid={name: {'learning_rate': RATES} for name in 'ab'}))


@pytest.fixture
def data(study):
    return {cell: {part: f'{part} of {cell.name}' for part in ('training', 'judge', 'eval')}
            for cell in cells(study)}


def test_every_combination_has_a_run_and_a_folder_of_its_own(study, data):
    trials, judges = plan_trials(study, data), plan_judges(study, data)
    finals = plan_final_runs(study, data, {
        (cell, name): {'learning_rate': 0.5} for cell in data for name in 'ab'})
    assert (len(trials), len(judges), len(finals)) == (4 * 2 * 3 * 2, 4, 4 * 2 * 3)
    tasks = [*[trial.task for trial in trials], *judges, *finals]
    assert len({task.name for task in tasks}) == len(tasks)
    assert 'trials/basic_rnn/share_0.1/a_learning_rate=0.001_seed1' in [
        task.name for task in tasks]
    assert finals[-1].name == 'runs/mono_rnn/b_seed4'
    assert finals[-1].training_file == 'dataset/mono_rnn/training_melodies.tfrecord'
    assert finals[0].data == {'train': 'training of basic_rnn/share_0.1',
                              'eval': 'eval of basic_rnn/share_0.1'}
    assert {task.data['train'].split()[0] for task in judges} == {'judge'}
    assert {task.experiment['hparams']['learning_rate'] for task in finals} == {0.5}
    assert {trial.task.schedule['num_training_steps'] for trial in trials} == {2}
    assert {task.schedule['num_training_steps'] for task in finals} == {3}


def finish(folder, trials, losses):
    """Writes what finished trials leave: `losses` is dict of (rate, seed) to loss or an error."""
    for trial in trials:
        value = losses[trial.settings['learning_rate'], trial.seed]
        (folder / trial.task.name).mkdir(parents=True)
        if isinstance(value, str):
            for _ in range(2):
                write_failure(folder, trial.task, value)
        else:
            write_json(folder / trial.task.name / FINISHED, {
                'task': trial.task._asdict(), 'loss': value, 'best_step': 2})


def test_the_settings_of_the_lowest_mean_loss_are_chosen_and_failures_are_not(
        study, data, tmp_path):
    trials = plan_trials(study, data)
    losses = {(0.001, 0): 1.0, (0.001, 1): 1.9, (0.01, 0): 1.4, (0.01, 1): 1.4,
              (0.1, 0): 0.1, (0.1, 1): 'the loss is nan'}
    finish(tmp_path, trials, losses)
    chosen = choose_settings(study, data, trials, tmp_path)
    assert set(chosen) == {(cell, name) for cell in data for name in 'ab'}
    assert all(settings == {'learning_rate': 0.01} for settings in chosen.values())
    rows = describe_trials(trials, chosen, tmp_path)
    found = {(row['settings']['learning_rate'], row['seed']): row for row in rows
             if (row['config'], row['share'], row['experiment']) == ('mono_rnn', 0.1, 'b')}
    assert {key: row['loss'] if row['error'] is None else row['error']
            for key, row in found.items()} == losses
    assert {key for key, row in found.items() if row['chosen']} == {(0.01, 0), (0.01, 1)}


def test_an_experiment_whose_trials_all_failed_has_no_final_runs(study, data, tmp_path):
    trials = plan_trials(study, data)
    finish(tmp_path, [trial for trial in trials if trial.experiment == 'a'],
           {(rate, seed): 'out of memory' for rate in RATES for seed in (0, 1)})
    finish(tmp_path, [trial for trial in trials if trial.experiment == 'b'],
           {(rate, seed): rate for rate in RATES for seed in (0, 1)})
    chosen = choose_settings(study, data, trials, tmp_path)
    assert {chosen[cell, 'a'] for cell in data} == {None}
    assert {task.experiment['name'] for task in plan_final_runs(study, data, chosen)} == {'b'}


def test_final_runs_wait_for_the_trials(study, data, tmp_path):
    trials = plan_trials(study, data)
    finish(tmp_path, trials[:-1], {(rate, seed): 1.0 for rate in RATES for seed in (0, 1)})
    with pytest.raises(UserError, match=f'{trials[-1].task.name} is not finished'):
        choose_settings(study, data, trials, tmp_path)


def test_without_a_grid_there_are_no_trials_and_all_settings_are_the_files(write_study, tmp_path):
    study = read_study(write_study())
    data = {Cell('basic_rnn', 1.0): {'training': '', 'judge': '', 'eval': ''}}
    assert plan_trials(study, data) == []
    assert choose_settings(study, data, [], tmp_path) == {(Cell('basic_rnn', 1.0), 'small'): {}}


def test_two_values_of_a_grid_that_are_one_folder_are_refused(write_study):
    study = read_study(write_study(grid={'small': {'clip_norm': [1.0, 1.0]}}))
    with pytest.raises(UserError, match='two trials have the folder'):
        plan_trials(study, {Cell('basic_rnn', 1.0): {'training': '', 'judge': '', 'eval': ''}})
