"""Magenta's recurrent cell, the projection to logits, and hidden states read by structure."""

import itertools

from magenta_reg.base.compat import import_magenta, tf
from magenta_reg.graph.dropout import OutputDropoutCell, RecurrentNoiseCell, TimedCell


def make_cell(hparams, masks=None):
    """Makes Magenta's own multi-layer LSTM cell, with noise in it where the hparams ask for it.

    Args:
        hparams: dict with rnn_layer_sizes, attn_length, residual_connections, dropout_keep_prob,
            recurrent_dropout_keep_prob and zoneout_prob.
        masks: Masks in training, else None: dropout is off and zoneout is its expectation.

    Returns:
        A cell whose variables are named as in Magenta's checkpoints.

    Source: `magenta.models.shared.events_rnn_graph.make_rnn_cell`.
    """
    events_rnn_graph = import_magenta('magenta.models.shared.events_rnn_graph')
    layer_numbers = itertools.count()
    cell = events_rnn_graph.make_rnn_cell(
        hparams['rnn_layer_sizes'], attn_length=hparams['attn_length'],
        base_cell=lambda units: _base_cell(units, hparams, masks, next(layer_numbers)),
        residual_connections=hparams['residual_connections'])
    keep_prob = hparams['dropout_keep_prob']
    if not masks or not is_noisy(hparams):
        return cell
    if keep_prob < 1:
        # Each of Magenta's layers ends in its own DropoutWrapper, which is off.
        cell = tf.nn.rnn_cell.MultiRNNCell([
            OutputDropoutCell(layer, masks, number, keep_prob)
            for number, layer in enumerate(cell._cells)])
    return TimedCell(cell, masks)


def is_noisy(hparams):
    """Returns whether training under these hparams has dropout or zoneout in it."""
    keep_probs = hparams['dropout_keep_prob'], hparams['recurrent_dropout_keep_prob']
    return min(keep_probs) < 1 or hparams['zoneout_prob'] > 0


def _base_cell(units, hparams, masks, layer):
    """Returns Magenta's LSTM cell, wrapped if noise acts on its state."""
    cell = tf.nn.rnn_cell.BasicLSTMCell(units)
    keep_prob, zoneout_prob = hparams['recurrent_dropout_keep_prob'], hparams['zoneout_prob']
    if zoneout_prob or (masks and keep_prob < 1):
        return RecurrentNoiseCell(cell, masks, layer, keep_prob, zoneout_prob)
    return cell


class Projection:
    """The linear layer from the cell's output to logits, under Magenta's variable names.

    Made once, outside of any loop, and called inside and outside.
    """

    def __init__(self, units, num_classes):
        """Makes the variables fully_connected/weights and fully_connected/biases.

        Args:
            units: int, size of the cell's output.
            num_classes: int.
        """
        with tf.variable_scope('fully_connected'):
            self.weights = tf.get_variable('weights', [units, num_classes])
            self.biases = tf.get_variable('biases', [num_classes],
                                          initializer=tf.zeros_initializer())

    def __call__(self, outputs):
        """Returns logits float32 [..., num_classes] of outputs float32 [..., units]."""
        units, num_classes = self.weights.shape.as_list()
        logits = tf.matmul(tf.reshape(outputs, [-1, units]), self.weights) + self.biases
        return tf.reshape(logits, tf.concat([tf.shape(outputs)[:-1], [num_classes]], axis=0))


def layer_states(state):
    """Returns the hidden state h of every layer, side by side.

    Args:
        state: A MultiRNNCell's state: a tuple with one entry a layer, each an LSTMStateTuple or a
            nest that holds one (attention), or a TimedState that holds such.

    Returns:
        float32 [batch, sum of units].
    """
    return tf.concat([_lstm_state(layer).h for layer in layers_of(state)], axis=-1)


def layers_of(state):
    """Returns the entries, one a layer, of a cell's state or state size."""
    return getattr(state, 'layers', state)


def _lstm_state(state):
    """Returns the LSTMStateTuple in a layer's state."""
    if hasattr(state, 'h'):
        return state
    for part in state if isinstance(state, tuple) else ():
        found = _lstm_state(part)
        if found is not None:
            return found
    return None
