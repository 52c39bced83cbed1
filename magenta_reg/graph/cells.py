"""Magenta's recurrent cell, the projection to logits, and hidden states read by structure."""

from magenta_reg.compat import import_magenta, tf


def make_cell(hparams, keep_prob):
    """Makes Magenta's own multi-layer LSTM cell.

    Args:
        hparams: dict with rnn_layer_sizes, attn_length and residual_connections.
        keep_prob: float, the probability to keep an output of a layer; 1.0 is no dropout.

    Returns:
        An RNN cell whose variables are named as in Magenta's checkpoints.

    Source: `magenta.models.shared.events_rnn_graph.make_rnn_cell`.
    """
    events_rnn_graph = import_magenta('magenta.models.shared.events_rnn_graph')
    return events_rnn_graph.make_rnn_cell(
        hparams['rnn_layer_sizes'], dropout_keep_prob=keep_prob,
        attn_length=hparams['attn_length'],
        residual_connections=hparams['residual_connections'])


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
            nest that holds one (attention).

    Returns:
        float32 [batch, sum of units].
    """
    return tf.concat([_lstm_state(layer).h for layer in state], axis=-1)


def _lstm_state(state):
    """Returns the LSTMStateTuple in a layer's state."""
    if hasattr(state, 'h'):
        return state
    for part in state if isinstance(state, tuple) else ():
        found = _lstm_state(part)
        if found is not None:
            return found
    return None
