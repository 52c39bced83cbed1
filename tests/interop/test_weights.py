"""Weights from checkpoints: what they show of their settings, and where they do not fit."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.interop.weights import Weights, check_fit, experiment_of_weights, read_weights
from tests.small import EXPERIMENT_FILES, make_experiment

BASELINE = next(file for file in EXPERIMENT_FILES if file.stem == 'baseline')


@pytest.fixture(scope='module')
def run(trained_run):
    return trained_run(BASELINE, 'attention_rnn').run


def save(path, variables):
    """Saves a dict of arrays as a checkpoint. Returns the path."""
    with tf.Graph().as_default(), sharded_session() as session:
        for name, value in variables.items():
            tf.get_variable(name, initializer=tf.constant(value))
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(path), write_meta_graph=False)
    return path


def zeros(**settings):
    """Returns a dict of arrays, all 0, that fit the settings."""
    shapes = make_experiment(**settings).builder().variable_shapes()
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def test_a_checkpoint_in_a_run_folder_knows_the_runs_settings(run):
    by_path = [read_weights(path) for path in
               (run.require_checkpoint(), run.train_dir, run.folder)]
    assert len({weights.sha256() for weights in by_path}) == 1
    for weights in by_path:
        assert weights.step == 8
        assert weights.config == 'attention_rnn'
        assert weights.hparams == {'rnn_layer_sizes': [8, 7], 'attn_length': 3,
                                   'residual_connections': False}
        assert all(name.startswith(('rnn/', 'fully_connected/')) for name in weights.variables)
    assert experiment_of_weights(by_path[0]).hparams['attn_length'] == 3


@pytest.mark.parametrize(('settings', 'shown'), [
    ({}, {'rnn_layer_sizes': [12, 10], 'residual_connections': False, 'attn_length': 0}),
    ({'rnn_layer_sizes': [5]},
     {'rnn_layer_sizes': [5], 'residual_connections': False, 'attn_length': 0}),
    ({'rnn_layer_sizes': [6, 6, 6], 'residual_connections': True},
     {'rnn_layer_sizes': [6, 6, 6], 'residual_connections': True, 'attn_length': 0}),
    ({'config': 'attention_rnn'}, {'rnn_layer_sizes': [12, 10], 'residual_connections': False}),
    ({'config': 'attention_rnn', 'residual_connections': True},
     {'rnn_layer_sizes': [12, 10], 'residual_connections': True}),
])
def test_a_bare_checkpoint_shows_what_its_variables_tell(tmp_path, settings, shown):
    weights = read_weights(save(tmp_path / 'model.ckpt', zeros(**settings)))
    assert weights.hparams == shown
    assert weights.step is None
    experiment = experiment_of_weights(weights, config=settings.get('config', 'basic_rnn'))
    assert {name: experiment.hparams[name] for name in shown} == shown


def refusal(weights, **options):
    with pytest.raises(UserError) as error:
        experiment_of_weights(weights, **options)
    assert weights.source in str(error.value)
    return str(error.value)


def test_layer_sizes_that_differ_are_named_with_both_values(tmp_path):
    weights = read_weights(save(tmp_path / 'model.ckpt', zeros()))
    message = refusal(weights, config='basic_rnn', hparams='rnn_layer_sizes=[64,64]')
    assert 'hparam rnn_layer_sizes is [12, 10] there and [64, 64] here' in message


def test_another_config_is_named_by_the_variable_that_differs(tmp_path):
    weights = read_weights(save(tmp_path / 'model.ckpt', zeros()))
    message = refusal(weights, config='mono_rnn')
    assert 'variable fully_connected/biases is (38,) there and (130,) here' in message


def test_another_config_than_that_of_the_run_is_named(run):
    message = refusal(read_weights(run.folder), config='lookback_rnn')
    assert 'config is attention_rnn there and lookback_rnn here' in message


def test_another_attention_window_than_the_runs_is_named(run):
    message = refusal(read_weights(run.folder), hparams='attn_length=40')
    assert 'hparam attn_length is 3 there and 40 here' in message


def test_a_variable_that_only_one_side_has_is_named():
    kernel = 'rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel'
    less, more = zeros(), {**zeros(), 'rnn/extra': np.zeros(3, np.float32)}
    del less[kernel]
    for variables, named in ((less, rf'{kernel} is nothing there and \(22, 40\) here'),
                             (more, r'rnn/extra is \(3,\) there and nothing here')):
        with pytest.raises(UserError, match=named):
            check_fit(make_experiment(), Weights('made', variables, None, None, {}))


def test_a_folder_or_path_without_a_checkpoint_is_named(tmp_path):
    for path in (tmp_path, tmp_path / 'model.ckpt-3'):
        with pytest.raises(UserError, match=str(path)):
            read_weights(path)
    (tmp_path / 'text').write_text('no checkpoint')
    with pytest.raises(UserError, match='cannot read the checkpoint'):
        read_weights(tmp_path / 'text')
