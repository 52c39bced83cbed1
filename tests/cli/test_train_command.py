"""melody_rnn_reg_train: its ends, its checkpoints, its data."""

import json
import os
import signal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.folder import REPORT_NAME, dataset_identity
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.training import train as train_module
from tests.small import make_melodies, write_examples

BASIC = ENCODINGS['basic_rnn']


def make_dataset(folder, seed):
    """Writes two parts and the report that names them. Returns their paths."""
    folder.mkdir()
    paths = {part: write_examples(folder / f'{part}_melodies.tfrecord',
                                  make_melodies(num_melodies, seed + index), BASIC)
             for index, (part, num_melodies) in enumerate([('training', 12), ('eval', 5)])}
    (folder / REPORT_NAME).write_text(json.dumps({'parts': {
        part: {'sha256': sha256(Path(path).read_bytes()).hexdigest()}
        for part, path in paths.items()}}))
    return paths


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    return make_dataset(tmp_path_factory.mktemp('data') / 'first', 0)


@pytest.fixture
def train(call, tmp_path, data):
    """A function that calls the command on tmp_path/run with tiny layers."""
    def run(*argv, part='training', data=data):
        return call('train', f'--run_dir={tmp_path}/run', '--config=basic_rnn',
                    '--hparams=rnn_layer_sizes=[8],batch_size=8,learning_rate=0.02',
                    f'--sequence_example_file={data[part]}', *argv)
    return run


def one_line(result):
    """Returns the line on standard error that the command itself wrote."""
    lines = [line for line in result.err.splitlines() if line.startswith('melody_rnn_reg_train:')]
    assert len(lines) == 1, result.err
    return lines[0]


@pytest.mark.parametrize(('number', 'status'), [
    (signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGUSR1, 138)])
def test_a_signal_ends_in_one_line_and_the_shells_status(train, monkeypatch, number, status):
    update = train_module._update

    def interrupted(state):
        if state.step == 4:
            os.kill(os.getpid(), number)
        update(state)

    monkeypatch.setattr(train_module, '_update', interrupted)
    result = train('--num_training_steps=9')
    assert result.status == status
    assert 'stopped at step 5' in one_line(result)
    assert 'the same command goes on' in one_line(result)
    result = train('--num_training_steps=9')
    assert result.status == 0
    assert 'step 9' in result.out


def test_a_run_that_is_being_trained_can_be_evaluated_and_not_trained(train, data, tmp_path):
    run = Run(tmp_path / 'run')
    train('--num_training_steps=3')
    before = run.metrics_path.read_bytes()
    with run.locked():
        refused = train('--num_training_steps=9')
        assert refused.status == 2
        assert f'by process {os.getpid()}' in one_line(refused)
        result = train('--eval', part='eval')
        assert result.status == 0
        assert 'step 3' in result.out
        assert run.metrics_path.read_bytes() == before
    assert train('--eval', part='eval').status == 0
    assert [row['split'] for row in read_metrics(run.metrics_path)] == ['train', 'eval']


def test_the_best_and_the_newest_checkpoint_can_be_evaluated(train, data, tmp_path):
    trained = train('--num_training_steps=40', '--eval_every=4',
                    f'--eval_sequence_example_file={data["eval"]}')
    run = Run(tmp_path / 'run')
    losses = {row['step']: float(row['loss']) for row in read_metrics(run.metrics_path)
              if row['split'] == 'eval'}
    best = min(losses, key=losses.get)
    assert f'lowest at step {best}' in trained.out
    for which, step in (('best', best), ('newest', '40')):
        out = train('--eval', f'--checkpoint={which}', part='eval').out
        assert f'step {step}, 5 melodies: evaluation: loss {losses[step]:.4f} nats/event' in out


def test_the_evaluation_of_the_command_is_the_mean_by_hand(train, data, tmp_path):
    train('--num_training_steps=3')
    result = train('--eval', part='eval')
    model = MelodyModel.from_run(tmp_path / 'run')
    log_probs = np.concatenate([model.score([melody]).log_probs[0].astype(np.float64)
                                for melody in make_melodies(5, 1)])
    row = read_metrics(tmp_path / 'run' / 'metrics.csv')[-1]
    assert float(row['loss']) == pytest.approx(-log_probs.mean(), abs=1e-6)
    assert f'over {len(log_probs):,} events' in result.out


def test_early_stopping_says_so_and_needs_evaluation(train, data, tmp_path):
    refused = train('--early_stopping_patience=2')
    assert refused.status == 2
    assert '--eval_sequence_example_file' in one_line(refused)
    assert not (tmp_path / 'run').exists()
    result = train('--early_stopping_patience=2', '--eval_every=4', '--num_training_steps=400',
                   f'--eval_sequence_example_file={data["eval"]}')
    assert result.status == 0
    assert 'stopped early: no lower evaluation loss in 2 evaluations' in result.out


def test_evaluation_on_another_data_set_is_said_and_done(train, data, tmp_path):
    others = make_dataset(tmp_path / 'second', 7)
    own = train('--num_training_steps=2', f'--eval_sequence_example_file={data["eval"]}')
    assert 'data set' not in own.err
    assert Run(tmp_path / 'run').read_config()['data']['dataset'] == dataset_identity(data['eval'])
    trained = train('--num_training_steps=3', f'--eval_sequence_example_file={others["eval"]}')
    evaluated = train('--eval', part='eval', data=others)
    for other in (trained, evaluated):
        assert other.status == 0
        lines = [line for line in other.err.splitlines() if 'of the data set' in line]
        assert len(lines) == 1
        assert others['eval'] in lines[0]


def test_overwrite_starts_anew_and_leaves_other_folders_alone(train, tmp_path):
    train('--num_training_steps=3')
    refused = train('--num_training_steps=3', '--seed=5')
    assert refused.status == 2
    assert 'seed: 0, now 5' in one_line(refused)
    assert '--overwrite' in one_line(refused)
    assert train('--num_training_steps=2', '--seed=5', '--overwrite').status == 0
    run = Run(tmp_path / 'run')
    assert run.read_config()['seed'] == 5
    assert [row['step'] for row in read_metrics(run.metrics_path)] == ['2']
    run.config_path.unlink()
    refused = train('--num_training_steps=2', '--overwrite')
    assert refused.status == 2
    assert 'no run folder and not empty' in one_line(refused)
    assert run.metrics_path.exists()


def test_an_empty_training_set_or_one_of_another_encoding_makes_no_folder(call, data, tmp_path):
    empty = write_examples(tmp_path / 'empty.tfrecord', [], BASIC)
    for config, path, word in (('basic_rnn', empty, 'holds no melody'),
                               ('lookback_rnn', data['training'], '--config=basic_rnn')):
        result = call('train', f'--run_dir={tmp_path}/run', f'--config={config}',
                      f'--sequence_example_file={path}')
        assert result.status == 2
        assert word in one_line(result)
        assert not (tmp_path / 'run').exists()
