"""The loop that draws each event from what was fed before it."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import row_shards
from magenta_reg.graph.fast.lstm import Activations
from magenta_reg.graph.fast.lstm_stack import StackCell, made_layers, mask_shards
from magenta_reg.graph.sampling import SOFTMAX, sample_classes


class Feedback(NamedTuple):
    """What a loop that feeds its own samples back consists of.

    Attributes:
        cell: RNN cell; a StatesCell for a pass that gives states, too.
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
    by_time = [tf.transpose(values) for values in (truth, use_truth, uniforms)]
    layers = made_layers(feedback.cell, tf.zeros([tf.shape(truth)[0], feedback.codec.input_size]))
    if layers is None:
        fed, _ = _draw(feedback, _OutputCell(feedback.cell), *by_time)
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
