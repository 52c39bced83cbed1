"""The gates: where they open, what the moving average is, and what pre-training leaves alone."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.methods.gates import make_gates


def run_gates(accuracies, decay, start_step=0, above=0.7, up_to=0.9):
    """Returns (accuracy looked at, generator's gate, discriminator's gate) of each step."""
    with tf.Graph().as_default(), tf.Session() as session:
        given, step = tf.placeholder(tf.float32, []), tf.placeholder(tf.int64, [])
        gates = make_gates(given, above, up_to, decay, step >= start_step)
        session.run(tf.global_variables_initializer())
        return [session.run([*gates[:3], gates.update], {given: accuracy, step: number})[:3]
                for number, accuracy in enumerate(accuracies)]


def test_without_average_the_gates_look_at_this_batch():
    accuracies = [0.5, 0.7, 0.71, 0.9, 0.91, 1.0]
    rows = run_gates(accuracies, decay=0.0)
    np.testing.assert_allclose([row[0] for row in rows], accuracies, rtol=1e-6)
    assert [row[1] for row in rows] == [0, 0, 1, 1, 1, 1]
    assert [row[2] for row in rows] == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize('decay', [0.5, 0.9])
def test_average_decays_from_one_half_and_includes_this_batch(decay):
    accuracies = np.random.default_rng(0).uniform(0.4, 1.0, 20)
    average, expected = 0.5, []
    for accuracy in accuracies:
        average = decay * average + (1 - decay) * accuracy
        expected.append((average, float(average > 0.6), float(average <= 0.7)))
    rows = run_gates(accuracies, decay, above=0.6, up_to=0.7)
    np.testing.assert_allclose(rows, expected, rtol=1e-5)


@pytest.mark.parametrize('decay', [0.0, 0.5])
def test_before_the_start_both_gates_are_shut_and_the_average_rests(decay):
    rows = run_gates([0.8, 0.8, 0.8], decay, start_step=2, above=0.6, up_to=0.9)
    assert [row[1] for row in rows] == [0, 0, 1]
    assert [row[2] for row in rows] == [0, 0, 1]
    if decay:
        np.testing.assert_allclose([row[0] for row in rows], [0.5, 0.5, 0.65], rtol=1e-6)


def test_average_is_a_saved_variable_that_no_optimizer_trains():
    with tf.Graph().as_default():
        make_gates(tf.constant(0.8), 0.7, 0.9, 0.9, tf.constant(True))
        assert [variable.op.name for variable in tf.global_variables()] == [
            'discriminator/accuracy_average']
        assert not tf.trainable_variables()
