"""The network that tells teacher-forced behaviour from free-running behaviour."""

from magenta_reg.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE


def discriminator_logits(behaviour, lengths, gru_units, mlp_layer_sizes):
    """Judges sequences of behaviour: a bidirectional GRU, a mean over real steps, an MLP.

    Args:
        behaviour: float32 [batch, steps, size].
        lengths: int32 [batch], real steps; what lies beyond has no effect.
        gru_units: int, units of the GRU in each direction.
        mlp_layer_sizes: list of int, sizes of the hidden layers, ReLU each.

    Returns:
        float32 [batch], above 0 for 'teacher-forced'.

    Source: Lamb et al. 2016, arXiv:1610.09038, section 3.2; the mean over time is from the authors'
    code, the mask is ours: without it the length could be read.
    """
    with tf.variable_scope(DISCRIMINATOR_SCOPE):
        cells = [tf.nn.rnn_cell.GRUCell(gru_units) for _ in range(2)]
        directions, _ = tf.nn.bidirectional_dynamic_rnn(
            *cells, behaviour, sequence_length=lengths, dtype=tf.float32)
        summary = _mean_over_time(tf.concat(directions, axis=2), lengths)
        for index, size in enumerate(mlp_layer_sizes):
            summary = tf.nn.relu(_linear(summary, size, f'mlp_{index}'))
        return _linear(summary, 1, 'decision')[:, 0]


def discriminator_variables():
    """Returns the default graph's trainable variables of the discriminator."""
    return tf.trainable_variables(f'{DISCRIMINATOR_SCOPE}/')


def discriminator_costs(real_logits, free_logits):
    """Computes the paper's costs, with D = sigmoid(logit) = P(teacher-forced).

        C_d = -E[log D(teacher-forced)] - E[log(1 - D(free-running))]
        C_f = -E[log D(free-running)]
        C_t = -E[log(1 - D(teacher-forced))]

    Args:
        real_logits: float32 [batch], of teacher-forced behaviour.
        free_logits: float32 [batch], of free-running behaviour.

    Returns:
        (C_d, C_f, C_t, accuracy): float32 scalars; accuracy is the mean of both halves'.

    Source: arXiv:1610.09038, equations 1 to 3.
    """
    c_d = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(free_logits))
    c_f = tf.reduce_mean(tf.nn.softplus(-free_logits))
    c_t = tf.reduce_mean(tf.nn.softplus(real_logits))
    hits = tf.concat([real_logits > 0, free_logits < 0], axis=0)
    return c_d, c_f, c_t, tf.reduce_mean(tf.cast(hits, tf.float32))


def _mean_over_time(sequence, lengths):
    """Returns float32 [batch, size]: the mean of sequence [batch, steps, size] over real steps."""
    mask = tf.sequence_mask(lengths, tf.shape(sequence)[1], dtype=tf.float32)[:, :, tf.newaxis]
    return tf.reduce_sum(sequence * mask, axis=1) / tf.reduce_sum(mask, axis=1)


def _linear(inputs, size, name):
    """Returns inputs [batch, n] times a variable [n, size] plus a bias."""
    with tf.variable_scope(name):
        weights = tf.get_variable('weights', [inputs.shape[1], size])
        biases = tf.get_variable('biases', [size], initializer=tf.zeros_initializer())
        return tf.matmul(inputs, weights) + biases
