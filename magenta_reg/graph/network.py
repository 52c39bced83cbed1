"""The network: Magenta's recurrent cell, the projection to logits, and their initial weights."""

import itertools
import zlib
from contextlib import contextmanager
from typing import NamedTuple

from magenta_reg.base.compat import import_magenta, tf
from magenta_reg.graph.dropout import OutputDropoutCell, RecurrentNoiseCell
from magenta_reg.graph.fast.stack import Layer
from magenta_reg.graph.sampling import OUTPUT_DROPOUT


class Network(NamedTuple):
    """What every pass and every loop runs."""

    codec: object
    cell: object  # Magenta's multi-layer LSTM cell, with its noise unless `layers` has it.
    projection: object  # Projection from the cell's output to logits.
    masks: object = None  # Masks in training with noise, else None.
    # List of Layer for passes over whole sequences; None if there is more to the network than LSTM
    # layers and dropout of their outputs: attention, residual connections, recurrent noise.
    layers: object = None


def make_network(hparams, codec, masks=None):
    """Makes the network, its variables named as in Magenta's checkpoints.

    Without `masks`, as in evaluation and generation, dropout is off and zoneout its expectation.

    Source: `magenta.models.shared.events_rnn_graph.make_rnn_cell`.
    """
    events_rnn_graph = import_magenta('magenta.models.shared.events_rnn_graph')
    layer_numbers = itertools.count()
    cell = events_rnn_graph.make_rnn_cell(
        hparams['rnn_layer_sizes'], attn_length=hparams['attn_length'],
        base_cell=lambda units: _base_cell(units, hparams, masks, next(layer_numbers)),
        residual_connections=hparams['residual_connections'])
    projection = Projection(cell.output_size, codec.num_classes)
    keep_prob = hparams['dropout_keep_prob'] if masks else 1
    if not (hparams['attn_length'] or hparams['residual_connections']
            or _has_recurrent_noise(hparams, masks)):
        layers = _make_layers(cell, codec.input_size, masks, keep_prob)
        return Network(codec, cell, projection, masks, layers)
    if keep_prob < 1:
        # Each of Magenta's layers ends in its own DropoutWrapper, which is off.
        cell = tf.nn.rnn_cell.MultiRNNCell([
            OutputDropoutCell(layer, masks, number, keep_prob)
            for number, layer in enumerate(cell._cells)])
    return Network(codec, cell, projection, masks)


def _has_recurrent_noise(hparams, masks):
    return hparams['zoneout_prob'] > 0 or (masks and hparams['recurrent_dropout_keep_prob'] < 1)


def _base_cell(units, hparams, masks, layer):
    """Returns Magenta's LSTM cell, wrapped if noise acts on its state."""
    cell = tf.nn.rnn_cell.BasicLSTMCell(units)
    if not _has_recurrent_noise(hparams, masks):
        return cell
    return RecurrentNoiseCell(cell, masks, layer, hparams['recurrent_dropout_keep_prob'],
                              hparams['zoneout_prob'])


def _make_layers(cell, input_size, masks, keep_prob):
    """Makes the variables of a cell of plain LSTM layers. Returns list of Layer."""
    layers = []
    for number, wrapper in enumerate(cell._cells):
        lstm = wrapper.cell
        # The scope that dynamic_rnn gives them.
        with tf.variable_scope(f'rnn/multi_rnn_cell/cell_{number}'):
            lstm.build([None, input_size])
        mask = None
        if keep_prob < 1:
            mask = masks.dropout(keep_prob, OUTPUT_DROPOUT, number, lstm.output_size)
        layers.append(Layer(*lstm.variables, mask))
        input_size = lstm.output_size
    return layers


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

    A state has one entry a layer, an LSTMStateTuple or a nest that holds one (attention).
    """
    return [_lstm_state(layer).h for layer in state]


def _lstm_state(state):
    """Returns the LSTMStateTuple in a layer's state, or None."""
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
        initializer = options.get('initializer')
        # Glorot's uniform is what get_variable takes by default; Keras' cells name it.
        if initializer is None or isinstance(initializer, tf.glorot_uniform_initializer):
            name_seed = zlib.crc32(f'{seed}/{name}'.encode()) & 0x7fffffff
            options['initializer'] = tf.glorot_uniform_initializer(seed=name_seed)
        return getter(name, *args, **options)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=seeded_getter,
                           auxiliary_name_scope=False):
        yield
