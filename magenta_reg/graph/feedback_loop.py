"""The loop that feeds events back: each is chosen from what was fed before it.

One mask makes every mode out of it: `use_truth` says at which positions the true event is fed. All
True is teacher forcing, coins are scheduled sampling, True at position 0 only is free running, and
True below the primer's length is generation. No gradient comes back through the loop.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.cells import zero_state
from magenta_reg.graph.sampling import SOFTMAX, sample_classes


class Choice(NamedTuple):
    """How the rows go on; a row is a melody, or in a search one continuation of it."""

    events: object  # int32 [rows], the next event of each row.
    scores: object  # float64 [rows], log-likelihood in nats of what was chosen so far.
    parents: object = None  # int32 [rows], the melody's row that each goes on from, from 0.


class Sampler:
    """The chooser of a row a melody, which draws its next event."""

    width = 1  # Rows a melody.

    def __init__(self, codec, uniforms, sampling=SOFTMAX):
        """Takes uniforms float32 [steps, rows], in [0, 1), one number a draw."""
        self._codec, self._uniforms, self._sampling = codec, uniforms, sampling

    def initial_scores(self, num_rows):
        """Returns float64 [rows], the scores before the first choice."""
        return tf.zeros([num_rows], tf.float64)

    def __call__(self, time, logits, codec_state, scores):
        """Returns the Choice of the next events.

        Args:
            time: int32 scalar, how many events came before the last one fed.
            logits: float32 [rows, num_classes].
            codec_state: the codec's state of each row.
            scores: float64 [rows], those of the Choice before.
        """
        labels = sample_classes(logits, self._uniforms[time], self._sampling)
        events = self._codec.decode_label(codec_state, labels)
        # The class drawn may be another than the event's own label, by which it is scored.
        labels = self._codec.encode_label(codec_state, events)
        nll = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return Choice(events, scores - tf.cast(nll, tf.float64))


class CellStep:
    """One step of a network's cell, called as `LayersStep` is."""

    def __init__(self, cell):
        self._cell = cell

    def zero_state(self, num_rows):
        """Returns the cell's state before any step."""
        return zero_state(self._cell, num_rows)

    def choose_rows(self, state, rows):
        """Returns the state of some of the rows, int32."""
        return tf.nest.map_structure(lambda values: tf.gather(values, rows), state)

    def arrays(self, num_steps):
        """Returns where nothing is kept."""
        return []

    def __call__(self, time, inputs, state):
        """Returns the output, the new state, and no Activations."""
        return *self._cell(time, inputs, state), []


class Fed(NamedTuple):
    """What the loop leaves behind."""

    events: object  # int32 [num_steps, rows], as they were fed, the last as it was chosen.
    scores: object  # float64 [rows], log-likelihood in nats of the events that were chosen.
    parents: object  # int32 [num_steps, rows], as in Choice; None unless in a search.
    activations: list  # Of Activations [num_steps - 1, rows, units], one a layer of a LayersStep.


def feed_back(network, run_step, events, use_truth, choose):
    """Runs the loop. TensorFlow leaves out the scores where nobody fetches them, as in training.

    Args:
        network: Network.
        run_step: CellStep or LayersStep of it.
        events: int32 [num_steps, rows], Melody events, read where `use_truth` is True.
        use_truth: bool [num_steps, rows]; position 0 must be True.
        choose: Sampler or another chooser; rows of one melody lie side by side.

    Returns:
        Fed.
    """
    codec, (num_steps, num_rows) = network.codec, tf.unstack(tf.shape(events))
    own = tf.range(num_rows) % choose.width
    first_rows = tf.range(num_rows) - own

    def step(time, event, scores, cell_state, codec_state, record, kept):
        codec_state = codec.append(codec_state, event)
        output, cell_state, activations = run_step(
            time, codec.encode_input(codec_state), cell_state)
        choice = choose(time, network.projection(output), codec_state, scores)
        is_true = use_truth[time + 1]
        event = tf.where(is_true, events[time + 1], choice.events)
        scores = tf.where(is_true, scores, choice.scores)
        states, written = (cell_state, codec_state), [event]
        if choice.parents is not None:
            parents = tf.where(is_true, own, choice.parents)
            rows = first_rows + parents
            codec_state = tf.nest.map_structure(lambda state: tf.gather(state, rows), codec_state)
            states = run_step.choose_rows(cell_state, rows), codec_state
            written.append(parents)
        record = [array.write(time + 1, values)
                  for array, values in zip(record, written, strict=True)]
        kept = tf.nest.map_structure(lambda array, values: array.write(time, values),
                                     kept, activations)
        return (time + 1, event, scores, *states, record, kept)

    record = [tf.TensorArray(tf.int32, num_steps, infer_shape=False).write(0, start)
              for start in ([events[0], own] if choose.width > 1 else [events[0]])]
    start = (0, events[0], choose.initial_scores(num_rows), run_step.zero_state(num_rows),
             codec.initial_state(num_rows), record, run_step.arrays(num_steps - 1))
    with tf.name_scope('rnn'):
        _, _, scores, _, _, record, kept = tf.while_loop(
            lambda time, *_: time < num_steps - 1, step, start, back_prop=False)
    fed, *parents = [tf.reshape(array.stack(), [num_steps, num_rows]) for array in record]
    return Fed(fed, scores, parents[0] if parents else None,
               tf.nest.map_structure(lambda array: array.stack(), kept))
