"""What a study shows while it runs: rows from the run folders, lines where there is no terminal."""

import json
import os
import time

import pytest

from magenta_reg.study.live import LiveView, duration
from magenta_reg.study.tasks import Task


def make_task(name, steps=100):
    return Task(f'runs/{name}', {'name': name}, '', '', {}, {'num_training_steps': steps})


def write_run(folder, task, step, secs_left, losses=(1.5, 1.75)):
    """Writes what a run in training has in its folder."""
    run = folder / task.name
    run.mkdir(parents=True)
    (run / 'metrics.csv').write_text('step,split,loss\n' + ''.join(
        f'{step},{split},{loss}\n' for split, loss in zip(('train', 'eval'), losses, strict=True)))
    (run / 'timing.csv').write_text(f'step,secs_per_step,secs_left\n{step},0.5,{secs_left}\n')
    (run / 'task.json').write_text(json.dumps(task._asdict()))


def test_a_row_says_step_losses_and_time_left_and_the_title_that_of_the_study(
        tmp_path, monkeypatch):
    one, two, three = tasks = [make_task('one'), make_task('two', 200), make_task('one_more', 50)]
    later, ended_before = make_task('later', 10), make_task('ended_before', 1000)
    write_run(tmp_path, ended_before, 1000, 0)
    (tmp_path / ended_before.name / 'finished.json').write_text(
        json.dumps({'task': ended_before._asdict()}))
    with LiveView(tmp_path, tasks, 'runs', 2, [later, ended_before]) as view:
        for task in (one, two):
            write_run(tmp_path, task, 40, 90)
            os.utime(tmp_path / task.name / 'task.json', (view._start + 10, view._start + 10))
        monkeypatch.setattr(time, 'time', lambda: view._start + 40)
        view.done(one, None)
        table = view._table([two, three])
    assert [list(column.cells) for column in table.columns] == [
        ['runs/two'], ['40/200'], ['1.500'], ['1.750'], ['1 min 30 s']]
    # `one` took 30 s for 100 updates; `two` has 30 s of 200 updates behind it, and 90 s to go.
    rest = 90 + 60 * (0.3 + 0.6) / 2
    assert table.title == f'runs: 1 of 3, about {duration(rest / 2)} of training left'


def test_nothing_is_said_of_the_time_before_anything_is_known(tmp_path):
    with LiveView(tmp_path, [make_task('one')], 'runs', 1) as view:
        assert view._table([make_task('one')]).title == 'runs: 0 of 1'


def test_without_a_terminal_there_is_a_line_a_run_and_one_for_each_failure(tmp_path, capsys):
    one, two = tasks = [make_task('one'), make_task('two')]
    write_run(tmp_path, one, 100, 0)
    with LiveView(tmp_path, tasks, 'runs', jobs=1) as view:
        view.done(one, None)
        view.done(two, 'the loss is nan')
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(', about')[0] for line in lines] == [
        'runs 1 of 2: runs/one: step 100, validation loss 1.750',
        'runs 2 of 2: runs/two: failed: the loss is nan']


@pytest.mark.parametrize(('secs', 'text'), [
    (None, '-'), (0.4, '0 s'), (59.6, '1 min 00 s'), (3599.4, '59 min 59 s'),
    (3600, '1 h 00 min'), (360_000, '100 h 00 min')])
def test_durations_read_as_a_clock(secs, text):
    assert duration(secs) == text
