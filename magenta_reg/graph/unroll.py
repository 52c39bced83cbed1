"""The two ways through time: on stored inputs, and through a loop that feeds events back.

One mask makes every mode out of the second: `use_truth` says at which positions the true event is
fed. All True is teacher forcing, coins are scheduled sampling, and True at position 0 only is free
running. The loop draws; what is learnt from comes of a pass over what was fed, as the events drawn
are constants to every gradient. Generation is free running after a primer: see `generation`.
"""

from typing import NamedTuple

from magenta_reg.compat import tf
from magenta_reg.graph.cells import layer_states, layers_of
from magenta_reg.graph.cores import row_shards
from magenta_reg.graph.lstm import Activations
from magenta_reg.graph.lstm_stack import StackCell, mask_shards, run_stack, stack_layers
from magenta_reg.graph.sampling import SOFTMAX, sample_classes


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


class Feedback(NamedTuple):
    """What a loop that feeds its own samples back consists of.

    Attributes:
        cell: RNN cell, or a StatesCell.
        projection: Projection from the cell's output to logits.
        codec: Codec.
        sampling: Sampling.
    """

    cell: object
    projection: object
    codec: object
    sampling: object = SOFTMAX


class Drawn(NamedTuple):
    """What a loop that feeds its own samples back leaves behind.

    Attributes:
        fed: int32 [batch, steps], the events fed.
        activations: as `run_stack` takes them; None unless the cell is a stack.
    """

    fed: object
    activations: object = None


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


def made_layers(cell, inputs):
    """Returns `stack_layers` of a cell with their variables made, or None.

    Args:
        cell: RNN cell.
        inputs: float32 [batch, input_size], of any step.
    """
    layers = stack_layers(cell)
    if layers is not None:
        # A step that is never run makes them in the scope that dynamic_rnn gives them.
        with tf.variable_scope('rnn'):
            cell(inputs, cell.zero_state(tf.shape(inputs)[0], tf.float32))
    return layers


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
    return unroll_fed(feedback, batch, draw(feedback, batch.events[:, :-1], use_truth, uniforms))


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


def draw(feedback, truth, use_truth, uniforms):
    """Draws each event from what was fed before it, and feeds it or the true one.

    Args:
        feedback: Feedback.
        truth: int32 [batch, steps], Melody events.
        use_truth: bool [batch, steps]; position 0 must be True.
        uniforms: float32 [batch, steps], in [0, 1).

    Returns:
        Drawn.
    """
    cell = _without_states(feedback.cell)
    by_time = [tf.transpose(values) for values in (truth, use_truth, uniforms)]
    layers = made_layers(cell, tf.zeros([tf.shape(truth)[0], feedback.codec.input_size]))
    if layers is None:
        fed, _ = _draw(feedback, _OutputCell(cell), *by_time)
        return Drawn(tf.transpose(fed))
    masks = mask_shards(layers, tf.shape(truth)[1])
    rows = zip(*[row_shards(values, 1) for values in by_time], strict=True)
    fed, activations = zip(*[_draw(feedback, StackCell(layers, of_shard), *values)
                             for of_shard, values in zip(masks, rows, strict=True)], strict=True)
    return Drawn(tf.transpose(tf.concat(fed, axis=1)), activations)


class _OutputCell:
    """Any cell, with StackCell's output."""

    num_layers = 0

    def __init__(self, cell):
        self._cell, self.zero_state = cell, cell.zero_state

    def __call__(self, inputs, state):
        output, state = self._cell(inputs, state)
        return (output, []), state


def _draw(feedback, cell, truth, use_truth, uniforms):
    """Runs the loop, given `draw`'s arguments time first.

    Returns:
        int32 [steps, batch], the events fed.
        list of Activations [steps, batch, units], one a layer of a StackCell.
    """
    codec, (num_steps, batch_size) = feedback.codec, tf.unstack(tf.shape(truth))

    def step(time, sampled, cell_state, codec_state, fed, kept):
        event = tf.where(use_truth[time], truth[time], sampled)
        codec_state = codec.append(codec_state, event)
        (output, activations), cell_state = cell(codec.encode_input(codec_state), cell_state)
        classes = sample_classes(feedback.projection(output), uniforms[time], feedback.sampling)
        kept = [Activations(*[array.write(time, values)
                              for array, values in zip(arrays, layer, strict=True)])
                for arrays, layer in zip(kept, activations, strict=True)]
        return (time + 1, codec.decode_label(codec_state, classes), cell_state, codec_state,
                fed.write(time, event), kept)

    kept = [Activations(*[tf.TensorArray(tf.float32, num_steps) for _ in Activations._fields])
            for _ in range(cell.num_layers)]
    start = (0, truth[0], cell.zero_state(batch_size, tf.float32), codec.initial_state(batch_size),
             tf.TensorArray(tf.int32, num_steps), kept)
    # The scope that dynamic_rnn gives the cell's variables.
    with tf.variable_scope('rnn'):
        *_, fed, kept = tf.while_loop(lambda time, *_: time < num_steps, step, start,
                                      back_prop=False)
    return fed.stack(), [Activations(*[array.stack() for array in layer]) for layer in kept]


def _without_states(cell):
    """Returns the cell that a StatesCell wraps, or the cell itself."""
    return cell.cell if isinstance(cell, StatesCell) else cell
