"""The discriminator: the costs, the mask, and that each stack sees both ends of a sequence."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.methods.discriminator import (
    STACKS,
    _alternating,
    discriminator_logits,
    discriminator_variables,
    discriminator_verdict,
)

SHAPE = [3, 12, 4]
LENGTHS = np.array([12, 7, 3], np.int32)

every_stack = pytest.mark.parametrize(
    ('stack', 'layers'), [(stack, layers) for stack in STACKS for layers in (1, 3)])


def test_costs_equal_the_papers_formulas():
    rng = np.random.default_rng(0)
    real, free = rng.normal(size=[2, 9]) * 3
    with tf.Graph().as_default(), sharded_session() as session:
        verdict = session.run(discriminator_verdict(tf.constant(real), tf.constant(free)))
    d_real, d_free = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-free))
    expected = (-np.log(d_real).mean() - np.log(1 - d_free).mean(), -np.log(d_free).mean(),
                -np.log(1 - d_real).mean(), np.concatenate([d_real > 0.5, d_free < 0.5]).mean(),
                (d_real > 0.5).mean(), (d_free < 0.5).mean())
    np.testing.assert_allclose(verdict, expected, rtol=1e-6)


@every_stack
def test_what_lies_beyond_a_rows_length_does_not_reach_the_discriminator(stack, layers):
    behaviour = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    is_real = np.arange(SHAPE[1])[np.newaxis, :, np.newaxis] < LENGTHS[:, np.newaxis, np.newaxis]
    other = np.where(is_real, behaviour, 1e3).astype(np.float32)
    with tf.Graph().as_default(), sharded_session() as session:
        given = tf.placeholder(tf.float32, [None, None, SHAPE[2]])
        logits = discriminator_logits(given, tf.constant(LENGTHS), 5, [6], layers, stack)
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(logits, {given: behaviour}),
                                      session.run(logits, {given: other}))


@every_stack
def test_padding_does_not_change_a_rows_judgement(stack, layers):
    behaviour = np.random.default_rng(2).normal(size=SHAPE).astype(np.float32)
    with tf.Graph().as_default(), sharded_session() as session:
        given = tf.placeholder(tf.float32, [None, None, SHAPE[2]])
        lengths = tf.placeholder(tf.int32, [None])
        logits = discriminator_logits(given, lengths, 5, [6], layers, stack)
        session.run(tf.global_variables_initializer())
        together = session.run(logits, {given: behaviour, lengths: LENGTHS})
        alone = [session.run(logits, {given: behaviour[row:row + 1, :length], lengths: [length]})[0]
                 for row, length in enumerate(LENGTHS)]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


@every_stack
def test_each_layer_has_its_own_weights(stack, layers):
    with tf.Graph().as_default():
        discriminator_logits(tf.zeros(SHAPE), tf.constant(LENGTHS), 4, [], layers, stack)
        kernels = [variable for variable in discriminator_variables()
                   if variable.op.name.endswith('gates/kernel')]
    assert len(kernels) == layers * (2 if stack == 'bidirectional' else 1)


def test_second_layer_reads_time_backward_and_the_first_forward():
    sequence = np.random.default_rng(4).normal(size=[6, 1, 2]).astype(np.float32)
    reached = {}
    for layer in (0, 1):
        with tf.Graph().as_default(), sharded_session() as session:
            given = tf.constant(sequence)
            outputs = _alternating(given, tf.constant([6]), 4, layer)
            session.run(tf.global_variables_initializer())
            for step in (0, 3):
                gradient = session.run(tf.gradients(outputs[step], given)[0])
                reached[layer, step] = (np.abs(gradient[:, 0]).sum(axis=-1) > 0).tolist()
    assert reached[0, 0] == [True] + 5 * [False]
    assert reached[0, 3] == 4 * [True] + 2 * [False]
    assert reached[1, 0] == 6 * [True]
    assert reached[1, 3] == 3 * [False] + 3 * [True]
