"""The network: recurrent layers, the projection to logits, and their initial weights."""

import functools
import zlib
from contextlib import contextmanager
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.cells import (
    AttentionCell,
    InputProjectionCell,
    LstmCell,
    ResidualCell,
    StackedCell,
)
from magenta_reg.graph.dropout import OutputDropoutCell, RecurrentNoiseCell
from magenta_reg.graph.fast.stack import AttentionLayer, LstmLayer
from magenta_reg.graph.sampling import OUTPUT_DROPOUT


class Network(NamedTuple):
    """What every pass and every loop runs."""

    codec: object
    cell: object  # The StackedCell, with its noise.
    projection: object  # Projection from the cell's output to logits.
    # List of LstmLayer and AttentionLayer for passes over whole sequences; None if there is more to
    # the network than these and dropout of their outputs: residual connections, recurrent noise.
    layers: object = None


def make_network(hparams, codec, masks=None):
    """Makes the network, its variables named as in Magenta's checkpoints.

    Without `masks`, as in evaluation and generation, dropout is off and zoneout its expectation.

    Source: `magenta.models.shared.events_rnn_graph`, `make_rnn_cell` and `build`.
    """
    sizes = hparams['rnn_layer_sizes']
    projection = Projection(sizes[-1], codec.num_classes)
    cell = StackedCell([functools.partial(_layer_cell, hparams, masks, number)
                        for number in range(len(sizes))], codec.input_size)
    layers = [_whole_layer(one) for one in cell.cells]
    return Network(codec, cell, projection, None if None in layers else layers)


def _layer_cell(hparams, masks, number, input_size):
    """Makes a layer of the stack: an LSTM in the wrappers that hparams ask for."""
    sizes = hparams['rnn_layer_sizes']
    units = sizes[number]
    make_cell = functools.partial(LstmCell, units)
    recurrent_keep_prob = hparams['recurrent_dropout_keep_prob'] if masks else 1
    if hparams['zoneout_prob'] > 0 or recurrent_keep_prob < 1:
        make_cell = functools.partial(RecurrentNoiseCell, make_cell, masks, number,
                                      recurrent_keep_prob, hparams['zoneout_prob'])
    if hparams['attn_length'] and number == 0:
        make_cell = functools.partial(AttentionCell, make_cell, units, hparams['attn_length'])
    if hparams['residual_connections']:
        make_cell = functools.partial(ResidualCell, make_cell)
        if number == 0 or units != sizes[number - 1]:
            make_cell = functools.partial(InputProjectionCell, make_cell, units)
    cell = make_cell(input_size=input_size)
    if masks and hparams['dropout_keep_prob'] < 1:
        mask = masks.dropout(hparams['dropout_keep_prob'], OUTPUT_DROPOUT, number, units)
        return OutputDropoutCell(cell, mask)
    return cell


def _whole_layer(cell):
    """Returns the layer that runs a cell over whole sequences, or None if it is more than that."""
    mask = None
    if isinstance(cell, OutputDropoutCell):
        cell, mask = cell.cell, cell.mask
    if isinstance(cell, LstmCell):
        return LstmLayer(cell.kernel, cell.bias, mask)
    if isinstance(cell, AttentionCell) and isinstance(cell.cell, LstmCell):
        return AttentionLayer(cell.weights, cell.attn_length, mask)
    return None


class Projection:
    """The linear layer from the cell's output to logits, under Magenta's variable names."""

    def __init__(self, units, num_classes):
        with tf.variable_scope('fully_connected'):
            self._weights = tf.get_variable('weights', [units, num_classes])
            self._biases = tf.get_variable('biases', [num_classes],
                                           initializer=tf.zeros_initializer())

    def __call__(self, outputs):
        """Returns logits float32 [..., num_classes] of outputs float32 [..., units]."""
        units, num_classes = self._weights.shape.as_list()
        logits = tf.matmul(tf.reshape(outputs, [-1, units]), self._weights) + self._biases
        return tf.reshape(logits, tf.concat([tf.shape(outputs)[:-1], [num_classes]], axis=0))


def hidden_states(state):
    """Returns the hidden state h of every layer in a cell's state, or its units in a state_size.

    A state has one entry a layer, an LstmState or a nest that holds one (attention).
    """
    return [_lstm_state(layer).h for layer in state]


def _lstm_state(state):
    """Returns the LstmState in a layer's state, or None."""
    if hasattr(state, 'h'):
        return state
    parts = state if isinstance(state, tuple) else ()
    return next(filter(None, map(_lstm_state, parts)), None)


@contextmanager
def weights_seeded_by_name(seed):
    """Gives every variable made in the block with Glorot's uniform initializer a seed of its own.

    TensorFlow seeds an initializer by the number of operations made before it. Then two methods
    would start from different weights under one seed, and their comparison would not be paired.
    """
    def seeded_getter(getter, name, *args, **options):
        # Glorot's uniform is what get_variable takes by default.
        if options.get('initializer') is None:
            name_seed = zlib.crc32(f'{seed}/{name}'.encode()) & 0x7fffffff
            options['initializer'] = tf.glorot_uniform_initializer(seed=name_seed)
        return getter(name, *args, **options)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=seeded_getter,
                           auxiliary_name_scope=False):
        yield
