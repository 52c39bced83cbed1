"""Exposure bias against position: does a model expect other things after its own events?

At each position t after the primer a model gives a distribution of the next event, once after the
true events x, once after its own events y, which go on from the same primer. With

    P_t = mean_i p(. | x_i before t),   Q_t = mean_i p(. | y_i before t)

over melodies i and the positions of a bar, the divergence is JSD(P_t, Q_t) in nats, from 0 to
log 2. It compares what is expected on the whole, not melody by melody: after other events another
next event is right. JSD is never below 0 and means over few melodies vary, so it is above 0 for
equal distributions, too. The floor is the same between halves of the melodies, JSD(P_A, P_B); what
compares with it is JSD(P_A, Q_B), of the same halves. Their difference, the excess, is 0 on
average where a model expects the same after own and true events.

Source: Bengio et al. 2015 (1506.03099) for the idea; Lin 1991, "Divergence Measures Based on the
Shannon Entropy"; the measure against a floor is ours.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.exposure.next_events import StepDistributions
from magenta_reg.analysis.statistics.bootstrap import drawn_weights, normalized, one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p
from magenta_reg.analysis.statistics.position_means import bin_edges, bin_means
from magenta_reg.analysis.statistics.resampled import resampled_differences, resampled_mean

_NUM_HALVINGS = 200
_HALVINGS_PER_RESAMPLE = 8


class ModeDistributions(NamedTuple):
    """Next-event distributions after true events, or after a run's own.

    Attributes:
        edges: int64 [bins + 1], ends of the bars, as positions in the melody.
        mean_probs: float32 [melodies, bins, events], means over the bar.
        entropy_nats: float64 [melodies, bins], mean entropy of the distributions.
    """

    edges: np.ndarray
    mean_probs: np.ndarray
    entropy_nats: np.ndarray


class RunExposure(NamedTuple):
    """Exposure bias of a run: the distributions in both modes, and `exposure_bias` of them."""

    true: ModeDistributions
    own: ModeDistributions
    bias: Estimate


def cached_exposures(comparison, groups):
    """Returns dict of group label to list of RunExposure, one a seed."""
    return {group.label: [cached_exposure(comparison, run) for run in group.runs]
            for group in groups}


def cached_exposure(comparison, run):
    """Returns the RunExposure of a ComparedRun."""
    held_out = comparison.held_out
    return comparison.cached_for_run('exposure', run, lambda: run_exposure(
        StepDistributions.from_run(run.run_dir, run.checkpoint), held_out.melodies,
        comparison.generated[run.label], held_out.primer_steps, comparison.seed))


def run_exposure(model, real, generated, primer_steps, seed):
    """Returns the RunExposure of a model.

    Args:
        model: StepDistributions.
        real, generated: int32 [melodies, num_steps], held-out melodies, and the run's continuations
            of their first `primer_steps` events.
        primer_steps, seed: int.
    """
    true, own = (mode_distributions(model.next_events(melodies), primer_steps)
                 for melodies in (real, generated))
    return RunExposure(true, own, exposure_bias(true, own, seed))


def mode_distributions(distributions, primer_steps):
    """Returns the ModeDistributions: means over bars after the primer.

    The first event after the primer is expected after the same events in both modes; it is in, so
    that bars are whole.

    Args:
        distributions: iterable over melodies of float array [steps, events], of the second event,
            the third and so on, all of the same length.
        primer_steps: int.
    """
    mean_probs, entropies = [], []
    for probs in distributions:
        # Row j is of event j + 1.
        probs = probs[primer_steps - 1:]
        edges = bin_edges(len(probs))
        mean_probs.append(bin_means(probs, edges, 0).astype(np.float32))
        entropies.append(bin_means(entropy(probs), edges, 0))
    return ModeDistributions(primer_steps + edges, np.stack(mean_probs), np.stack(entropies))


def exposure_bias(true, own, seed, num_resamples=400, num_permutations=999):
    """Measures how far a model's expectations after its own events are from those after true ones.

    Args:
        true, own: ModeDistributions; row i of both continues the same primer.
        seed, num_resamples, num_permutations: int.

    Returns:
        Estimate of arrays [bins]: divergence, the same between halves (`at_floor_size`) and its
        floor. p is one-sided, of the mean over bars, where modes are exchangeable within melodies.
        `resamples`, [resamples, bins], are of the excess and have its mean.
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
    """Returns the Jensen-Shannon divergence in nats of probabilities along the last axis."""
    return entropy((first + second) / 2) - (entropy(first) + entropy(second)) / 2


def entropy(probs):
    """Returns the entropy in nats of probabilities along the last axis."""
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
    """Returns p of the divergence when modes are swapped at random within melodies."""
    n = len(true)
    swaps = rng.integers(2, size=[num_permutations, n]).astype(np.float64)
    change = (swaps @ (own - true).reshape(n, -1)).reshape(-1, *true.shape[1:]) / n
    found = jensen_shannon(true.mean(axis=0) + change, own.mean(axis=0) - change).mean(axis=1)
    return permutation_p(value, found, 1e-12 * value)


def split_measured(exposures):
    """Returns the exposures of the groups that have numbers, and the other groups' reasons."""
    reasons = {label: next((run.bias.reason for run in runs if run.bias.reason), '')
               for label, runs in exposures.items()}
    return ({label: runs for label, runs in exposures.items() if not reasons[label]},
            {label: reason for label, reason in reasons.items() if reason})


def excess_by_bar(runs, seed):
    """Returns the Estimate of arrays [bins] of a group's excess divergence."""
    biases = [run.bias for run in runs]
    return resampled_mean([bias.excess for bias in biases], [bias.resamples for bias in biases],
                          biases[0].n_melodies, seed)


def mean_excess(runs, seed):
    """Returns the Estimate of a group's excess divergence, mean over all bars."""
    found = [_mean_over_bars(run) for run in runs]
    return resampled_mean([each.value for each in found], [each.resamples for each in found],
                          found[0].n_melodies, seed)


def summarize(runs, seed):
    """Returns dict of quantity to number of a group, a row of the table: means over seeds."""
    biases = [run.bias for run in runs]

    def mean(values):
        return float(np.mean(values))

    return {'seeds': len(runs),
            'divergence': mean([bias.value for bias in biases]),
            'between_halves': mean([bias.at_floor_size for bias in biases]),
            'floor': mean([bias.floor.value for bias in biases]),
            'excess': mean_excess(runs, seed),
            'excess_first': mean([bias.excess[0] for bias in biases]),
            'excess_last': mean([bias.excess[-1] for bias in biases]),
            'p': max(bias.p for bias in biases)}


def excess_differences(exposures, seeds):
    """Returns dict of (label, label) to Estimate: the mean excess of every two groups compared."""
    return resampled_differences({label: [_mean_over_bars(run) for run in runs]
                                  for label, runs in exposures.items()}, seeds)


def _mean_over_bars(run):
    bias = run.bias
    return Estimate(bias.excess.mean(), resamples=bias.resamples.mean(axis=1),
                    n_melodies=bias.n_melodies)
