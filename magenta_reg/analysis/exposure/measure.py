"""The distribution of the next event at every step of given melodies.

Exposure bias against position: does a model expect other things after its own events?

At each position t after the primer a model gives a distribution of the next event, once after the
true events x, once after its own events y, which go on from the same primer. With

    P_t = mean_i p(. | x_i before t),   Q_t = mean_i p(. | y_i before t)

over melodies i and the positions of a stretch, the divergence is JSD(P_t, Q_t) in nats, from 0 to
log 2. It compares what is expected on the whole, not melody by melody: after other events another
next event is right. A mean over few melodies varies, and JSD is never below 0, so it is above 0
for equal models, too. The floor is the same between halves of melodies, JSD(P_A, P_B); what
compares with it is JSD(P_A, Q_B), of the same halves. Their difference, the excess, is 0 on
average where own and true events are alike.

Source: Bengio et al. 2015 (1506.03099) for the idea; Lin 1991, "Divergence Measures Based on the
Shannon Entropy"; the measure against a floor is ours.

Exposure bias of every run, each kept by what it depends on, and means over stretches.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import drawn_weights, normalized, one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p
from magenta_reg.analysis.statistics.position_means import BIN_STEPS, bin_edges, bin_means
from magenta_reg.analysis.statistics.resampled import resampled_differences, resampled_mean
from magenta_reg.base.compat import tf
from magenta_reg.codec.history import LOOKBACK_STEPS, HistoryCodec, delayed
from magenta_reg.model.model import MelodyModel

# Rows of the graph; batches are filled up to it.
_BATCH_SIZE = 100


class StepDistributions(MelodyModel):
    """A trained network that tells its whole softmax, teacher-forced and without dropout.

    `StepDistributions.from_run(run_dir, checkpoint)` opens it as MelodyModel's does.
    """

    def next_events(self, melodies):
        """Yields the distribution of each next event, melody by melody.

        Classes that mean the same event in their place (the pitch, and a repeat of the same pitch)
        are added up, so that distributions after different histories compare.

        Args:
            melodies: int32 [melodies, steps + 1], Melody events.

        Yields:
            float64 [steps, events], probabilities at temperature 1 of the second event, the third
            and so on; columns are `event_columns(codec)`.
        """
        codec = self.encoding.codec
        graph = self._graph('next_events', self._build_next_events)
        for start in range(0, len(melodies), _BATCH_SIZE):
            batch = melodies[start:start + _BATCH_SIZE]
            inputs = np.zeros([_BATCH_SIZE, len(batch[0]) - 1, codec.input_size], np.float32)
            for row, events in enumerate(batch):
                inputs[row] = codec.encode(events)[0]
            log_probs = graph.run(graph.tensors, [inputs])
            for events, row in zip(batch, log_probs, strict=False):
                yield event_probabilities(codec, row, events)

    def _build_next_events(self):
        inputs = tf.placeholder(tf.float32, [_BATCH_SIZE, None, self.encoding.codec.input_size])
        logits = self._builder.build_steps(inputs)[0]
        return [inputs], tf.nn.log_softmax(logits)


def event_columns(codec):
    """Returns int32 [events], the event of each class that always means the same one."""
    num_plain = codec.num_plain if isinstance(codec, HistoryCodec) else codec.num_classes
    inputs = codec.encode([codec.min_note] * 2)[0]
    return np.array([codec.decode(inputs, [label])[1] for label in range(num_plain)], np.int32)


def event_probabilities(codec, log_probs, events):
    """Returns the probabilities of events from those of classes.

    Args:
        codec: Codec.
        log_probs: float array [steps, num_classes], log-probabilities of the next label.
        events: int32 [steps + 1], the melody; with repeats the classes depend on it.

    Returns:
        float64 [steps, events], columns as in `event_columns`; rows sum to 1.
    """
    probabilities = np.exp(log_probs.astype(np.float64))
    if not isinstance(codec, HistoryCodec):
        return probabilities
    columns = event_columns(codec)
    found = probabilities[:, :codec.num_plain].copy()
    steps = np.arange(len(found))
    for index, distance in enumerate(LOOKBACK_STEPS):
        repeated = delayed(np.asarray(events), distance)[1:]
        column = np.argmax(columns == repeated[:, np.newaxis], axis=1)
        found[steps, column] += probabilities[:, codec.num_plain + index]
    return found


MIN_MELODIES = 10
_NUM_HALVINGS = 200
_HALVINGS_PER_RESAMPLE = 8


class ModeDistributions(NamedTuple):
    """Next-event distributions after the events of one mode.

    Attributes:
        edges: int64 [bins + 1], ends of the stretches of positions in the melody.
        mean_probs: float32 [melodies, bins, events], means over the stretch.
        entropy_nats: float64 [melodies, bins], mean entropy of the distributions.
    """

    edges: np.ndarray
    mean_probs: np.ndarray
    entropy_nats: np.ndarray


class RunExposure(NamedTuple):
    """What exposure bias of one run rests on.

    Attributes:
        true: ModeDistributions, after true events.
        own: ModeDistributions, after the run's own events.
        bias: Estimate of arrays [bins], from `exposure_bias`.
    """

    true: ModeDistributions
    own: ModeDistributions
    bias: Estimate


def run_exposure(model, real, generated, primer_steps, seed):
    """Measures exposure bias of a run.

    Args:
        model: StepDistributions.
        real: int32 [melodies, num_steps], held-out melodies.
        generated: int32 [melodies, num_steps], the run's continuations of their primers.
        primer_steps: int.
        seed: int.

    Returns:
        RunExposure.
    """
    true, own = (mode_distributions(model.next_events(melodies), primer_steps)
                 for melodies in (real, generated))
    return RunExposure(true, own, exposure_bias(true, own, seed))


def mode_distributions(distributions, primer_steps, bin_steps=BIN_STEPS):
    """Averages next-event distributions over stretches of positions after the primer.

    Args:
        distributions: iterable over melodies of float array [steps, events], of the second event,
            the third and so on, all of the same length.
        primer_steps: int.
        bin_steps: int.

    Returns:
        ModeDistributions. The first event after the primer is expected after the same events in
        both modes; it is in, so that stretches are whole bars.
    """
    mean_probs, entropies = [], []
    for probs in distributions:
        # Row j is of event j + 1.
        probs = probs[primer_steps - 1:]
        edges = bin_edges(len(probs), bin_steps)
        mean_probs.append(bin_means(probs, edges, 0).astype(np.float32))
        entropies.append(bin_means(entropy(probs), edges, 0))
    return ModeDistributions(primer_steps + edges, np.stack(mean_probs), np.stack(entropies))


def exposure_bias(true, own, seed, num_resamples=400, num_permutations=999):
    """Measures how far a model's expectations after its own events are from those after true ones.

    Args:
        true: ModeDistributions, after true events.
        own: ModeDistributions, after the model's own; row i goes on from the same primer.
        seed: int, of halvings, resamples and permutations.
        num_resamples: int.
        num_permutations: int.

    Returns:
        Estimate of arrays [bins]: divergence, the same between halves (`at_floor_size`) and its
        floor; p is one-sided, that modes are exchangeable within melodies, of the mean over
        stretches. `resamples`, [resamples, bins], are of the excess and have its mean.
    """
    n = len(true.mean_probs)
    if n < MIN_MELODIES:
        return Estimate(n_melodies=n, reason=f'{n} melodies, at least {MIN_MELODIES} are needed')
    pair = [each.mean_probs.astype(np.float64) for each in (true, own)]
    if not all(np.isfinite(each).all() for each in pair):
        return Estimate(n_melodies=n, reason='distributions that are not finite: the training went '
                                             'wrong')
    rng = np.random.default_rng(seed)
    with one_thread():
        floor, at_floor_size = _halved(rng, *pair, np.full([_NUM_HALVINGS, n], 1 / n))
        weights = np.repeat(drawn_weights(rng, normalized(None, n), num_resamples),
                            _HALVINGS_PER_RESAMPLE, axis=0)
        drawn = np.subtract(*reversed(_halved(rng, *pair, weights)))
        drawn = drawn.reshape(num_resamples, _HALVINGS_PER_RESAMPLE, -1).mean(axis=1)
        divergence = jensen_shannon(pair[0].mean(axis=0), pair[1].mean(axis=0))
        p = _permutation_p(rng, *pair, divergence.mean(), num_permutations)
    floor, at_floor_size = floor.mean(axis=0), at_floor_size.mean(axis=0)
    moved = drawn - drawn.mean(axis=0) + at_floor_size - floor
    return Estimate(divergence, p=p, floor=Estimate(floor), n_melodies=n, n_seeds=1,
                    at_floor_size=at_floor_size, resamples=moved)


def jensen_shannon(first, second):
    """Returns the Jensen-Shannon divergence in nats along the last axis.

    Args:
        first: float array [..., events], probabilities.
        second: float array of the same shape.
    """
    return entropy((first + second) / 2) - (entropy(first) + entropy(second)) / 2


def entropy(probs):
    """Returns the entropy in nats along the last axis of probabilities."""
    logs = np.log(np.maximum(probs, np.finfo(np.float64).tiny))
    return -np.einsum('...k,...k->...', probs, logs)


def _halved(rng, true, own, weights):
    """Returns JSD(P_A, P_B) and JSD(P_A, Q_B), each [choices, bins], for weighted halves.

    Halves are of the melodies that were drawn; one that was drawn twice is in one half.
    """
    order = np.where(weights > 0, rng.random(weights.shape), 2).argsort(axis=1).argsort(axis=1)
    first = order < np.sum(weights > 0, axis=1, keepdims=True) // 2
    p_a = _means(np.where(first, weights, 0), true)
    in_b = np.where(first, 0, weights)
    return jensen_shannon(p_a, _means(in_b, true)), jensen_shannon(p_a, _means(in_b, own))


def _means(weights, probs):
    """Returns [choices, bins, events], weighted means over melodies."""
    weights = weights / weights.sum(axis=1, keepdims=True)
    return (weights @ probs.reshape(len(probs), -1)).reshape(-1, *probs.shape[1:])


def _permutation_p(rng, true, own, value, num_permutations):
    """Swaps modes within melodies; returns the share with as much divergence, itself included."""
    n = len(true)
    swaps = rng.integers(2, size=[num_permutations, n]).astype(np.float64)
    change = (swaps @ (own - true).reshape(n, -1)).reshape(-1, *true.shape[1:]) / n
    found = jensen_shannon(true.mean(axis=0) + change, own.mean(axis=0) - change).mean(axis=1)
    return permutation_p(value, found, 1e-12 * value)


def keep_exposures(comparison, groups):
    """Measures exposure bias of every run of groups.

    Args:
        comparison: Comparison.
        groups: list of Group.

    Returns:
        dict of group label to list of RunExposure, one a seed.
    """
    return {group.label: [_keep(comparison, run) for run in group.runs] for group in groups}


def _keep(comparison, run):
    held_out = comparison.held_out

    def compute():
        model = StepDistributions.from_run(run.run_dir)
        return run_exposure(model, held_out.melodies, comparison.generated[run.label],
                            held_out.primer_steps, comparison.seed)

    return comparison.of_run('exposure', run, compute)


def split_measured(exposures):
    """Splits groups into those with numbers and the reasons of the others.

    Args:
        exposures: dict of group label to list of RunExposure.

    Returns:
        dict of group label to list of RunExposure.
        dict of group label to str.
    """
    reasons = {label: next((run.bias.reason for run in runs if run.bias.reason), '')
               for label, runs in exposures.items()}
    return ({label: runs for label, runs in exposures.items() if not reasons[label]},
            {label: reason for label, reason in reasons.items() if reason})


def mean_excess(runs, seed):
    """Returns the Estimate of a group's excess divergence, mean over all stretches.

    Args:
        runs: list of RunExposure, with numbers.
        seed: int.
    """
    found = [_of_all_stretches(run) for run in runs]
    return resampled_mean([each.value for each in found], [each.resamples for each in found],
                          found[0].n_melodies, seed)


def excess_differences(exposures, seed):
    """Compares the mean excess of every two groups, the first minus the second.

    Args:
        exposures: dict of group label to list of RunExposure, with numbers.
        seed: int.

    Returns:
        dict of (label, label) to Estimate.
    """
    return resampled_differences({label: [_of_all_stretches(run) for run in runs]
                                  for label, runs in exposures.items()}, seed)


def _of_all_stretches(run):
    """Returns the Estimate of a run's excess, mean over stretches, with resamples."""
    bias = run.bias
    return Estimate(bias.excess.mean(), resamples=bias.resamples.mean(axis=1),
                    n_melodies=bias.n_melodies)
