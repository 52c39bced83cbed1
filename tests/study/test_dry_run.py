"""What a study would cost, from measured updates, and how many runs go side by side."""

import os

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.study import trial
from magenta_reg.study.dry_run import describe
from magenta_reg.study.tasks import Task
from magenta_reg.study.trial import Speed, choose_jobs
from tests.study.conftest import TINY

SCHEDULE = {'num_training_steps': 110, 'eval_every': 50, 'num_checkpoints': 0}


def test_a_run_takes_its_start_its_updates_and_its_evaluations():
    speed = Speed(0.5, 2.0, 7.0, 1000, 10 ** 9)
    assert speed.run_secs(SCHEDULE) == 7 + 110 * 0.5 + 3 * 2, 'the last one is at the end'
    assert speed.run_bytes(SCHEDULE) == (3 + 1) * 1000, 'every evaluation, and the best'
    assert speed.run_bytes({**SCHEDULE, 'num_checkpoints': 2}) == (2 + 1) * 1000


@pytest.fixture
def machine(monkeypatch):
    """A machine of eight cores; `speeds` is what so many copies train together."""
    def make(speeds, free_bytes=1e12):
        asked = []
        monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
        monkeypatch.setattr(trial, '_free_bytes', lambda: free_bytes)
        monkeypatch.setattr(trial, '_together', lambda folder, task, jobs: (
            asked.append(jobs) or speeds[jobs], 1e9))
        return asked
    return make


TASK = Task('runs/one', {'name': 'baseline'}, '', '', {}, {})


@pytest.mark.parametrize(('speeds', 'chosen'), [
    ({1: 2.0, 8: 10.0, 4: 9.0}, 8), ({1: 2.0, 8: 9.0, 4: 10.0, 2: 9.5}, 4),
    ({1: 4.0, 8: 1.0, 4: 2.0, 2: 3.0}, 1)])
def test_the_number_of_jobs_that_trains_most_is_chosen_once(machine, tmp_path, speeds, chosen):
    asked = machine(speeds)
    for _ in range(2):
        jobs, said = choose_jobs(tmp_path, TASK, num_runs=20)
        assert jobs == chosen
        assert f'{chosen} train {speeds[chosen]:.1f}' in said
    assert asked == list(speeds)


@pytest.mark.parametrize(('free_bytes', 'most'), [(1.9e9, 1), (7.9e9, 3), (1e12, 8)])
def test_memory_bounds_the_number_of_jobs(machine, tmp_path, free_bytes, most):
    machine({jobs: float(jobs) for jobs in range(1, 9)}, free_bytes)
    assert choose_jobs(tmp_path, TASK, num_runs=20)[0] == most, 'a run may need twice a gigabyte'


def test_a_dry_run_counts_measures_and_leaves_nothing(write_study, tmp_path):
    path = write_study(seeds=[5, 6], num_training_steps=40, eval_every=20, grid={
        'small': {'learning_rate': [0.01, 0.02]}}, experiments={'small': {'hparams': TINY}})
    lines = describe(path, tmp_path / 'out', jobs=2).splitlines()
    assert lines[0] == 'trials 2, judges 1, runs 2; 2 at a time, as asked'
    assert [line.split()[0] for line in lines[2:5]] == ['2', '1', '2']
    assert all(float(line.split()[1]) > 0 for line in lines[2:5])
    assert lines[5].startswith('about ')
    assert not (tmp_path / 'out').exists()
    with pytest.raises(UserError, match='5 runs, more than --max_runs=4'):
        describe(path, tmp_path / 'out', jobs=2, max_runs=4)
