"""A trained network: it scores melodies and generates them."""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.batches import Batch, evaluation_batches, make_batch
from magenta_reg.graph.generation import NO_BEAM
from magenta_reg.graph.sampling import Sampling
from magenta_reg.model.experiment import Experiment
from magenta_reg.model.loaded_graph import LoadedGraph
from magenta_reg.runs.checkpoints import checkpoint_step, read_checkpoint, weights_sha256
from magenta_reg.runs.run import Run


class Scores(NamedTuple):
    """What a teacher-forced pass says of each melody.

    Attributes:
        log_probs: list of float32 [steps], log-likelihood in nats of each event but the first, at
            temperature 1.
        correct: list of bool [steps], whether the likeliest class was the event's label.
        states: list of float32 [steps, sum of units], hidden states of all layers after each
            input; or None.
    """

    log_probs: list
    correct: list
    states: list | None


class LogLikelihood(NamedTuple):
    """How likely melodies are, at temperature 1, without their primers.

    Attributes:
        total_nats: float64 [melodies], log-likelihood of the events counted.
        num_events: int64 [melodies], how many these are.
    """

    total_nats: np.ndarray
    num_events: np.ndarray

    @property
    def per_event(self):
        """float64 [melodies], nats per event."""
        return self.total_nats / self.num_events


class MelodyModel:
    """An experiment's network with its weights.

    Attributes:
        experiment: Experiment.
        name, encoding, seed: as the Experiment's.
        step: int, global step of the weights; None of a bundle's, which does not know it.
    """

    def __init__(self, experiment, weights=None, step=0):
        """Takes weights, dict of str to float32 array; `set_weights` can give them later, too."""
        self.experiment = experiment
        self.name, self.encoding, self.seed = experiment.name, experiment.encoding, experiment.seed
        self.step = step
        self._builder = experiment.builder()
        self._weights = weights
        self._graphs = {}

    @property
    def title(self):
        """str, the name with the step where it is known."""
        return self.name if self.step is None else f'{self.name} at step {self.step}'

    def __reduce__(self):
        """Is pickled without its graphs: another process builds those that it needs."""
        return MelodyModel, (self.experiment, self._weights, self.step)

    @classmethod
    def from_run(cls, run_dir, checkpoint=None):
        """Opens a run at a checkpoint, by its path prefix, or at the newest one for None."""
        run = Run(run_dir)
        experiment = Experiment.from_run(run)
        checkpoint = checkpoint or run.require_checkpoint()
        return cls(experiment, read_checkpoint(checkpoint), checkpoint_step(checkpoint))

    def set_weights(self, weights, step):
        """Replaces the weights, here and in the graphs already built."""
        self._weights, self.step = weights, step
        for graph in self._graphs.values():
            graph.load(weights)

    def weights_sha256(self):
        """Returns the hash of the weights."""
        return weights_sha256(self._weights)

    @property
    def is_noisy(self):
        """Whether the network was trained with dropout or zoneout."""
        return self._builder.is_noisy

    def score(self, melodies, batch_size=64, states=False, with_noise=False):
        """Scores melodies, teacher-forced and without dropout.

        Over generated melodies these are the states and likelihoods of free running: they depend
        on the events before, not on where those came from.

        Args:
            melodies: list of int32 [steps + 1], Melody events.
            batch_size: int.
            states: bool, whether hidden states are wanted.
            with_noise: bool, whether dropout and zoneout stay on, as in stock Magenta's evaluation.

        Returns:
            Scores.
        """
        graph = self._graph(('score', with_noise), self._build_score, with_noise)
        fetches = graph.tensors if states else graph.tensors._replace(states=())
        scores = [None] * len(melodies)
        for indices in evaluation_batches(melodies, batch_size):
            batch = make_batch([melodies[i] for i in indices], self.encoding.codec)
            nll, correct, hidden = graph.run(fetches, batch)
            for row, index in enumerate(indices):
                steps = batch.lengths[row]
                scores[index] = (-nll[row, :steps], correct[row, :steps] > 0,
                                 hidden[row, :steps] if states else None)
        log_probs, correct, hidden = zip(*scores, strict=True)
        return Scores(list(log_probs), list(correct), list(hidden) if states else None)

    def held_out_metrics(self, melodies, batch_size=64):
        """Returns means over melodies of what the method measures of them: dict of str to float."""
        if not self._builder.HELD_OUT_METRICS:
            return {}
        graph = self._graph('held_out', self._build_held_out)
        batches = [make_batch([melodies[i] for i in indices], self.encoding.codec)
                   for indices in evaluation_batches(melodies, batch_size)]
        found = [graph.run(graph.tensors, [*batch, number]) for number, batch in enumerate(batches)]
        return {name: float(np.concatenate([each[name] for each in found]).mean(dtype=np.float64))
                for name in self._builder.HELD_OUT_METRICS}

    def log_likelihood(self, melodies, primer_steps=1, batch_size=64):
        """Returns the LogLikelihood of melodies, at temperature 1.

        Args:
            melodies: list of int32 [steps], Melody events.
            primer_steps: int, or one int a melody, 1 or more: events at the start that are not
                counted. The first event has no prediction.
            batch_size: int.

        Raises:
            UserError: If a melody has no event after its primer, or one outside of the range.
        """
        starts = np.broadcast_to(np.asarray(primer_steps), [len(melodies)])
        for number, (events, start) in enumerate(zip(melodies, starts, strict=True)):
            if not 1 <= start < len(events):
                raise UserError(f'melody {number} has {len(events)} events: with primer_steps='
                                f'{start} there is none to score; give 1 to one less than it has')
            self._check_range(events, f'melody {number}')
        # log_probs[i] is of event i + 1.
        parts = [log_probs[start - 1:] for log_probs, start in
                 zip(self.score(melodies, batch_size).log_probs, starts, strict=True)]
        return LogLikelihood(np.array([part.sum(dtype=np.float64) for part in parts], np.float64),
                             np.array([len(part) for part in parts], np.int64))

    def generate(self, primers, num_steps, seed, temperature=1.0, batch_size=64, top_k=0,
                 top_p=1.0, beam=None):
        """Generates melodies that begin with given primers.

        A row's melody depends on the seed, the row's number and its primer alone.

        Args:
            primers: iterable of int32 [primer_steps], Melody events, each of 1 to `num_steps`
                events.
            num_steps: int, events of each melody, the primer included.
            seed: int.
            temperature: float, 0 or more; 0 takes the likeliest event.
            batch_size: int, rows in the loop at a time: a melody takes one, and a search as many
                as it has continuations.
            top_k: int, how many of the likeliest classes can be drawn; 0 for all.
            top_p: float in (0, 1], the share of the probability that can be drawn.
            beam: Beam or None for no search.

        Returns:
            list of int32 [num_steps], Melody events.

        Raises:
            UserError: If a primer is empty, longer than `num_steps` or outside of the encoding's
                range, or another argument is out of range.
        """
        batches = self.generate_scored_batches(primers, num_steps, seed, temperature, batch_size,
                                               top_k, top_p, beam)
        return [events for melodies, _ in batches for events in melodies]

    def generate_scored_batches(self, primers, num_steps, seed, temperature=1.0, batch_size=64,
                                top_k=0, top_p=1.0, beam=None):
        """Generates as `generate` does, a batch at a time, with likelihoods from the same pass.

        Returns:
            iterator of pairs: list of int32 [num_steps]; LogLikelihood of what follows the
            primers, as `log_likelihood` gives it. Primers are read and checked batch by batch.
        """
        sampling, beam = Sampling(temperature, top_k, top_p), beam or NO_BEAM
        sampling.check()
        beam.check(sampling)
        if batch_size < 1:
            raise UserError(f'--batch_size={batch_size} must be 1 or more')
        return self._generate_batches(iter(primers), num_steps, seed, batch_size, sampling, beam)

    def _generate_batches(self, primers, num_steps, seed, batch_size, sampling, beam):
        graph = self._graph(('generate', sampling, beam), self._build_generate, sampling, beam)
        batch_size = max(batch_size // beam.rows, 1)
        for start in itertools.count(step=batch_size):
            batch = list(itertools.islice(primers, batch_size))
            if not batch:
                return
            for primer in batch:
                if not 1 <= len(primer) <= num_steps:
                    raise UserError(
                        f'a primer of {len(primer)} events does not fit into num_steps={num_steps}'
                        f': give 1 to {num_steps} events or more steps')
                self._check_range(np.asarray(primer), 'primer')
            rows = range(start, start + len(batch))
            feeds = _generation_feeds(batch, rows, num_steps, seed, beam.rows)
            events, scores = graph.run(graph.tensors, feeds)
            num_events = num_steps - np.array([len(primer) for primer in batch], np.int64)
            yield list(events), LogLikelihood(scores, num_events)

    def _check_range(self, events, name):
        try:
            self.encoding.codec.check_range(events)
        except ValueError as error:
            raise UserError(f'{name}: {error}') from error

    def _graph(self, key, build, *args):
        if key not in self._graphs:
            self._graphs[key] = LoadedGraph(
                build, *args, batch_shards=self.experiment.hparams['batch_shards'])
            self._graphs[key].load(self._weights)
        return self._graphs[key]

    def _build_score(self, with_noise):
        batch = self._batch_placeholders()
        return batch, self._builder.build_eval(batch, with_noise)

    def _build_held_out(self):
        batch, step = self._batch_placeholders(), tf.placeholder(tf.int64, [])
        return [*batch, step], self._builder.build_held_out(batch, step)

    def _batch_placeholders(self):
        return Batch(tf.placeholder(tf.float32, [None, None, self.encoding.codec.input_size]),
                     tf.placeholder(tf.int32, [None, None]), tf.placeholder(tf.int32, [None]),
                     tf.placeholder(tf.int32, [None, None]))

    def _build_generate(self, sampling, beam):
        inputs = (tf.placeholder(tf.int32, [None, None]), tf.placeholder(tf.int32, [None]),
                  tf.placeholder(tf.float32, [None, None, beam.rows]))
        return inputs, self._builder.build_generate(*inputs, sampling, beam)


def _generation_feeds(primers, rows, num_steps, seed, num_draws):
    """Returns padded primers, their lengths and the uniform numbers of a batch of rows."""
    padded = np.zeros([len(primers), num_steps], np.int32)
    for row, primer in enumerate(primers):
        padded[row, :len(primer)] = primer
    lengths = np.array([len(primer) for primer in primers], np.int32)
    shape = num_steps - 1, num_draws
    uniforms = np.array([np.random.default_rng([seed, row]).random(shape, np.float32)
                         for row in rows])
    return padded, lengths, uniforms
