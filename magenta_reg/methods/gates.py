"""Professor forcing's gates: which network gets a gradient from the discriminator's costs."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE

# The accuracy of a discriminator that knows nothing: where its moving average starts.
_CHANCE = 0.5


class Gates(NamedTuple):
    """The gates of one update, and what moves them on."""

    accuracy: object  # float32 scalar, what the gates look at.
    generator: object  # float32 scalar, 1 open or 0 shut; so is the next.
    discriminator: object
    update: object  # Operation that updates the moving average and the count of updates.


def make_gates(accuracy, hparams):
    """Opens the generator's gate above one accuracy, the discriminator's up to another.

    With gate_average 0 the accuracy is this batch's. Else it is the average that this batch is
    already in, gate_average * average + (1 - gate_average) * accuracy. It starts at 0.5, which
    keeps the generator's gate shut until the discriminator has shown what it can.

    With gate_steps the generator's gate goes in a line from gate_generator to gate_generator_end
    over so many updates. A gate of 0 is no gate: it is open at an accuracy of 0, too. Average and
    count are variables of the checkpoint, so that training resumes with them.

    Args:
        accuracy: float32 scalar, the discriminator's of this update.
        hparams: dict with gate_*.

    Returns:
        Gates.
    """
    updates, decay = [], hparams['gate_average']
    if decay:
        average = _variable('accuracy_average', _CHANCE, tf.float32)
        accuracy = decay * average + (1 - decay) * accuracy
        updates.append(tf.assign(average, accuracy).op)
    threshold = hparams['gate_generator']
    if hparams['gate_steps']:
        count = _variable('gate_count', 0, tf.int64)
        share = tf.minimum(tf.cast(count, tf.float32) / hparams['gate_steps'], 1.0)
        threshold += share * (hparams['gate_generator_end'] - threshold)
        with tf.control_dependencies([share]):
            updates.append(tf.assign_add(count, 1).op)
    generator = tf.logical_or(accuracy > threshold, tf.less_equal(threshold, 0.0))
    return Gates(accuracy, tf.cast(generator, tf.float32), discriminator_gate(accuracy, hparams),
                 tf.group(*updates))


def discriminator_gate(accuracy, hparams):
    """Returns float32 scalar, 1 for an accuracy up to gate_discriminator, else 0."""
    return tf.cast(accuracy <= hparams['gate_discriminator'], tf.float32)


def _variable(name, value, dtype):
    """Returns a scalar variable that no optimizer trains."""
    with tf.variable_scope(DISCRIMINATOR_SCOPE):
        return tf.get_variable(name, [], dtype, tf.constant_initializer(value), trainable=False)
