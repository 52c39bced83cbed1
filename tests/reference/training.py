"""One update of the graph that `build_train` makes, and its comparison with NumPy's."""

import zlib
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from tests.reference import histories, network
from tests.small import constant_batch

STEP = 7


class Update(NamedTuple):
    """What one update did; `before` and `after` hold all variables, optimizers' included."""

    metrics: dict
    before: dict
    after: dict

    @property
    def weights(self):
        """dict of str to float64 array, the generator's weights before the update."""
        return {name: value.astype(np.float64) for name, value in self.before.items()
                if name.startswith(('rnn/', 'fully_connected/')) and '/Adam' not in name}

    def gradient(self, name):
        """float64 array, the gradient that Adam was given: m is a tenth of it after one update."""
        return self.after[f'{name}/Adam'].astype(np.float64) / 0.1


def run_update(experiment, melodies, step=STEP, scale=0.5):
    """Runs one update from normal random weights that depend on names alone. Returns Update."""
    stored = make_batch(melodies, experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(stored))
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            rng = np.random.default_rng(zlib.crc32(variable.op.name.encode()))
            variable.load(rng.normal(size=variable.shape).astype(np.float32) * scale, session)
        tensors.global_step.load(step, session)
        variables = {variable.op.name: variable for variable in tf.global_variables()}
        before = session.run(variables)
        metrics, _ = session.run([tensors.metrics, tensors.train_op])
        return Update(metrics, before, session.run(variables))


def fed_loss(experiment, fed, melodies, noise=None):
    """Returns the loss as a function of weights: what was fed, labels of that history, masked."""
    inputs, labels = histories.encode(experiment.encoding.codec, fed, melodies)
    lengths = [len(row) for row in fed]

    def loss(weights):
        logits = network.forward(weights, experiment.hparams, inputs, noise).logits
        return network.masked_mean(network.nll_nats(logits, labels), lengths)

    return loss


def fed_accuracy(experiment, weights, fed, melodies, noise=None):
    """Returns the share of real steps at which the likeliest class is the label."""
    inputs, labels = histories.encode(experiment.encoding.codec, fed, melodies)
    logits = network.forward(weights, experiment.hparams, inputs, noise).logits
    return network.masked_mean(logits.argmax(axis=-1) == labels, [len(row) for row in fed])


def assert_gradients(update, loss, weights=None, tolerance=1e-4):
    """Asserts that the update's gradient is that of `loss`, along a random direction a variable.

    Args:
        update: Update of an experiment that does not clip.
        loss: analytic function of weights.
        weights: dict of str to float64 array; None for the generator's.
        tolerance: float, the error of the gradient as a share of its norm.
    """
    weights = weights or update.weights
    for name, value in weights.items():
        direction = np.random.default_rng(zlib.crc32(name.encode()) + 1).normal(size=value.shape)
        gradient = update.gradient(name)
        expected = network.directional_derivative(loss, weights, {name: direction})
        error = abs((gradient * direction).sum() - expected)
        assert error <= tolerance * np.linalg.norm(gradient) + 1e-9, name
        assert np.linalg.norm(gradient) > 0, name
