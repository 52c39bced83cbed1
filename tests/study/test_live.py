"""What a study shows while it runs: rows from the run folders, lines where there is no terminal."""

import json

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


def test_a_row_says_step_losses_and_time_left_and_the_title_that_of_the_study(tmp_path):
    one, two, three = tasks = [make_task(name) for name in ('one', 'two', 'three')]
    with LiveView(tmp_path, tasks, 'runs', jobs=2) as view:
        for task, left in ((one, 30), (two, 90)):
            write_run(tmp_path, task, 40, left)
        view.done(one, None)
        view._secs = {'one': [60.0]}
        table = view._table([two, three])
        cells = [list(column.cells) for column in table.columns]
        # What runs has its own estimate, what has not begun takes what the others took.
        assert table.title == 'runs: 1 of 3, about 1 min 15 s left'
    assert [cell for cell, in cells] == ['runs/two', '40/100', '1.500', '1.750', '1 min 30 s']


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
