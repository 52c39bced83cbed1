"""Professor forcing's gates: what they look at, when they open, what is saved of them."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.methods.gates import make_gates
from magenta_reg.methods.professor_forcing import ProfessorForcingGraph


def run_gates(accuracies, **hparams):
    """Returns (accuracy looked at, generator's gate, discriminator's gate) of each step."""
    hparams = {**ProfessorForcingGraph.HPARAMS, 'gate_generator': 0.7, 'gate_discriminator': 0.9,
               **hparams}
    with tf.Graph().as_default(), sharded_session() as session:
        given = tf.placeholder(tf.float32, [])
        gates = make_gates(given, hparams)
        session.run(tf.global_variables_initializer())
        return [session.run([*gates[:3], gates.update], {given: accuracy})[:3]
                for accuracy in accuracies]


def test_without_average_the_gates_look_at_this_batch():
    accuracies = [0.5, 0.7, 0.71, 0.9, 0.91, 1.0]
    rows = run_gates(accuracies)
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
    rows = run_gates(accuracies, gate_average=decay, gate_generator=0.6, gate_discriminator=0.7)
    np.testing.assert_allclose(rows, expected, rtol=1e-5)


def test_generators_gate_falls_in_a_line_to_its_end():
    # Thresholds 0.9, 0.8, 0.7, 0.6, 0.5 and on.
    rows = run_gates([0.79, 0.79, 0.79, 0.69, 0.51, 0.51, 0.49], gate_generator=0.9,
                     gate_generator_end=0.5, gate_steps=4)
    assert [row[1] for row in rows] == [0, 0, 1, 1, 1, 1, 0]


def test_a_gate_of_0_is_open_at_an_accuracy_of_0():
    assert run_gates([0.0], gate_generator=0.0)[0][1] == 1
    rows = run_gates([0.0, 0.0], gate_generator=0.5, gate_generator_end=0.0, gate_steps=1)
    assert [row[1] for row in rows] == [0, 1]


def test_average_and_count_are_saved_variables_that_no_optimizer_trains():
    with tf.Graph().as_default():
        make_gates(tf.constant(0.8), {**ProfessorForcingGraph.HPARAMS, 'gate_average': 0.9,
                                      'gate_steps': 3})
        assert [variable.op.name for variable in tf.global_variables()] == [
            'discriminator/accuracy_average', 'discriminator/gate_count']
        assert not tf.trainable_variables()
