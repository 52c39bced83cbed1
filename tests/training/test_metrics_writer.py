"""metrics.csv, timing.csv and TensorBoard's scalars of a training."""

import pytest

from magenta_reg.base.compat import tf
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.training.metrics_writer import MetricsWriter, ScalarWriter


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / 'run')
    run.start({'name': 'x'})
    return run


def scalars(folder):
    """Reads events as TensorBoard does: a START drops the events at its step and after.

    Returns:
        dict of tag to dict of step to value.
    """
    shown = {}
    for path in sorted(folder.glob('events.out.tfevents*'), key=lambda path: path.name):
        for event in tf.train.summary_iterator(str(path)):
            if event.session_log.status == tf.SessionLog.START:
                for values in shown.values():
                    for step in [step for step in values if step >= event.step]:
                        del values[step]
            for value in event.summary.value:
                shown.setdefault(value.tag, {})[event.step] = value.simple_value
    return shown


def test_means_are_over_events_and_times_go_into_their_own_file(run):
    metrics = MetricsWriter(run, ['loss', 'accuracy', 'gate'], 0)
    metrics.add({'loss': 2.0, 'accuracy': 0.5, 'gate': 0.0}, 100, secs=0.5)
    metrics.add({'loss': 1.0, 'accuracy': 0.0, 'gate': 1.0}, 300, secs=1.5)
    assert metrics.write_training(2, num_steps_left=10) == 1.25
    metrics.close()
    row, = read_metrics(run.metrics_path)
    assert (row['loss'], row['accuracy'], row['gate']) == ('1.25', '0.125', '0.5')
    assert 'secs_per_step' not in row
    assert read_metrics(run.timing_path) == [
        {'step': '2', 'secs_per_step': '1', 'events_per_sec': '200', 'secs_left': '10'}]


def test_pending_metrics_carry_over_a_stop(run):
    metrics = MetricsWriter(run, ['loss'], 0)
    metrics.add({'loss': 3.0}, 10, secs=1.0)
    metrics.close()
    again = MetricsWriter(run, ['loss'], 1, metrics.pending)
    again.add({'loss': 1.0}, 10, secs=1.0)
    assert again.write_training(2) == 2.0
    again.close()


def test_tensorboard_shows_magentas_names_and_no_step_of_a_lost_future(run):
    for start, losses in ((0, [5.0, 4.0, 3.5, 3.0]), (2, [2.5])):
        writer = ScalarWriter(run.train_dir, start)
        for step, loss in enumerate(losses, start + 1):
            writer.write(step, {'loss': loss, 'accuracy': 0.5, 'perplexity': 9.0})
        writer.close()
    shown = scalars(run.train_dir)
    assert set(shown) == {'loss', 'metrics/accuracy', 'metrics/perplexity'}
    assert shown['loss'] == {1: 5.0, 2: 4.0, 3: 2.5}


def test_a_line_that_was_cut_off_is_no_row(run):
    run.metrics_path.write_text('step,split,loss\n10,train,2.5\n20,train,1.2')
    assert [row['step'] for row in read_metrics(run.metrics_path)] == ['10']
