"""SeqGAN's discriminator: is a melody real, judged by its events?"""

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.codec.history import SPECIAL_EVENTS
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE
from magenta_reg.methods.discriminator import gru, linear


def event_logits(events, codec, gru_units, mlp_layer_sizes, lengths=None):
    """Judges melodies: one-hot events, a GRU, the mean of its states so far, an MLP.

    The paper's is a convolutional network; a GRU takes melodies of any length, and says after every
    event what it thinks so far.

    Args:
        events: int32 [batch, steps], Melody events.
        codec: Codec.
        gru_units: int.
        mlp_layer_sizes: list of int, of the hidden layers, ReLU each.
        lengths: int32 [batch], events of each melody; None to judge after every event.

    Returns:
        float32 [batch, 1], or [batch, steps] if after every event; above 0 for 'real'.
    """
    with tf.variable_scope(DISCRIMINATOR_SCOPE):
        # Time first, as the layer runs.
        states = gru(tf.transpose(_one_hot(events, codec), [1, 0, 2]), None, gru_units, 'rnn')
        counts = tf.cast(tf.range(1, tf.shape(states)[0] + 1), tf.float32)
        means = tf.cumsum(states, axis=0) / counts[:, tf.newaxis, tf.newaxis]
        means = tf.transpose(means, [1, 0, 2])
        if lengths is not None:
            means = tf.gather(means, lengths[:, tf.newaxis] - 1, batch_dims=1)
        summary = tf.reshape(means, [-1, gru_units])
        for index, size in enumerate(mlp_layer_sizes):
            summary = tf.nn.relu(linear(summary, size, f'mlp_{index}'))
        return tf.reshape(linear(summary, 1, 'decision'), tf.shape(means)[:2])


def _one_hot(events, codec):
    """Returns float32 [batch, steps, events of the encoding]."""
    num_special = len(SPECIAL_EVENTS)
    index = tf.where(events < 0, events - NO_EVENT, events - codec.min_note + num_special)
    return tf.one_hot(index, codec.max_note - codec.min_note + num_special)
