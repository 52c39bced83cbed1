"""Professor forcing's gates: who learns, given how well the discriminator does."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.melody_graph import DISCRIMINATOR_SCOPE

# The accuracy of a discriminator that knows nothing: where its moving average starts.
_CHANCE = 0.5


class Gates(NamedTuple):
    """Which network gets a gradient from the discriminator's costs in this step.

    Attributes:
        accuracy: float32 scalar, what the gates look at.
        generator: float32 scalar, 1 open or 0 shut.
        discriminator: float32 scalar, 1 open or 0 shut.
        update: operation that keeps the moving average.
    """

    accuracy: object
    generator: object
    discriminator: object
    update: object


def make_gates(accuracy, generator_above, discriminator_up_to, average_decay, is_active):
    """Opens the generator's gate above one accuracy, the discriminator's up to another.

    With a decay of 0 the accuracy is this batch's. Else it is the average that this batch is
    already in, decay * average + (1 - decay) * accuracy. It starts at 0.5, which keeps the
    generator's gate shut until the discriminator has shown what it can; it is a variable of the
    checkpoint, so that training resumes with it.

    Args:
        accuracy: float32 scalar, of the discriminator in this batch.
        generator_above: float in [0, 1].
        discriminator_up_to: float in [0, 1].
        average_decay: float in [0, 1).
        is_active: bool scalar tensor; False shuts both gates and leaves the average alone.

    Returns:
        Gates.
    """
    update = tf.no_op()
    if average_decay:
        with tf.variable_scope(DISCRIMINATOR_SCOPE):
            average = tf.get_variable('accuracy_average', [], trainable=False,
                                      initializer=tf.constant_initializer(_CHANCE))
        moved = average_decay * average + (1 - average_decay) * accuracy
        accuracy = tf.where(is_active, moved, tf.identity(average))
        update = tf.assign(average, accuracy).op
    is_open = accuracy > generator_above, accuracy <= discriminator_up_to
    opened = [tf.cast(tf.logical_and(is_active, gate), tf.float32) for gate in is_open]
    return Gates(accuracy, *opened, update)
