"""Scheduled sampling's optimum is not the data's distribution: it forgets the past it replaced.

Sequences of two symbols after a first event that is always the same. With x1 fed by coin of rate r
from m(x1), which knows nothing of x2, the likeliest network is

    q(x2 | x1) = ((1 - r) p(x1) p(x2 | x1) + r m(x1) p(x2)) / ((1 - r) p(x1) + r m(x1)),

and with m = p, as of a network that models x1, q = (1 - r) p(x2 | x1) + r p(x2). At r = 1 the best
network gives p(x2), whatever x1 was.

Source: Huszar 2015, arXiv:1511.05101, section 3.
"""

import functools

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from tests.reference import histories, network
from tests.small import constant_batch, make_experiment

FIRST, A, B = 72, 60, 62
# The batch holds every sequence exactly as often as it is likely, so that p is known exactly.
JOINT = {(A, A): 0.05, (A, B): 0.55, (B, A): 0.3, (B, B): 0.1}
NUM_ROWS, NUM_UPDATES = 200, 700
# 700 updates of 200 coins leave a learned probability some 0.01 from its optimum.
TOLERANCE = 0.03


@functools.cache
def learned(rate, source='model', method='parallel'):
    """Returns float64 [2, 2], q(x2 | x1) of a network after training, x1 and x2 in (A, B)."""
    experiment = make_experiment(
        'scheduled_sampling', rnn_layer_sizes=[8], sampling_schedule='constant',
        sampling_rate=rate, sampling_max_probability=1.0, sampling_source=source,
        sampling_method=method, learning_rate=0.05, learning_rate_schedule='cosine',
        learning_rate_decay_steps=NUM_UPDATES)
    melodies = [np.array([FIRST, *pair]) for pair, share in JOINT.items()
                for _ in range(round(share * NUM_ROWS))]
    stored = make_batch(melodies, experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(stored))
        session.run(tf.global_variables_initializer())
        for _ in range(NUM_UPDATES):
            session.run(tensors.train_op)
        weights = session.run({each.op.name: each for each in tf.trainable_variables()})
    codec = experiment.encoding.codec
    inputs, labels = histories.encode(codec, [[FIRST, A], [FIRST, B]],
                                      [[FIRST, A, A], [FIRST, B, B]])
    return network.softmax(network.forward(weights, experiment.hparams, inputs).logits)[
        :, 1, labels[:, 1]]


def optimum(rate, drawn=None):
    """Returns the formula's q [2, 2]; `drawn` is m of A and of B, None for p of each."""
    p = np.array([[JOINT[one, other] for other in (A, B)] for one in (A, B)])
    m = p.sum(axis=1) if drawn is None else np.asarray(drawn)
    fed = (1 - rate) * p + rate * np.outer(m, p.sum(axis=0))
    return fed / fed.sum(axis=1, keepdims=True)


def kl_nats(q):
    """Returns KL(p || q) of x2 given x1, in nats."""
    p = np.array([[JOINT[one, other] for other in (A, B)] for one in (A, B)])
    return float((p * np.log(p / p.sum(axis=1, keepdims=True) / q)).sum())


@pytest.mark.parametrize('method', ['sequential', 'parallel'])
def test_at_rate_one_the_second_symbol_forgets_the_first(method):
    p_second = np.array([0.35, 0.65])
    np.testing.assert_allclose(learned(1.0, method=method), [p_second] * 2, atol=TOLERANCE)
    # What the data say is far from that.
    np.testing.assert_allclose(optimum(0.0), [[1 / 12, 11 / 12], [0.75, 0.25]])


def test_the_error_rises_with_the_rate_as_the_formula_says():
    rates = [0.0, 0.25, 0.5, 0.75, 1.0]
    found = [learned(rate) for rate in rates]
    for rate, q in zip(rates, found, strict=True):
        np.testing.assert_allclose(q, optimum(rate), atol=TOLERANCE)
    errors = [kl_nats(q) for q in found]
    assert errors[0] < 0.005
    assert (np.diff(errors) > 0.01).all()


@pytest.mark.parametrize(('source', 'drawn'), [
    # Of the events that are fed half are the first one.
    ('marginal', [0.3, 0.2]), ('uniform', [1 / 38, 1 / 38])])
def test_it_makes_no_difference_that_the_network_draws_but_for_what_it_draws(source, drawn):
    np.testing.assert_allclose(learned(0.5, source), optimum(0.5, drawn), atol=TOLERANCE)
    np.testing.assert_allclose(learned(1.0, source), optimum(1.0, drawn), atol=TOLERANCE)
