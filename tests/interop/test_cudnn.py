"""Checkpoints of use_cudnn, made with the cell that the magenta package keeps for them."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.interop.cudnn import without_cudnn
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.interop.weights import experiment_of_weights, read_weights
from magenta_reg.model.model import MelodyModel
from tests.small import make_melodies


def save_cudnn_network(path, sizes, inputs):
    """Saves a network as Magenta 1 runs it with use_cudnn. Returns its softmax on inputs."""
    cudnn = import_magenta('magenta.contrib.cudnn_rnn')
    rng = np.random.default_rng(0)
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = tf.constant(inputs)
        calls = [sizes] if len(set(sizes)) == 1 else [[size] for size in sizes]
        for number, call in enumerate(calls):
            cell = tf.nn.rnn_cell.MultiRNNCell(
                [cudnn.CudnnCompatibleLSTMCell(size) for size in call])
            outputs, _ = tf.nn.dynamic_rnn(
                cell, outputs, dtype=tf.float32,
                scope=f'cudnn_lstm_{number}/rnn' if number else 'cudnn_lstm/rnn')
        with tf.variable_scope('fully_connected'):
            weights = tf.get_variable('weights', [sizes[-1], 38])
            biases = tf.get_variable('biases', [38])
        softmax = tf.nn.softmax(tf.tensordot(outputs, weights, 1) + biases)
        for variable in tf.trainable_variables():
            variable.load(rng.normal(size=variable.shape).astype(np.float32), session)
        tf.train.Saver().save(session, str(path), write_meta_graph=False)
        return session.run(softmax)


@pytest.mark.parametrize('sizes', [[6, 6], [7, 5, 5], [4]], ids=str)
def test_probabilities_are_those_of_the_network_that_was_saved(tmp_path, sizes):
    melodies, path = make_melodies(3, seed=1), tmp_path / 'model.ckpt'
    batch = make_batch(melodies, ENCODINGS['basic_rnn'].codec)
    expected = save_cudnn_network(path, sizes, batch.inputs)
    weights = read_weights(path)
    experiment = experiment_of_weights(weights, config='basic_rnn')
    assert experiment.hparams['rnn_layer_sizes'] == sizes
    scores = MelodyModel(experiment, weights.variables).score(melodies)
    for row, log_probs in enumerate(scores.log_probs):
        steps = np.arange(len(log_probs))
        np.testing.assert_allclose(np.exp(log_probs),
                                   expected[row, steps, batch.labels[row, steps]], atol=1e-6)


@pytest.mark.parametrize(('name', 'others'), [
    ('cudnn_lstm/opaque_kernel', []),
    ('fully_connected_1/weights',
     ['cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/bias'])])
def test_a_network_that_is_not_read_is_refused_by_the_name_of_its_variable(name, others):
    variables = dict.fromkeys([name, *others], np.zeros(8, np.float32))
    with pytest.raises(UserError, match=f'made.*{name}'):
        without_cudnn(variables, 'made')
