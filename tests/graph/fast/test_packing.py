"""Packed rows: nothing real is lost, and layers come to what they come to with the padding."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.fast.lstm import lstm_layer
from magenta_reg.graph.fast.packed_lstm import packed_lstm_layer
from magenta_reg.graph.fast.packing import Packing
from magenta_reg.graph.fast.stack import LstmLayer, run_layers

SIZE, UNITS, NUM_STEPS = 3, 4, 9
LENGTHS = st.lists(st.integers(1, NUM_STEPS), max_size=20)
EXAMPLES = [[], [5], [2, 9, 2, 9, 2], [9] * 5]


def real(lengths):
    """Returns bool [steps, rows], where rows go on."""
    return np.arange(NUM_STEPS)[:, np.newaxis] < np.array(lengths, int)


def examples(test):
    """Adds the examples to a test of lengths."""
    for lengths in EXAMPLES:
        test = example(lengths)(test)
    return settings(deadline=None)(given(LENGTHS)(test))


@pytest.fixture(scope='module')
def packed():
    """A function of lengths, values and upstream values to what is packed, the chunks, what comes
    back, and the gradient of the values.
    """
    with tf.Graph().as_default(), sharded_session() as session:
        lengths = tf.placeholder(tf.int32, [None])
        values, upstream = [tf.placeholder(tf.float32, [None, None, SIZE]) for _ in range(2)]
        packing = Packing(lengths, tf.shape(values)[0])
        rows = packing.pack(values)
        back = packing.unpack(rows)
        grad, = tf.gradients(tf.reduce_sum(back * upstream), values)
        yield lambda own, given, grads: session.run(
            [rows, packing.chunks, back, grad], {lengths: own, values: given, upstream: grads})


@examples
def test_what_is_real_is_packed_and_comes_back_in_its_place(packed, lengths):
    rng = np.random.default_rng(0)
    values, upstream = [rng.random([NUM_STEPS, len(lengths), SIZE]).astype(np.float32)
                        for _ in range(2)]
    rows, chunks, back, grad = packed(lengths, values, upstream)
    is_real = real(lengths)
    np.testing.assert_array_equal(back[is_real], values[is_real])
    np.testing.assert_array_equal(grad, upstream * is_real[..., np.newaxis])
    assert chunks[0].tolist() == [len(lengths), len(lengths), 0, 0]
    assert len(rows) == chunks[-1, 3]
    np.testing.assert_array_equal(chunks[1:, 1:3], chunks[:-1, [0, 3]])
    assert is_real.sum() <= len(rows) <= max(lengths, default=0) * len(lengths)


def test_an_eighth_of_the_rows_is_left_behind_where_it_ends(packed):
    lengths = [1, 3, 9, 5, 4, 3, 2, 8]
    _, chunks, _, _ = packed(lengths * 2, *[np.ones([NUM_STEPS, 16, SIZE])] * 2)
    assert chunks[1:, 0].tolist() == [16, 14, 12, 8, 6, 4, 2]
    assert chunks[1:, 3].tolist() == [16, 30, 42, 50, 56, 68, 70]


@pytest.fixture(scope='module')
def layers():
    """A function of lengths, inputs and upstream gradients to the packed layer's h and gradients
    and to those of a layer that knows of no ends.
    """
    with tf.Graph().as_default(), sharded_session() as session:
        rng = np.random.default_rng(1)
        lengths = tf.placeholder(tf.int32, [None])
        inputs = tf.placeholder(tf.float32, [None, None, SIZE])
        upstream = tf.placeholder(tf.float32, [None, None, UNITS])
        weights = [tf.constant(rng.normal(size=shape), tf.float32)
                   for shape in ([SIZE + UNITS, 4 * UNITS], [4 * UNITS])]
        packing = Packing(lengths, tf.shape(inputs)[0])
        h = packing.unpack(packed_lstm_layer(packing.pack(inputs), packing.chunks, *weights))
        both = [[value, *tf.gradients(tf.reduce_sum(value * upstream), [inputs, *weights])]
                for value in (h, lstm_layer(inputs, *weights))]
        yield lambda own, given, grads: session.run(
            both, {lengths: own, inputs: given, upstream: grads})


@examples
def test_a_packed_layer_and_its_gradients_are_those_with_the_padding(layers, lengths):
    rng, is_real = np.random.default_rng(0), real(lengths)[..., np.newaxis]
    inputs = rng.normal(size=[NUM_STEPS, len(lengths), SIZE])
    upstream = rng.normal(size=[NUM_STEPS, len(lengths), UNITS]) * is_real
    found, wanted = layers(lengths, inputs, upstream)
    for value, expected in zip([found[0] * is_real, *found[1:]],
                               [wanted[0] * is_real, *wanted[1:]], strict=True):
        scale = max(1, np.abs(expected).max(initial=0))
        np.testing.assert_allclose(value / scale, expected / scale, atol=2e-6)
    assert not lengths or np.abs(wanted[2]).max() > 0.1, 'there is a gradient to compare'


@pytest.mark.parametrize('lengths', [[9] * 5, [1, 9, 4, 4, 7, 2, 9, 3], [3]])
def test_a_stack_of_layers_with_dropout_is_the_same_whatever_is_said_of_the_lengths(lengths):
    rng, is_real = np.random.default_rng(0), real(lengths).T[..., np.newaxis]
    inputs = rng.normal(size=(len(lengths), NUM_STEPS, SIZE)).astype(np.float32)
    mask = rng.integers(0, 2, [NUM_STEPS + 1, len(lengths), UNITS]).astype(np.float32)
    with tf.Graph().as_default(), sharded_session() as session:
        weights = [tf.constant(rng.normal(size=shape), tf.float32) for shape in (
            [SIZE + UNITS, 4 * UNITS], [4 * UNITS], [2 * UNITS, 4 * UNITS], [4 * UNITS])]
        stack = [LstmLayer(*weights[:2], tf.constant(mask)), LstmLayer(*weights[2:])]
        found = session.run([run_layers(stack, tf.constant(inputs), tf.constant(own))
                             for own in (lengths, [NUM_STEPS] * len(lengths))])
    for packed, whole in zip(*found, strict=True):
        np.testing.assert_allclose(packed * is_real, whole * is_real, atol=1e-6)
        assert np.abs(whole).max() > 0.1
