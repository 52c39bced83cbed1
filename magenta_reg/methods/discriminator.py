"""Professor forcing's discriminator: what it sees of the network, its layers, its costs."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.gru import GruWeights, gru_layer
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE

STACKS = ('bidirectional', 'alternating')
BEHAVIOURS = ('states', 'states_logits', 'all_states_logits', 'readout_logits')


def concat_behaviour(kind, outputs, states, projection):
    """Puts side by side what a kind of behaviour consists of.

    | kind              | parts                                              | Source        |
    |-------------------|----------------------------------------------------|---------------|
    | states            | hidden states h of every layer, before any dropout | ours          |
    | states_logits     | the cell's output and the softmax of the logits    | the paper     |
    | all_states_logits | states, and the softmax of the logits              | ours          |
    | readout_logits    | the cell's output and the logits as they are       | authors' code |

    The cell's output is the top layer's h as the projection reads it: after dropout, and after
    attention where there is any. It stands for both the paper's pre-tanh state of a GRU, which an
    LSTM does not have, and the authors' readout, which lies between state and logits there.

    Args:
        kind: str, one of BEHAVIOURS.
        outputs: float32 [batch, steps, units], the cell's output.
        states: float32 [batch, steps, sum of units]; read where `reads_states`.
        projection: Projection from the cell's output to logits.

    Returns:
        float32 [batch, steps, size].
    """
    if kind == 'states':
        return states
    logits = projection(outputs)
    distribution = logits if kind == 'readout_logits' else tf.nn.softmax(logits)
    return tf.concat([states if reads_states(kind) else outputs, distribution], axis=2)


def reads_states(kind):
    """Returns whether a kind of behaviour has the states of every layer in it."""
    return kind in ('states', 'all_states_logits')


def discriminator_logits(behaviour, lengths, gru_units, mlp_layer_sizes, gru_layers=1,
                         gru_stack='bidirectional', scope=DISCRIMINATOR_SCOPE):
    """Judges sequences of behaviour: GRU layers, a mean over real steps, an MLP.

    Args:
        behaviour: float32 [batch, steps, size].
        lengths: int32 [batch], real steps; what lies beyond has no effect.
        gru_units: int, units of a GRU in each direction.
        mlp_layer_sizes: list of int, of the hidden layers, ReLU each.
        gru_layers: int, at least 1.
        gru_stack: str, one of STACKS: every layer runs both ways (the paper: one such layer), or
            they take turns, forward, backward, forward (the authors' code: three).
        scope: str, of the variables.

    Returns:
        float32 [batch], above 0 for 'teacher-forced'.

    Source: Lamb et al. 2016, arXiv:1610.09038, section 3.2; the mean over time is from the authors'
    code, the mask is ours: without it the length could be read.
    """
    run_layer = {'bidirectional': _bidirectional, 'alternating': _alternating}[gru_stack]
    with tf.variable_scope(scope):
        # Time first from here on, as the layers run.
        sequence = tf.transpose(behaviour, [1, 0, 2])
        for layer in range(gru_layers):
            sequence = run_layer(sequence, lengths, gru_units, layer)
        summary = _mean_over_time(sequence, lengths)
        for index, size in enumerate(mlp_layer_sizes):
            summary = tf.nn.relu(linear(summary, size, f'mlp_{index}'))
        return linear(summary, 1, 'decision')[:, 0]


def discriminator_variables():
    """Returns the default graph's trainable variables of the discriminator."""
    return tf.trainable_variables(f'{DISCRIMINATOR_SCOPE}/')


class Verdict(NamedTuple):
    """The paper's costs and the shares of sequences judged rightly, float32 scalars.

    With D = sigmoid(logit) = P(teacher-forced):
        C_d = -E[log D(teacher-forced)] - E[log(1 - D(free-running))]
        C_f = -E[log D(free-running)]
        C_t = -E[log(1 - D(teacher-forced))]

    Source: arXiv:1610.09038, equations 1 to 3.
    """

    c_d: object
    c_f: object
    c_t: object
    accuracy: object
    accuracy_teacher_forced: object
    accuracy_free_running: object


def discriminator_verdict(real_logits, free_logits):
    """Returns the Verdict on logits of teacher-forced and of free-running rows, float32 [batch]."""
    c_d = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(free_logits))
    c_f = tf.reduce_mean(tf.nn.softplus(-free_logits))
    c_t = tf.reduce_mean(tf.nn.softplus(real_logits))
    hits = [tf.reduce_mean(tf.cast(is_right, tf.float32))
            for is_right in (real_logits > 0, free_logits < 0)]
    return Verdict(c_d, c_f, c_t, (hits[0] + hits[1]) / 2, *hits)


def _bidirectional(sequence, lengths, units, layer):
    """Returns float32 [steps, batch, 2 units]: a GRU forward and one backward, side by side."""
    # The first layer's variables have no number: so they are named in earlier checkpoints.
    scope = f'bidirectional_rnn_{layer}' if layer else 'bidirectional_rnn'
    return tf.concat([gru(sequence, lengths, units, f'{scope}/fw'),
                      gru(sequence, lengths, units, f'{scope}/bw', is_backward=True)], axis=2)


def _alternating(sequence, lengths, units, layer):
    """Returns float32 [steps, batch, units]: a GRU, backward in time in every second layer."""
    return gru(sequence, lengths, units, f'rnn_{layer}', is_backward=layer % 2 == 1)


def gru(sequence, lengths, units, scope, is_backward=False):
    """Returns float32 [steps, batch, units]; what lies beyond a row's length means nothing."""
    def turn(values):
        if not is_backward:
            return values
        return tf.reverse_sequence(values, lengths, seq_axis=0, batch_axis=1)

    with tf.variable_scope(scope):
        weights = GruWeights.make(sequence.shape[2], units)
    return turn(gru_layer(turn(sequence), GruWeights(*map(tf.identity, weights))))


def _mean_over_time(sequence, lengths):
    """Returns float32 [batch, size]: the mean of sequence [steps, batch, size] over real steps."""
    mask = tf.transpose(tf.sequence_mask(lengths, tf.shape(sequence)[0], dtype=tf.float32))
    mask = mask[:, :, tf.newaxis]
    return tf.reduce_sum(sequence * mask, axis=0) / tf.reduce_sum(mask, axis=0)


def linear(inputs, size, name):
    """Returns inputs [batch, n] times a variable [n, size] plus a bias."""
    with tf.variable_scope(name):
        weights = tf.get_variable('weights', [inputs.shape[1], size])
        biases = tf.get_variable('biases', [size], initializer=tf.zeros_initializer())
        return tf.matmul(inputs, weights) + biases
