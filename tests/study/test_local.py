"""Runs in processes of this machine: all are made, crashes are named, a signal ends in order."""

import os
import signal
import subprocess
import sys
import time

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.study.local import LOG, run_tasks, shared_cores
from magenta_reg.study.tasks import Task


def make_tasks(*labels):
    return [Task(f'runs/{label}', {'name': label}, '', '', {}, {}) for label in labels]


def write_cores(folder, task):
    """Stands for a training."""
    print(f'output of {task.label}', flush=True)
    if task.label == 'wrong':
        raise UserError('the loss is nan')
    if task.label == 'bug':
        raise ZeroDivisionError('by zero')
    if task.label == 'crash':
        os.kill(os.getpid(), signal.SIGKILL)
    if task.label == 'long':
        (folder / 'pid').write_text(str(os.getpid()))
        time.sleep(600)
    (folder / task.name / 'pid').write_text(str(os.getpid()))
    (folder / task.name / 'cores').write_text(repr(sorted(os.sched_getaffinity(0))))


def test_every_run_ends_or_says_in_one_line_why_not(tmp_path):
    tasks = make_tasks('a', 'wrong', 'crash', 'b', 'bug', 'c')
    errors = {task.label: error for task, error in run_tasks(tmp_path, tasks, 2, write_cores)}
    assert errors == {
        'a': None, 'b': None, 'c': None, 'wrong': 'the loss is nan',
        'crash': 'its process crashed (SIGKILL)',
        'bug': f'ZeroDivisionError: by zero ({LOG} has the traceback)'}
    assert (tmp_path / 'runs/b' / LOG).read_text() == 'output of b\n'
    assert 'Traceback' in (tmp_path / 'runs/bug' / LOG).read_text()
    allowed = {repr(cores) for cores in shared_cores(2)}
    assert {(tmp_path / f'runs/{each}/cores').read_text() for each in 'abc'} <= allowed


def test_a_process_makes_one_run_after_the_other_and_loads_tensorflow_once(tmp_path):
    list(run_tasks(tmp_path, make_tasks('a', 'b', 'c'), 1, write_cores))
    assert len({(tmp_path / f'runs/{each}/pid').read_text() for each in 'abc'}) == 1


@pytest.mark.parametrize('jobs', [1, 2, 3, 5, 8, 20])
def test_processes_share_the_cores_and_none_is_without(monkeypatch, jobs):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
    cores = shared_cores(jobs)
    assert len(cores) == jobs
    assert all(cores)
    used = [core for own in cores for core in own]
    assert set(used) == set(range(8))
    assert len(used) == max(8, jobs)


def test_a_signal_ends_the_runs_and_then_the_study(tmp_path):
    code = ('from pathlib import Path\n'
            'from magenta_reg.base.interrupts import Stopped\n'
            'from tests.study.test_local import make_tasks, run_tasks, write_cores\n'
            'try:\n'
            f'    list(run_tasks(Path({str(tmp_path)!r}), make_tasks("long"), 1, write_cores))\n'
            'except Stopped as stop:\n'
            '    print(stop.status, stop)\n')
    process = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE, text=True)
    while not (tmp_path / 'pid').exists() or not (tmp_path / 'pid').read_text():
        assert process.poll() is None
        time.sleep(0.05)
    worker = int((tmp_path / 'pid').read_text())
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert output == '143 stopped; the same command goes on from there\n'
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
