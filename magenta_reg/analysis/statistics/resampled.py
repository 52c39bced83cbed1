"""Estimates of numbers that are no means over melodies, from their resamples.

A distance between two sets is one number a run. What is known of its variation are values on
bootstrap resamples of the melodies; resample k has the same melodies in every run. Seeds come on
top as in `bootstrap`.
"""

import itertools

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import drawn_seed_effects, normalized
from magenta_reg.analysis.statistics.estimate import Estimate, unboxed
from magenta_reg.analysis.statistics.paired import seed_pairs, t_estimate


def resampled_mean(values, resamples, n_melodies, seed):
    """Returns the Estimate of the mean over seeds of a number a run.

    Args:
        values: float array [seeds, ...].
        resamples: float array [seeds, resamples, ...]; only their deviations from their mean count:
            bootstrap samples repeat melodies, which moves some measures.
        n_melodies: int.
        seed: int.
    """
    values, drawn = np.asarray(values, np.float64), _deviations(resamples)
    if len(values) > 1:
        effects = _seed_effects(values, len(values) - 1, len(drawn), seed)
        drawn = drawn + effects.reshape(drawn.shape)
    value = values.mean(axis=0)
    low, high = value + np.percentile(drawn, [2.5, 97.5], axis=0)
    return Estimate(*map(unboxed, (value, low, high)), n_melodies=n_melodies, n_seeds=len(values))


def centred_estimate(value, resamples, n_melodies):
    """Returns the Estimate of a number of one run, its resamples moved to have it as their mean.

    Args:
        value: float, or float array [...].
        resamples: float array [resamples, ...]; bootstrap samples repeat melodies, which moves
            some measures.
        n_melodies: int.
    """
    moved = resamples - np.mean(resamples, axis=0) + value
    low, high = np.percentile(moved, [2.5, 97.5], axis=0)
    return Estimate(*map(unboxed, (value, low, high)), n_melodies=n_melodies, n_seeds=1,
                    resamples=moved)


def mean_over_seeds(estimates, seed):
    """Returns the mean Estimate of the networks of one method, without p, with its mean floor.

    Args:
        estimates: list of Estimate with resamples and a floor, one a seed, of the same melodies.
        seed: int, of the seeds drawn.
    """
    mean = resampled_mean([each.value for each in estimates],
                          [each.resamples for each in estimates], estimates[0].n_melodies, seed)
    floors = [each.floor[:3] for each in estimates]
    return mean._replace(floor=Estimate(*map(unboxed, np.mean(floors, axis=0))))


def mean_and_range(halvings):
    """Returns the Estimate of a floor: the mean over random halvings and what 95% of them span.

    Args:
        halvings: float array [halvings, ...].
    """
    low, high = np.percentile(halvings, [2.5, 97.5], axis=0)
    return Estimate(*map(unboxed, (np.mean(halvings, axis=0), low, high)))


def resampled_difference(first, second):
    """Returns the Estimate of one method minus another in a number a run, as `paired` defines it.

    The variance over melodies is that of the mean difference over resamples.

    Args:
        first, second: list of Estimate with resamples, of the same melodies and resamples, one a
            seed and in the same order of seeds.
    """
    reason = _find_reason([*first, *second])
    n_melodies = first[0].n_melodies
    if reason:
        return Estimate(n_melodies=n_melodies, n_seeds=len(first), reason=reason)
    drawn = np.subtract(*(_deviations([each.resamples for each in own]) for own in (first, second)))
    values = np.subtract(*([each.value for each in own] for own in (first, second)))
    return t_estimate(values, float(np.var(drawn, ddof=1)), n_melodies)


def resampled_differences(estimates, seeds):
    """Compares every two groups; see `resampled_difference`.

    Args:
        estimates: dict of label to list of Estimate, one a seed.
        seeds: dict of label to list of int.

    Returns:
        dict of (label, label) to Estimate, first minus second; p is of single tests.
    """
    found = {}
    for first, second in itertools.combinations(estimates, 2):
        rows, reason = seed_pairs(seeds[first], seeds[second])
        found[first, second] = Estimate(reason=reason) if reason else resampled_difference(
            *([estimates[label][row] for row in own]
              for label, own in zip((first, second), rows, strict=True)))
    return found


def _find_reason(estimates):
    reason = next((each.reason for each in estimates if each.reason), '')
    if not reason and len({each.n_melodies for each in estimates}) > 1:
        return 'other numbers of melodies'
    if not reason and not all(np.isfinite([each.value, *each.resamples]).all()
                              for each in estimates):
        return 'values that are not finite'
    return reason


def _deviations(resamples):
    """Returns float64 [resamples, ...], of the means over seeds from their mean."""
    means = np.mean(resamples, axis=0, dtype=np.float64)
    return means - means.mean(axis=0)


def _seed_effects(values, freedom, num_resamples, seed):
    effects = drawn_seed_effects(np.random.default_rng(seed), values.reshape(len(values), 1, -1),
                                 normalized(None, 1), freedom, num_resamples)
    return effects[:, 0] if values.ndim == 1 else effects
