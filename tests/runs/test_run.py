"""Run folders and metrics.csv."""

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.runs.metrics import Metrics, read_metrics
from magenta_reg.runs.run import Run

CONFIG = {'name': 'baseline', 'method': 'teacher_forcing', 'config': 'basic_rnn', 'seed': 0,
          'hparams': {'batch_size': 64}, 'data': {'train': 'abc'}}


def test_a_run_starts_again_with_its_own_settings_and_with_no_others(tmp_path):
    run = Run(tmp_path / 'run')
    run.start(CONFIG)
    run.start(CONFIG)
    before = run.config_path.read_bytes()
    other = {**CONFIG, 'seed': 1, 'hparams': {'batch_size': 32}}
    with pytest.raises(UserError, match=r'seed: 0, now 1; hparams.batch_size: 64, now 32'):
        run.start(other)
    assert run.config_path.read_bytes() == before


def test_a_folder_without_a_run_or_a_checkpoint_is_named(tmp_path):
    with pytest.raises(UserError, match=r'no run folder: it has no config.yaml'):
        Run(tmp_path).read_config()
    run = Run(tmp_path / 'run')
    run.start(CONFIG)
    with pytest.raises(UserError, match='no checkpoint'):
        run.require_checkpoint()


def test_a_run_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot write to the folder'):
        Run(tmp_path / 'file' / 'run').start(CONFIG)


def test_metrics_keep_all_digits_and_have_empty_cells_where_one_does_not_apply(tmp_path):
    metrics = Metrics(tmp_path / 'metrics.csv', ['sampling_probability'])
    metrics.append(10, 'train', loss=1 / 3, accuracy=0.5, perplexity=2.0, sampling_probability=0.1)
    metrics.append(10, 'eval', loss=2 / 3, accuracy=0.25, perplexity=3.0)
    train, evaluation = read_metrics(tmp_path / 'metrics.csv')
    assert list(train) == ['step', 'split', 'loss', 'accuracy', 'perplexity',
                           'sampling_probability']
    assert float(train['loss']) == 1 / 3
    assert evaluation['sampling_probability'] == ''


def test_rows_of_a_lost_future_are_dropped_and_no_row_comes_twice(tmp_path):
    path = tmp_path / 'metrics.csv'
    metrics = Metrics(path)
    for step in (10, 20, 30):
        metrics.append(step, 'train', loss=float(step))
    again = Metrics(path, last_step=20)
    again.append(20, 'train', loss=0.0)
    again.append(30, 'train', loss=33.0)
    assert [(row['step'], row['loss']) for row in read_metrics(path)] == [
        ('10', '10.0'), ('20', '20.0'), ('30', '33.0')]
