"""Generation: melodies that go on from their primers, by draws or by a search for likely ones."""

import math
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.fast.cores import if_rows, row_shards
from magenta_reg.graph.fast.stack import LayersStep
from magenta_reg.graph.feedback_loop import CellStep, Choice, Sampler, feed_back
from magenta_reg.graph.sampling import SOFTMAX


class Beam(NamedTuple):
    """How wide a search is."""

    beam_size: int = 1  # Continuations of a melody that are kept.
    branch_factor: int = 1  # Ways in which each goes on before the likeliest are kept.
    steps_per_iteration: int = 1  # Events between one choice of the likeliest and the next.

    def check(self, sampling=SOFTMAX):
        """Raises UserError for a value out of range, or one that does not fit a Sampling."""
        for name, value in self._asdict().items():
            if value < 1:
                raise UserError(f'--{name}={value} must be 1 or more')
        if self.is_search and self.steps_per_iteration > 1 and sampling.temperature == 0:
            raise UserError(f'--steps_per_iteration={self.steps_per_iteration} needs a temperature '
                            'above 0: at temperature 0 the likeliest are chosen at every step')

    @property
    def is_search(self):
        """Whether there is more than one continuation to choose from."""
        return self.beam_size > 1 or self.branch_factor > 1

    @property
    def rows(self):
        """int, the most continuations of a melody that are in the loop at a time."""
        return self.beam_size * self.branch_factor


NO_BEAM = Beam()


class Generation(NamedTuple):
    """What generating a batch gives."""

    events: object  # int32 [batch, num_steps], the primers and what follows.
    scores: object  # float64 [batch], log-likelihood in nats of what follows, at temperature 1.


def continue_primers(network, primers, primer_steps, uniforms, sampling=SOFTMAX, beam=NO_BEAM):
    """Generates a batch of melodies, each of which goes on from its own primer, in one loop.

    Args:
        network: Network.
        primers: int32 [batch, num_steps], Melody events; read below `primer_steps` only.
        primer_steps: int32 [batch], at least 1.
        uniforms: float32 [batch, num_steps - 1, beam.rows], in [0, 1).
        sampling: Sampling.
        beam: Beam.

    Returns:
        Generation.
    """
    shards = [row_shards(values, 0) for values in (primers, primer_steps, uniforms)]
    found = [if_rows(own[0], lambda own=own: _continue_shard(network, *own, sampling, beam),
                     lambda own=own: Generation(own[0], tf.zeros([0], tf.float64)), axis=0)
             for own in zip(*shards, strict=True)]
    return Generation(*[tf.concat(parts, axis=0) for parts in zip(*found, strict=True)])


def _continue_shard(network, primers, primer_steps, uniforms, sampling, beam):
    """Returns the Generation of some of the melodies, as `continue_primers` has it."""
    batch_size, num_steps = tf.unstack(tf.shape(primers))
    choose = _make_chooser(network.codec, uniforms, num_steps, sampling, beam)
    is_primer = tf.sequence_mask(primer_steps, num_steps)
    events, use_truth = (tf.transpose(tf.repeat(values, choose.width, axis=0))
                         for values in (primers, is_primer))
    run_step = (CellStep(network.cell) if network.layers is None else
                LayersStep(network.layers, keeps_activations=False))
    fed = feed_back(network, run_step, events, use_truth, choose)
    # After a search the first row of a melody is the best.
    if fed.parents is None:
        return Generation(tf.transpose(fed.events), fed.scores)
    shape = [num_steps, batch_size, choose.width]
    return Generation(_first_row(tf.reshape(fed.events, shape), tf.reshape(fed.parents, shape)),
                      fed.scores[::choose.width])


def _first_row(events, parents):
    """Returns int32 [batch, num_steps], the melodies that end in each melody's first row.

    Args:
        events: int32 [num_steps, batch, width], as each row chose them.
        parents: int32 [num_steps, batch, width], the row that each went on from.
    """
    def step_back(found, at):
        (_, row), at_step = found, at
        return tuple(tf.gather(values, row, batch_dims=1) for values in at_step)

    first = tf.zeros_like(events[0, :, 0])
    found, _ = tf.scan(step_back, (events, parents), (first, first), back_prop=False, reverse=True)
    return tf.transpose(found)


def _make_chooser(codec, uniforms, num_steps, sampling, beam):
    """Returns what chooses the events: a Sampler, SampledBranches or LikeliestBranches."""
    by_time = tf.transpose(uniforms, [1, 0, 2])
    by_time = tf.reshape(by_time, [num_steps - 1, tf.shape(uniforms)[0] * beam.rows])
    if not beam.is_search:
        return Sampler(codec, by_time, sampling)
    if sampling.temperature == 0:
        return LikeliestBranches(codec, beam)
    return SampledBranches(codec, by_time, num_steps, sampling, beam)


class SampledBranches(Sampler):
    """Each row draws events; now and then the likeliest rows of each melody branch again.

    There are beam_size * branch_factor rows a melody. After every `steps_per_iteration` events,
    counted from the end, the beam_size likeliest stay and each goes on in branch_factor rows.
    Magenta adds up the probability of the class drawn at the given temperature; here it is that
    of the event's label at temperature 1, so that a score is the melody's log-likelihood.

    Source: `magenta.common.beam_search.beam_search`, in its order of rows.
    """

    def __init__(self, codec, uniforms, num_steps, sampling, beam):
        super().__init__(codec, uniforms, sampling)
        self._num_steps, self._beam = num_steps, beam
        self.width = beam.rows

    def __call__(self, time, logits, codec_state, scores):
        events, scores, _ = super().__call__(time, logits, codec_state, scores)
        num_left = self._num_steps - 2 - time
        if self._beam.steps_per_iteration == 1:
            return self._pruned(events, scores)
        own = tf.range(tf.size(events)) % self.width
        return Choice(*tf.cond(
            tf.equal(num_left % self._beam.steps_per_iteration, 0),
            lambda: tuple(self._pruned(events, scores)), lambda: (events, scores, own)))

    def _pruned(self, events, scores):
        events, scores = (tf.reshape(values, [-1, self.width]) for values in (events, scores))
        _, kept = tf.nn.top_k(scores, self._beam.beam_size)
        parents = tf.tile(kept, [1, self._beam.branch_factor])
        return Choice(*[tf.reshape(values, [-1]) for values in (
            tf.gather(events, parents, batch_dims=1), tf.gather(scores, parents, batch_dims=1),
            parents)])


class LikeliestBranches:
    """At every step the likeliest of all continuations of a melody's rows stay.

    There are beam_size rows a melody, each a different melody. Of each row's continuations the
    branch_factor likeliest count, or with a branch_factor of 1 all. Labels that are not the label
    of the event that they mean are left out: every event counts once, and a score is the melody's
    log-likelihood.
    """

    def __init__(self, codec, beam):
        self._codec = codec
        self.width = beam.beam_size
        limit = beam.branch_factor if beam.branch_factor > 1 else beam.beam_size
        self._num_branches = min(limit, codec.num_classes)

    def initial_scores(self, num_rows):
        """Returns float64 [rows]: all rows start as one melody, which counts once."""
        return tf.tile(tf.constant([0.0] + [-math.inf] * (self.width - 1), tf.float64),
                       [num_rows // self.width])

    def __call__(self, time, logits, codec_state, scores):
        events, is_own_label = class_events(self._codec, codec_state)
        log_probs = tf.cast(tf.nn.log_softmax(logits), tf.float64)
        never = tf.constant(-math.inf, tf.float64)
        log_probs = tf.where(is_own_label, log_probs, tf.fill(tf.shape(log_probs), never))
        scores, labels = tf.nn.top_k(scores[:, tf.newaxis] + log_probs, self._num_branches)
        events = tf.gather(events, labels, batch_dims=1)
        events, scores = (tf.reshape(values, [-1, self.width * self._num_branches])
                          for values in (events, scores))
        scores, kept = tf.nn.top_k(scores, self.width)
        return Choice(*[tf.reshape(values, [-1]) for values in (
            tf.gather(events, kept, batch_dims=1), scores, kept // self._num_branches)])


def class_events(codec, state):
    """Returns what every class would mean if it came next.

    Args:
        codec: Codec.
        state: the codec's state of `batch` melodies.

    Returns:
        events: int32 [batch, num_classes], the event that each class decodes to.
        is_own_label: bool [batch, num_classes], whether the class is that event's label.
    """
    repeated = tf.nest.map_structure(
        lambda tensor: tf.repeat(tensor, codec.num_classes, axis=0), state)
    batch_size = tf.shape(tf.nest.flatten(state)[0])[0]
    labels = tf.tile(tf.range(codec.num_classes), [batch_size])
    events = codec.decode_label(repeated, labels)
    is_own_label = tf.equal(codec.encode_label(repeated, events), labels)
    return tuple(tf.reshape(values, [-1, codec.num_classes]) for values in (events, is_own_label))
