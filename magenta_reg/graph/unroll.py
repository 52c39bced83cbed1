"""The two ways through time: on stored inputs, and through a loop that feeds events back.

One mask makes every mode out of the second: `use_truth` says at which positions the true event is
fed. All True is teacher forcing, coins are scheduled sampling, and True at position 0 only is free
running. The loop only draws, see `drawing`: outputs and gradients come from a pass over what was
fed, as drawn events are constants to every gradient. Generation is free running after a primer: see
`generation`.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.cells import layer_states, layers_of
from magenta_reg.graph.fast.lstm_stack import made_layers, run_stack
from magenta_reg.graph.feedback_loop import draw


class Unroll(NamedTuple):
    """What one pass over a batch gives.

    Attributes:
        outputs: float32 [batch, steps, units], the cell's output at each step.
        labels: int32 [batch, steps], the label of the true next event, given the history fed.
        events: int32 [batch, steps], the events fed.
    """

    outputs: object
    labels: object
    events: object


class StatesCell:
    """A cell that also puts out the hidden states of all its layers.

    No RNNCell by inheritance: it adds neither variables nor a variable scope to the inner cell.
    """

    def __init__(self, cell):
        self.cell = cell
        self.state_size = cell.state_size
        self.output_size = (cell.output_size, sum(
            size.h for size in map(_lstm_size, layers_of(cell.state_size))))
        self.zero_state = cell.zero_state

    def __call__(self, inputs, state, scope=None):
        output, state = self.cell(inputs, state)
        return (output, layer_states(state)), state


def _lstm_size(size):
    """Returns the LSTMStateTuple of sizes in a layer's state size."""
    return size if hasattr(size, 'h') else next(filter(None, map(_lstm_size, size)), None)


def unroll_teacher_forced(cell, inputs, lengths, activations=None):
    """Runs a cell over stored inputs, as Magenta does.

    Args:
        cell: RNN cell, or a StatesCell.
        inputs: float32 [batch, steps, input_size].
        lengths: int32 [batch], steps of each row. What lies beyond means nothing: mask it.
        activations: those of these inputs, from Drawn, where they are known.

    Returns:
        The cell's output: float32 [batch, steps, units], or a nest of such.
    """
    layers = made_layers(_without_states(cell), inputs[:, 0])
    if layers is None:
        return tf.nn.dynamic_rnn(
            cell, inputs, sequence_length=lengths, dtype=tf.float32,
            initial_state=cell.zero_state(tf.shape(inputs)[0], tf.float32))[0]
    outputs, states = run_stack(layers, inputs, activations)
    return (outputs, states) if isinstance(cell, StatesCell) else outputs


def unroll_feedback(feedback, batch, use_truth, uniforms):
    """Draws events by feeding them back, and runs over what was fed.

    Args:
        feedback: Feedback.
        batch: Batch of tensors.
        use_truth: bool [batch, steps], where the true event is fed; position 0 must be True.
        uniforms: float32 [batch, steps], one number in [0, 1) a sample.

    Returns:
        Unroll. Padding means nothing: mask it.
    """
    drawn = draw(feedback._replace(cell=_without_states(feedback.cell)), batch.events[:, :-1],
                 use_truth, uniforms)
    return unroll_fed(feedback, batch, drawn)


def unroll_fed(feedback, batch, drawn):
    """Runs over a batch with other events fed than its own.

    Args:
        feedback: Feedback.
        batch: Batch of tensors; its inputs are not read.
        drawn: Drawn.

    Returns:
        Unroll, whose labels are those of the true next events.
    """
    codec, states = feedback.codec, feedback.codec.states(drawn.fed)
    shape = tf.shape(drawn.fed)
    inputs = tf.reshape(codec.encode_input(states), [shape[0], shape[1], codec.input_size])
    labels = codec.encode_label(states, tf.reshape(batch.events[:, 1:], [-1]))
    outputs = unroll_teacher_forced(feedback.cell, inputs, batch.lengths, drawn.activations)
    return Unroll(outputs, tf.reshape(labels, shape), drawn.fed)


def _without_states(cell):
    """Returns the cell that a StatesCell wraps, or the cell itself."""
    return cell.cell if isinstance(cell, StatesCell) else cell
