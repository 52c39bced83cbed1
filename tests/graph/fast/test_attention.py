"""The attention layer with its own backward pass, against TensorFlow's gradient of the cell."""

import functools

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.graph.cells import AttentionCell, LstmCell
from magenta_reg.graph.fast.attention import AttentionWeights
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.fast.stack import AttentionLayer, LayersStep
from magenta_reg.graph.unroll import PassCell

INPUT_SIZE, UNITS, LENGTH = 6, 5, 4


class OneLayer:
    """A cell as a stack of one, which PassCell runs."""

    def __init__(self, cell):
        self._cell, self.output_size, self.state_size = cell, cell.output_size, (cell.state_size,)

    def __call__(self, time, inputs, state):
        output, state = self._cell(time, inputs, *state)
        return output, (state,)


def run_cell(cell, inputs):
    """Returns outputs and h, time first, by dynamic_rnn."""
    one = PassCell(OneLayer(cell), with_states=True)
    by_row = tf.transpose(inputs, [1, 0, 2])
    found, _ = tf.nn.dynamic_rnn(one, by_row, initial_state=one.zero_state(tf.shape(by_row)[0]),
                                 dtype=tf.float32)
    return [tf.transpose(values, [1, 0, 2]) for values in found]


def run_steps(layer, inputs, num_steps, batch_size):
    """Returns what LayersStep makes of each step: its outputs and the layer's activations."""
    run, outputs, kept = LayersStep([layer]), [], []
    state = run.zero_state(batch_size)
    for time in range(num_steps):
        output, state, (activations,) = run(tf.constant(time), inputs[time], state)
        outputs.append(output)
        kept.append(activations)
    return tf.stack(outputs), tf.nest.map_structure(lambda *values: tf.stack(values), *kept)


@pytest.mark.parametrize(('num_steps', 'batch_size'), [(1, 1), (3, 2), (4, 1), (30, 3), (3, 0)])
def test_outputs_states_and_gradients_equal_those_of_the_cell_in_dynamic_rnn(num_steps, batch_size):
    rng = np.random.default_rng(0)
    shape = num_steps, batch_size
    with tf.Graph().as_default(), sharded_session() as session:
        inputs = tf.placeholder(tf.float32, [None, None, INPUT_SIZE])
        upstream = [tf.placeholder(tf.float32, [None, None, UNITS]) for _ in range(2)]
        cell = AttentionCell(functools.partial(LstmCell, UNITS), UNITS, LENGTH, INPUT_SIZE)
        layer = AttentionLayer(cell.weights, LENGTH).read()
        passes = [run_cell(cell, inputs), layer.run(inputs, None)]
        if batch_size:
            outputs, activations = run_steps(layer, inputs, *shape)
            passes.append(layer.run(inputs, activations))
        variables = tf.trainable_variables()
        assert len(variables) == len(AttentionWeights._fields)
        found = [[*both, *tf.gradients(both, [inputs, *variables], grad_ys=upstream)]
                 for both in passes]
        session.run(tf.global_variables_initializer())
        for variable in variables:
            variable.load(rng.normal(size=variable.shape).astype(np.float32) / 2, session)
        feeds = {inputs: rng.normal(size=(*shape, INPUT_SIZE)),
                 **{values: rng.normal(size=(*shape, UNITS)) for values in upstream}}
        expected, *others = session.run(found, feeds)
        if batch_size:
            np.testing.assert_allclose(session.run(outputs, feeds), expected[0], atol=1e-6)
    for each in others:
        for value, wanted in zip(each, expected, strict=True):
            scale = max(1, np.abs(wanted).max(initial=0))
            np.testing.assert_allclose(value / scale, wanted / scale, atol=1e-5)
    assert num_steps < 30 or all(
        np.abs(wanted).max() > 0.01 for wanted in expected), 'there is a gradient to compare'
