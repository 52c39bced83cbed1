"""Generation: one loop in which every melody of a batch goes on from its own primer."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.sampling import sample_classes


class Moment(NamedTuple):
    """What a chooser sees of one pass of the loop; a row is one continuation of a melody.

    Attributes:
        time: int32 scalar, how many events came before the last one fed.
        logits: float32 [rows, num_classes], of the next event.
        codec_state: the codec's state of each row.
        scores: float64 [rows], log-likelihood in nats of what was generated in each row.
    """

    time: object
    logits: object
    codec_state: object
    scores: object


class Choice(NamedTuple):
    """How the rows go on.

    Attributes:
        events: int32 [rows], the next event of each row.
        scores: float64 [rows], with that event.
        parents: int32 [rows], the row of the same melody, from 0, that each row goes on from; or
            None if each is its own.
    """

    events: object
    scores: object
    parents: object = None


class Sampler:
    """The chooser of plain generation: one row a melody, which draws its next event."""

    width = 1

    def __init__(self, codec, uniforms, sampling):
        """Makes a chooser.

        Args:
            codec: Codec.
            uniforms: float32 [num_steps - 1, batch], in [0, 1).
            sampling: Sampling.
        """
        self._codec, self._uniforms, self._sampling = codec, uniforms, sampling

    def initial_scores(self, batch_size):
        """Returns the scores before the first event."""
        return tf.zeros([batch_size], tf.float64)

    def __call__(self, moment):
        """Returns the Choice of a Moment."""
        labels = sample_classes(moment.logits, self._uniforms[moment.time], self._sampling)
        events = self._codec.decode_label(moment.codec_state, labels)
        # The class drawn may be another than the event's own label, by which it is scored.
        labels = self._codec.encode_label(moment.codec_state, events)
        nll = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=moment.logits)
        return Choice(events, moment.scores - tf.cast(nll, tf.float64))


class Continued(NamedTuple):
    """What the loop leaves behind.

    Attributes:
        events: int32 [num_steps, batch, width], the events of every row as they were chosen.
        parents: int32 [num_steps, batch, width], the row that each went on from; or None.
        scores: float64 [batch, width], log-likelihood in nats of what was generated.
    """

    events: object
    parents: object
    scores: object


def continue_primers(cell, projection, codec, primers, primer_steps, choose):
    """Runs the loop.

    Args:
        cell: RNN cell.
        projection: Projection from the cell's output to logits.
        codec: Codec.
        primers: int32 [batch, num_steps], Melody events; read below `primer_steps` only.
        primer_steps: int32 [batch], at least 1.
        choose: Sampler or another chooser with its `width`, rows a melody.

    Returns:
        Continued.
    """
    batch_size, num_steps = tf.unstack(tf.shape(primers))
    by_time = tf.transpose(tf.repeat(primers, choose.width, axis=0))
    primer_steps = tf.repeat(primer_steps, choose.width)
    own = tf.tile(tf.range(choose.width), [batch_size])
    first_rows = tf.range(batch_size * choose.width) - own

    def chosen(time, logits, codec_state, scores):
        choice = choose(Moment(time, logits, codec_state, scores))
        is_primer = time + 1 < primer_steps
        parents = choice.parents
        if parents is not None:
            parents = tf.where(is_primer, own, parents)
        return Choice(tf.where(is_primer, by_time[time + 1], choice.events),
                      tf.where(is_primer, scores, choice.scores), parents)

    def step(time, event, scores, cell_state, codec_state, record):
        codec_state = codec.append(codec_state, event)
        output, cell_state = cell(codec.encode_input(codec_state), cell_state)
        choice = chosen(time, projection(output), codec_state, scores)
        states, written = (cell_state, codec_state), [choice.events]
        if choice.parents is not None:
            rows = first_rows + choice.parents
            states = tf.nest.map_structure(lambda state: tf.gather(state, rows), states)
            written.append(choice.parents)
        record = [array.write(time + 1, values)
                  for array, values in zip(record, written, strict=True)]
        return (time + 1, choice.events, choice.scores, *states, record)

    record = [tf.TensorArray(tf.int32, num_steps, infer_shape=False).write(0, start)
              for start in ([by_time[0], own] if choose.width > 1 else [by_time[0]])]
    start = (0, by_time[0], choose.initial_scores(batch_size),
             cell.zero_state(batch_size * choose.width, tf.float32),
             codec.initial_state(batch_size * choose.width), record)
    # The scope that dynamic_rnn gives the cell's variables.
    with tf.variable_scope('rnn'):
        _, _, scores, _, _, record = tf.while_loop(
            lambda time, *_: time < num_steps - 1, step, start, back_prop=False)
    shape = [num_steps, batch_size, choose.width]
    events, *parents = [tf.reshape(array.stack(), shape) for array in record]
    return Continued(events, parents[0] if parents else None, tf.reshape(scores, shape[1:]))
