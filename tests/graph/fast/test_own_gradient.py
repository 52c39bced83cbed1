"""A backward pass of one's own: it is the one that is taken, and it goes with its graph."""

import gc
import weakref

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.fast.own_gradient import own_gradient
from tests.small import constant_batch, make_experiment


@own_gradient
def product_and_sum(x, y, factor):
    """Its backward pass is right but for a factor, by which it is known."""
    return (x * y, x + y), lambda of_product, of_sum: (
        factor * (of_product * y + of_sum), factor * (of_product * x + of_sum), None)


def test_gradients_are_those_of_the_backward_pass_that_was_brought():
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.constant([1.0, 2.0]), tf.Variable([3.0, 5.0])
        product, total = product_and_sum(x, y, 10.0)
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run([product, total]), [[3, 10], [4, 7]])
        np.testing.assert_array_equal(
            session.run(tf.gradients(2 * product + total, [x, y])), [[70, 110], [30, 50]])
        np.testing.assert_array_equal(
            session.run(tf.gradients(total, [x, y])), [[10, 10], [10, 10]])


def test_a_second_call_has_a_backward_pass_of_its_own():
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(3.0)
        first, _ = product_and_sum(x, x, 1.0)
        second, _ = product_and_sum(first, x, 2.0)
        # first has the gradient 6; second multiplies by 2: 2 (3 * 6 + 9).
        assert session.run(tf.gradients(second, x)) == [54]


@pytest.mark.parametrize('method', ['teacher_forcing', 'scheduled_sampling', 'professor_forcing'])
@pytest.mark.parametrize('config', ['basic_rnn', 'attention_rnn'])
def test_nothing_keeps_a_graph_that_trained(melodies, config, method):
    experiment = make_experiment(method, config)
    batch = make_batch(melodies[:4], experiment.encoding.codec)
    with tf.Graph().as_default() as graph, sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        session.run(tensors.train_op)
    known = weakref.ref(graph)
    del graph, session, tensors
    gc.collect()
    assert known() is None
