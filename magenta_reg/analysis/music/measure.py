"""The music of a network against real music: every feature, and all of them together."""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.music.classifier import music_two_sample
from magenta_reg.analysis.music.distances import feature_distance
from magenta_reg.analysis.music.features import FEATURES, measure_features
from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean, one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import ALPHA, corrected
from magenta_reg.analysis.statistics.seeds import seeds_mean


class RunMusic(NamedTuple):
    """How the music of a run, or of the training set, differs from held-out music.

    Attributes:
        generated, real: dict of feature name to float64 [melodies, size], NaN where there is none.
        distances: dict of feature name to FeatureDistance, p corrected for their number.
        shifts: dict of the name of each feature that is one number to the Estimate of its mean
            difference, generated minus real, in standard deviations of the real melodies; without
            value where real melodies do not differ or fewer than two rows have the feature.
        accuracy: Estimate, of `music_two_sample`.
    """

    generated: dict
    real: dict
    distances: dict
    shifts: dict
    accuracy: Estimate


class GroupMusic(NamedTuple):
    """How the music of a group's networks differs from held-out music.

    Attributes:
        n_seeds: int, or None of music that no network made.
        accuracy: Estimate, share of melodies that a classifier puts on the right side, the mean of
            the seeds'; p is their largest.
        overlap: Estimate, mean overlapping area over all features, and its floor.
        num_differing: list of int, one a seed: features in which the melodies are not of one
            distribution with held-out ones, p adjusted by Holm's method within the run.
        num_tested: int, features that could be tested in every run.
    """

    n_seeds: int | None
    accuracy: Estimate
    overlap: Estimate
    num_differing: list
    num_tested: int


def compare_music(generated, real, seed):
    """Returns the RunMusic of generated with real melodies.

    Args:
        generated, real: int arrays [melodies, steps], Melody events without their primers; rows i
            had the same one.
        seed: int.

    Raises:
        ValueError: If the shapes differ: the features depend on the number of steps.
    """
    if generated.shape != real.shape:
        raise ValueError(f'{generated.shape} generated and {real.shape} real events: the shapes '
                         'must be the same')
    first, second = measure_features(generated), _measured_once(real.tobytes(), real.dtype.str,
                                                                real.shape)
    with one_thread():
        distances = {name: feature_distance(first[name], second[name], seed) for name in FEATURES}
        overlaps = corrected({name: each.overlap for name, each in distances.items()})
        return RunMusic(
            first, second,
            {name: each._replace(overlap=overlaps[name]) for name, each in distances.items()},
            {name: _shift(first[name][:, 0], second[name][:, 0], seed)
             for name, feature in FEATURES.items() if feature.size == 1},
            music_two_sample(first, second, seed))


@functools.lru_cache(maxsize=1)
def _measured_once(events, dtype, shape):
    """Returns the features of real melodies, which are the same ones for all networks."""
    return measure_features(np.frombuffer(events, dtype).reshape(shape))


def _shift(generated, real, seed):
    both = np.isfinite(generated) & np.isfinite(real)
    if both.sum() < 2 or np.ptp(real[both]) == 0:
        return Estimate()
    return bootstrap_mean((generated - real)[both] / real[both].std(ddof=1), seed)


def summarize_music(runs):
    """Returns the GroupMusic of a list of RunMusic, one a seed, with the same real music."""
    accuracies = [run.accuracy for run in runs]
    overlaps = [[each.overlap for each in run.distances.values() if not each.overlap.reason]
                for run in runs]
    tested = [[each.p_holm for each in own if each.p_holm is not None] for own in overlaps]
    return GroupMusic(len(runs), _mean_accuracy(accuracies),
                      _mean_overlap(overlaps, min(each.n_melodies for each in accuracies)),
                      [sum(p < ALPHA for p in each) for each in tested], min(map(len, tested)))


def _mean_accuracy(accuracies):
    """Returns the Estimate of a group's accuracies, without value if one seed has none."""
    if any(each.reason for each in accuracies):
        return Estimate()

    def mean(values):
        return float(np.mean(list(values)))

    found = seeds_mean([each.value for each in accuracies],
                       [each.standard_error for each in accuracies],
                       min(each.n_melodies for each in accuracies))
    return found._replace(
        floor=Estimate(mean(each.floor.value for each in accuracies),
                       high=mean(each.floor.high for each in accuracies)),
        at_floor_size=mean(each.at_floor_size for each in accuracies),
        p=max(each.p for each in accuracies))


def _mean_overlap(overlaps, n_melodies):
    """Returns the Estimate of the mean over features and seeds, without value if one seed has none.

    `overlaps` has a list a seed, the Estimates of the features with a value. All are of the same
    melodies: the standard error is as if they erred together, the most it can be.
    """
    if not all(overlaps):
        return Estimate()
    # Half of a 95% interval has 1.96 standard errors, as in `feature_distance`.
    found = seeds_mean([np.mean([each.value for each in own]) for own in overlaps],
                       [np.mean([each.value - each.low for each in own]) / 1.96
                        for own in overlaps], n_melodies)
    return found._replace(floor=Estimate(float(np.mean(
        [np.mean([each.floor.value for each in own]) for own in overlaps]))))
