"""Passes over whole sequences: over a batch as it is, and over what a loop fed in its place.

The loop only draws: outputs and gradients come from a pass over what was fed, as drawn events are
constants to every gradient.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.cells import zero_state
from magenta_reg.graph.fast.cores import if_rows, row_shards
from magenta_reg.graph.fast.stack import LayersStep, layer_shards, run_layers
from magenta_reg.graph.feedback_loop import CellStep, Sampler, feed_back
from magenta_reg.graph.network import hidden_states
from magenta_reg.graph.sampling import SOFTMAX


class Unroll(NamedTuple):
    """What one pass over a batch gives. Padding means nothing: mask it."""

    outputs: object  # float32 [batch, steps, units], the cell's.
    states: object  # float32 [batch, steps, sum of units], h of all layers; () where not wanted.
    labels: object  # int32 [batch, steps], of the true next event, given the history fed.
    events: object  # int32 [batch, steps], as they were fed.
    metrics: dict = {}  # float32 scalars that the method reports of the pass.


def run_network(network, inputs, lengths, with_states=False, activations=None):
    """Runs a network over stored inputs, as Magenta does.

    Args:
        network: Network.
        inputs: float32 [batch, steps, input_size].
        lengths: int32 [batch], steps of each row.
        with_states: bool, whether the hidden states are wanted.
        activations: as `run_layers` takes them.

    Returns:
        `outputs` and `states` as in Unroll.
    """
    if network.layers is not None:
        return run_layers(network.layers, inputs, lengths, activations)
    cell = PassCell(network.cell, with_states)
    return tf.nn.dynamic_rnn(cell, inputs, sequence_length=lengths,
                             initial_state=cell.zero_state(tf.shape(inputs)[0]),
                             dtype=tf.float32)[0]


class PassCell:
    """A cell as dynamic_rnn runs it; its state counts the positions."""

    def __init__(self, cell, with_states=False):
        """Takes whether the output is a pair: the cell's and the hidden states of all layers."""
        self._cell, self._with_states = cell, with_states
        units = sum(hidden_states(cell.state_size)) if with_states else ()
        self.output_size = (cell.output_size, units)
        self.state_size = (cell.state_size, tf.TensorShape([]))

    def zero_state(self, batch_size):
        """Returns the state before the first position."""
        return zero_state(self._cell, batch_size), tf.zeros([], tf.int64)

    def __call__(self, inputs, state, scope=None):
        state, time = state
        output, state = self._cell(time, inputs, state)
        states = tf.concat(hidden_states(state), axis=-1) if self._with_states else ()
        return (output, states), (state, time + 1)


def unroll_teacher_forced(network, batch, with_states=False):
    """Runs a network over a Batch of tensors as it is. Returns Unroll."""
    outputs, states = run_network(network, batch.inputs, batch.lengths, with_states)
    return Unroll(outputs, states, batch.labels, batch.events[:, :-1])


def unroll_fed(network, batch, fed, with_states=False, activations=None):
    """Runs a network over a batch with other events fed than its own.

    Args:
        network: Network.
        batch: Batch of tensors; its inputs and labels are not read.
        fed: int32 [batch, steps], Melody events.
        with_states, activations: as in `run_network`.

    Returns:
        Unroll, whose labels are those of the true next events.
    """
    codec, states, shape = network.codec, network.codec.states(fed), tf.shape(fed)
    inputs = tf.reshape(codec.encode_input(states), [shape[0], shape[1], codec.input_size])
    labels = codec.encode_label(states, tf.reshape(batch.events[:, 1:], [-1]))
    outputs, hidden = run_network(network, inputs, batch.lengths, with_states, activations)
    return Unroll(outputs, hidden, tf.reshape(labels, shape), fed)


def unroll_feedback(network, batch, use_truth, uniforms, sampling=SOFTMAX, with_states=False):
    """Draws each event from what was fed before it, feeds it or the true one, and runs over that.

    Args:
        network: Network.
        batch: Batch of tensors.
        use_truth: bool [batch, steps], where the true event is fed; position 0 must be True.
        uniforms: float32 [batch, steps], one number in [0, 1) a sample.
        sampling: Sampling.
        with_states: as in `run_network`.

    Returns:
        Unroll.
    """
    # The loop ends in an event that is not fed.
    use_truth = tf.concat([use_truth, use_truth[:, :1]], axis=1)
    events, activations = draw_events(network, batch.events, use_truth, uniforms, sampling)
    return unroll_fed(network, batch, events[:, :-1], with_states, activations)


def draw_events(network, events, use_truth, uniforms, sampling=SOFTMAX):
    """Draws each event from those before it, or takes it as it is.

    Args:
        network: Network.
        events: int32 [batch, steps + 1], Melody events.
        use_truth: bool [batch, steps + 1], where `events` are taken; position 0 must be True.
        uniforms, sampling: as in `unroll_feedback`.

    Returns:
        int32 [batch, steps + 1], the events.
        the `activations` of a pass over all but the last of them, as `unroll_fed` takes them.
    """
    by_time = [tf.transpose(values) for values in (events, use_truth, uniforms)]
    if network.layers is None:
        return tf.transpose(_draw(network, CellStep(network.cell), *by_time, sampling)[0]), None
    num_steps = tf.shape(uniforms)[1]

    def draw_shard(run_step, events, use_truth, uniforms):
        return if_rows(
            events, lambda: _draw(network, run_step, events, use_truth, uniforms, sampling),
            lambda: (events, run_step.activations_of_no_rows(num_steps)))

    shards = zip(*[row_shards(values, 1) for values in by_time], strict=True)
    drawn = [draw_shard(run_step, *shard) for run_step, shard in zip(
        map(LayersStep, layer_shards(network.layers, num_steps)), shards, strict=True)]
    return (tf.transpose(tf.concat([events for events, _ in drawn], axis=1)),
            [activations for _, activations in drawn])


def _draw(network, run_step, events, use_truth, uniforms, sampling):
    """Returns the events int32 [steps + 1, rows] and the activations of one loop."""
    fed = feed_back(network, run_step, events, use_truth,
                    Sampler(network.codec, uniforms, sampling))
    return fed.events, fed.activations
