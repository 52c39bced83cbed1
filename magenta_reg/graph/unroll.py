"""The two ways through time: on stored inputs, and through a loop that feeds events back.

One mask makes every mode out of the second: `use_truth` says at which positions the true event is
fed. All True is teacher forcing, coins are scheduled sampling, and True at position 0 only is free
running. Generation is free running after a primer, in a loop without what only training needs: see
`generation`.
"""

from typing import NamedTuple

from magenta_reg.compat import tf
from magenta_reg.graph.cells import layer_states, layers_of
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
        self._cell = cell
        self.state_size = cell.state_size
        self.output_size = (cell.output_size, sum(
            size.h for size in map(_lstm_size, layers_of(cell.state_size))))
        self.zero_state = cell.zero_state

    def __call__(self, inputs, state, scope=None):
        output, state = self._cell(inputs, state)
        return (output, layer_states(state)), state


def _lstm_size(size):
    """Returns the LSTMStateTuple of sizes in a layer's state size."""
    return size if hasattr(size, 'h') else next(filter(None, map(_lstm_size, size)), None)


class FeedbackCell:
    """A cell whose input is the true event and whether to use it; else it feeds its own sample.

    Input, a pair:
        int32 [batch, 3]: the true event, the true next event, use_truth (0 or 1).
        float32 [batch, 1]: a uniform number for the sample.
    State: the inner cell's, the codec's, and int32 [batch], the event sampled last.
    Output, all float32, as dynamic_rnn wants it: the inner cell's output, the event fed [batch, 1],
        the label of the true next event [batch, 1].

    No gradient flows through the sampled event: it is a constant to the step that follows.
    """

    def __init__(self, cell, projection, codec, sampling=SOFTMAX):
        """Wraps a cell.

        Args:
            cell: RNN cell.
            projection: Projection from the cell's output to logits.
            codec: Codec.
            sampling: Sampling.
        """
        self.cell = cell
        self.projection = projection
        self.codec = codec
        self.sampling = sampling
        self.output_size = (cell.output_size, 1, 1)
        self.state_size = None

    def zero_state(self, batch_size, dtype):
        """Returns the state before any event."""
        no_sample = tf.zeros([batch_size], tf.int32)
        return (self.cell.zero_state(batch_size, dtype), self.codec.initial_state(batch_size),
                no_sample)

    def __call__(self, inputs, state, scope=None):
        integers, uniforms = inputs
        true_event, next_event, use_truth = tf.unstack(integers, axis=1)
        cell_state, codec_state, sampled = state
        event = tf.where(use_truth > 0, true_event, sampled)
        codec_state = self.codec.append(codec_state, event)
        output, cell_state = self.cell(self.codec.encode_input(codec_state), cell_state)
        logits = tf.stop_gradient(self.projection(output))
        label = sample_classes(logits, uniforms[:, 0], self.sampling)
        sampled = self.codec.decode_label(codec_state, label)
        true_label = self.codec.encode_label(codec_state, next_event)
        column = [tf.cast(values[:, tf.newaxis], tf.float32) for values in (event, true_label)]
        return (output, *column), (cell_state, codec_state, sampled)


def unroll_teacher_forced(cell, inputs, lengths):
    """Runs a cell over stored inputs, as Magenta does.

    Args:
        cell: RNN cell.
        inputs: float32 [batch, steps, input_size].
        lengths: int32 [batch], steps of each row.

    Returns:
        The cell's output: float32 [batch, steps, units], or a nest of such.
    """
    initial_state = cell.zero_state(tf.shape(inputs)[0], tf.float32)
    outputs, _ = tf.nn.dynamic_rnn(cell, inputs, sequence_length=lengths,
                                   initial_state=initial_state, dtype=tf.float32)
    return outputs


def unroll_feedback(feedback_cell, events, use_truth, uniforms):
    """Runs a FeedbackCell over a batch.

    Args:
        feedback_cell: FeedbackCell.
        events: int32 [batch, steps + 1], Melody events.
        use_truth: bool [batch, steps], where the true event is fed; position 0 must be True.
        uniforms: float32 [batch, steps], one number in [0, 1) a sample.

    Returns:
        Unroll. Rows shorter than `steps` run on over their padding: mask what is made of it.
    """
    integers = tf.stack([events[:, :-1], events[:, 1:], tf.cast(use_truth, tf.int32)], axis=2)
    initial_state = feedback_cell.zero_state(tf.shape(events)[0], tf.float32)
    (outputs, fed, labels), _ = tf.nn.dynamic_rnn(
        feedback_cell, (integers, uniforms[:, :, tf.newaxis]), initial_state=initial_state,
        dtype=tf.float32)
    return Unroll(outputs, tf.cast(labels[:, :, 0], tf.int32), tf.cast(fed[:, :, 0], tf.int32))
