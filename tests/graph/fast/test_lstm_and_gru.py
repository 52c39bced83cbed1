"""The LSTM and GRU layers with their own backward pass, against TensorFlow's in dynamic_rnn."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.fast.gru import GruWeights, gru_layer
from magenta_reg.graph.fast.lstm import lstm_layer
from tests.small import constant_batch, make_experiment

INPUT_SIZE, UNITS = 6, 5


def lstm(inputs, cell):
    return lstm_layer(inputs, *map(tf.identity, cell.variables))


def gru(inputs, cell):
    return gru_layer(inputs, GruWeights(*map(tf.identity, cell.variables)))


CELLS = {'lstm': (lambda: tf.nn.rnn_cell.BasicLSTMCell(UNITS), lstm),
         'gru': (lambda: tf.nn.rnn_cell.GRUCell(UNITS), gru)}


@pytest.mark.parametrize('kind', CELLS)
@pytest.mark.parametrize(('num_steps', 'batch_size'), [(1, 1), (1, 4), (9, 1), (60, 4), (3, 0)])
def test_states_and_gradients_equal_those_of_dynamic_rnn(kind, num_steps, batch_size):
    make_cell, run = CELLS[kind]
    rng = np.random.default_rng(0)
    with tf.Graph().as_default(), sharded_session() as session:
        inputs = tf.placeholder(tf.float32, [None, None, INPUT_SIZE])
        grad_h = tf.placeholder(tf.float32, [None, None, UNITS])
        cell = make_cell()
        expected, _ = tf.nn.dynamic_rnn(cell, inputs, dtype=tf.float32, time_major=True)
        both = [[h, *tf.gradients(tf.reduce_sum(h * grad_h), [inputs, *cell.variables])]
                for h in (expected, run(inputs, cell))]
        session.run(tf.global_variables_initializer())
        for variable in cell.variables:
            variable.load(rng.normal(size=variable.shape).astype(np.float32), session)
        expected, found = session.run(both, {
            inputs: rng.normal(size=(num_steps, batch_size, INPUT_SIZE)),
            grad_h: rng.normal(size=(num_steps, batch_size, UNITS))})
    for value, wanted in zip(found, expected, strict=True):
        scale = max(1, np.abs(wanted).max(initial=0))
        np.testing.assert_allclose(value / scale, wanted / scale, atol=2e-6)
    assert not batch_size or np.abs(expected[2]).max() > 0.1, 'there is a gradient to compare'


@pytest.mark.parametrize(('hparams', 'is_stack'), [
    ({}, True), ({'dropout_keep_prob': 0.5}, True),
    ({'dropout_keep_prob': 0.5, 'dropout_mode': 'variational'}, True),
    ({'attn_length': 4}, True), ({'attn_length': 4, 'dropout_keep_prob': 0.5}, True),
    ({'attn_length': 4, 'zoneout_prob': 0.1}, False), ({'residual_connections': True}, False),
    ({'recurrent_dropout_keep_prob': 0.5}, False), ({'zoneout_prob': 0.1}, False)], ids=str)
def test_a_network_with_other_parts_than_lstm_attention_and_output_dropout_is_no_stack(
        small_batch, hparams, is_stack):
    with tf.Graph().as_default():
        layers = make_experiment(**hparams).builder().make_network(
            constant_batch(small_batch), tf.constant(0, tf.int64)).layers
    assert (layers is not None) == is_stack
    if is_stack:
        assert [layer.units for layer in layers] == [12, 10]
        assert all((layer.mask is not None) == ('dropout_keep_prob' in hparams) for layer in layers)
