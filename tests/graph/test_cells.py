"""The cells against those of the unmodified magenta package: the same variables, the same bits."""

import itertools

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.graph.unroll import PassCell
from magenta_reg.interop.magenta import import_magenta
from tests.small import make_experiment

LENGTHS = np.array([9, 1, 6])


def stock_cell(hparams):
    graph = import_magenta('magenta.models.shared.events_rnn_graph')
    return graph.make_rnn_cell(hparams['rnn_layer_sizes'], attn_length=hparams['attn_length'],
                               residual_connections=hparams['residual_connections'])


def run_of(make_cell, inputs):
    """Returns outputs, final state and gradients of the inputs and of every variable, by name."""
    rng = np.random.default_rng(1)
    with tf.Graph().as_default(), sharded_session() as session:
        values = tf.constant(inputs)
        cell, start = make_cell()
        outputs, state = tf.nn.dynamic_rnn(cell, values, LENGTHS, initial_state=start,
                                           dtype=tf.float32)
        if isinstance(cell, PassCell):
            (outputs, _), (state, _) = outputs, state
        variables = sorted((variable for variable in generator_variables()
                            if variable.op.name.startswith('rnn/')),
                           key=lambda variable: variable.op.name)
        upstream = rng.normal(size=(3, 9, cell_size(outputs))).astype(np.float32)
        gradients = tf.gradients(outputs, [values, *variables], grad_ys=tf.constant(upstream))
        for variable in variables:
            variable.load(rng.normal(size=variable.shape).astype(np.float32), session)
        found = session.run([outputs, *tf.nest.flatten(state), *gradients])
        return [variable.op.name for variable in variables], found


def cell_size(outputs):
    return outputs.shape.as_list()[2]


@pytest.mark.parametrize('config', ENCODINGS)
@pytest.mark.parametrize(('sizes', 'attn_length', 'residual'), list(itertools.product(
    ([7], [6, 6], [7, 5, 5]), (0, 4), (False, True))), ids=str)
def test_outputs_states_and_gradients_are_the_bits_of_magentas_cells(config, sizes, attn_length,
                                                                     residual):
    experiment = make_experiment(config=config, rnn_layer_sizes=sizes, attn_length=attn_length,
                                 residual_connections=residual)
    shape = (3, 9, experiment.encoding.codec.input_size)
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)

    def ours():
        cell = PassCell(experiment.builder().make_network().cell)
        return cell, cell.zero_state(3)

    def stock():
        cell = stock_cell(experiment.hparams)
        return cell, cell.zero_state(3, tf.float32)

    (names, found), (stock_names, expected) = (run_of(make, inputs) for make in (ours, stock))
    assert names == stock_names
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, wanted)
        assert np.abs(wanted).max() > 1e-3, 'there is something to compare'
