"""The share of updates in which a method acted: at the end of a training, in metrics.csv."""

import pytest

from magenta_reg.dataset.examples import Examples
from magenta_reg.runs.metrics import acted_share, read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.training.acted import acted_text
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies


def trained(folder, method, num_steps=12, **hparams):
    """Returns the TrainingResult of a tiny run with a row of metrics.csv every 5 updates."""
    return train(Run(folder), make_experiment(method, **hparams),
                 Examples(make_melodies(12, 0), 'made.tfrecord', 'sha'), None,
                 Schedule(num_steps, summary_frequency=5))


@pytest.mark.parametrize(('method', 'hparams', 'share'), [
    ('teacher_forcing', {}, None),
    ('scheduled_sampling', {'sampling_rate': 0.0}, 0.0),
    ('scheduled_sampling', {'sampling_rate': 1.0, 'sampling_schedule': 'constant',
                            'sampling_warmup_steps': 9}, 3 / 12),
    ('professor_forcing', {'gate_generator': 1.0}, 0.0),
    pytest.param('professor_forcing', {'gate_generator': 0.0, 'adversarial_start_step': 8}, 4 / 12,
                 marks=pytest.mark.slow),
    ('seqgan', {'adversarial_start_step': 4, 'discriminator_warmup_steps': 1,
                'discriminator_updates': 3}, 2 / 12)])
def test_a_training_ends_with_the_share_of_updates_in_which_its_method_acted(
        tmp_path, method, hparams, share):
    result = trained(tmp_path / 'run', method, **hparams)
    assert result.acted == (None if share is None else pytest.approx(share))


def test_a_share_is_said_in_a_line_and_so_is_a_method_that_never_acted():
    assert acted_text('scheduled_sampling', 0.9987) == (
        'scheduled_sampling acted in 99.9% of the updates')
    line = acted_text('professor_forcing', 0.0)
    assert line.startswith('professor_forcing never acted: acted is 0 in every row')
    assert '\n' not in line


def write_rows(path, rows, columns='step,split,loss,acted'):
    path.write_text('\n'.join([columns, *rows, '']))
    return path


def test_rows_count_by_the_updates_since_the_row_before(tmp_path):
    path = write_rows(tmp_path / 'metrics.csv', [
        '10,train,2,0.0', '10,eval,2,', '20,train,2,0.5', '25,train,2,1.0'])
    assert acted_share(path) == pytest.approx((10 * 0 + 10 * 0.5 + 5 * 1.0) / 25)


def test_the_share_is_unknown_without_the_column_and_of_the_rows_that_have_it(tmp_path):
    old = write_rows(tmp_path / 'old.csv', ['10,train,2', '10,eval,2'], 'step,split,loss')
    assert acted_share(old) is None
    resumed = write_rows(tmp_path / 'resumed.csv', ['10,train,2,', '20,train,2,0.5',
                                                    '40,train,2,1.0'])
    assert acted_share(resumed) == pytest.approx((10 * 0.5 + 20 * 1.0) / 30)


def test_a_longer_training_goes_on_with_the_column(tmp_path):
    hparams = {'sampling_rate': 1.0, 'sampling_schedule': 'constant', 'sampling_warmup_steps': 9}
    trained(tmp_path / 'run', 'scheduled_sampling', 12, **hparams)
    result = trained(tmp_path / 'run', 'scheduled_sampling', 15, **hparams)
    rows = read_metrics(Run(tmp_path / 'run').metrics_path)
    assert [(int(row['step']), float(row['acted'])) for row in rows] == [
        (5, 0.0), (10, 0.2), (12, 1.0), (15, 1.0)]
    assert result.acted == pytest.approx(6 / 15)
