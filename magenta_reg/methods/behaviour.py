"""What professor forcing's discriminator sees of the network: one vector a step."""

from magenta_reg.base.compat import tf

BEHAVIOURS = ('states', 'states_logits', 'readout_logits')


def concat_behaviour(kind, outputs, states, projection):
    """Puts side by side what a kind of behaviour consists of.

    | kind           | parts                                              | Source        |
    |----------------|----------------------------------------------------|---------------|
    | states         | hidden states h of every layer, before any dropout | ours          |
    | states_logits  | the cell's output and the softmax of the logits    | the paper     |
    | readout_logits | the cell's output and the logits as they are       | authors' code |

    The cell's output is the top layer's h as the projection reads it: after dropout, and after
    attention where there is any. It stands for both the paper's pre-tanh state of a GRU, which an
    LSTM does not have, and the authors' readout, which lies between state and logits there.

    Args:
        kind: str, one of BEHAVIOURS.
        outputs: float32 [batch, steps, units], the cell's output.
        states: float32 [batch, steps, sum of units]; read by 'states' only.
        projection: Projection from the cell's output to logits.

    Returns:
        float32 [batch, steps, size].
    """
    if kind == 'states':
        return states
    logits = projection(outputs)
    distribution = tf.nn.softmax(logits) if kind == 'states_logits' else logits
    return tf.concat([outputs, distribution], axis=2)
