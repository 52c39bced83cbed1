"""What the runs of a group say together about its music.

The music of one generator beside real music: every feature, and all of them together.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.music.classifier import MusicAccuracy, music_two_sample
from magenta_reg.analysis.music.distances import feature_distance
from magenta_reg.analysis.music.features import FEATURES, measure_features
from magenta_reg.analysis.report.section import Bounded
from magenta_reg.analysis.statistics.bootstrap import Estimate, bootstrap_mean
from magenta_reg.analysis.statistics.holm import ALPHA, holm
from magenta_reg.analysis.statistics.paired import seed_variance

# Half of a 95% interval in standard errors, as feature_distances has it.
_Z = 1.96
_NONE = Bounded(None, None, None)


class GroupMusic(NamedTuple):
    """The music of a group's networks beside held-out music.

    Attributes:
        n_seeds: int, or None of music that no network made.
        accuracy: Bounded, share of melodies that a classifier puts on the right side.
        half: float, the same with half of the melodies: to be compared with `floor`. None where
            there is no accuracy, as in what follows.
        floor: float, accuracy between two halves of the held-out melodies.
        floor_high: float, what 95% of single halvings stay below.
        p_value: float, the largest of the seeds', of the accuracy.
        overlap: Bounded, mean overlapping area over all features.
        overlap_floor: float, the same between two halves of the held-out melodies, or None.
        num_differing: list of int, one a seed: features in which the melodies are not of one
            distribution with held-out ones, p adjusted by Holm's method within the run.
        num_tested: int, features that could be tested in every run.
    """

    n_seeds: int | None
    accuracy: Bounded
    half: float | None
    floor: float | None
    floor_high: float | None
    p_value: float | None
    overlap: Bounded
    overlap_floor: float | None
    num_differing: list
    num_tested: int


def summarize_music(comparisons):
    """Puts the comparisons of a group's runs together.

    Args:
        comparisons: list of MusicComparison, one a seed, with the same held-out melodies.

    Returns:
        GroupMusic.
    """
    accuracies = [each.accuracy for each in comparisons]
    adjusted = [adjusted_p(each) for each in comparisons]
    of_runs = [_mean_overlap(each) for each in comparisons]
    overlap, floor = _NONE, None
    if all(of_runs):
        values, errors, floors = zip(*of_runs, strict=True)
        overlap = seeds_interval(values, errors, min(each.n for each in accuracies))
        floor = float(np.mean(floors))
    return GroupMusic(
        len(comparisons), *_accuracy(accuracies), overlap, floor,
        [sum(p < ALPHA for p in each.values()) for each in adjusted], min(map(len, adjusted)))


def adjusted_p(comparison):
    """Returns dict of a tested feature's name to its p, adjusted for their number."""
    p_values = {name: distance.p_value for name, distance in comparison.distances.items()
                if distance.p_value is not None}
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))


def seeds_interval(values, standard_errors, n_melodies):
    """Returns the mean of shares that each seed's melodies have, with a 95% interval.

    The variance is the mean of the seeds' own, which is that of melodies all seeds share, and with
    several seeds that of their mean; t with Satterthwaite's degrees of freedom.

    Args:
        values: sequence of float in [0, 1], one a seed.
        standard_errors: sequence of float, over melodies, of each value.
        n_melodies: int, 2 or more.

    Returns:
        Bounded within [0, 1]; without an interval where nothing varies.
    """
    from scipy import stats

    parts = [(np.mean(np.square(standard_errors)), n_melodies - 1)]
    if len(values) > 1:
        parts.append(seed_variance(np.asarray(values)))
    variance, mean = sum(part for part, _ in parts), float(np.mean(values))
    if variance == 0:
        return Bounded(mean, None, None)
    freedom = variance ** 2 / sum(part ** 2 / degrees for part, degrees in parts)
    margin = float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
    return Bounded(mean, max(mean - margin, 0.0), min(mean + margin, 1.0))


def _accuracy(accuracies):
    """Returns accuracy, half, floor, floor_high and p_value of a GroupMusic."""
    if any(each.reason for each in accuracies):
        return _NONE, None, None, None, None
    accuracy = seeds_interval([each.mean for each in accuracies],
                              [each.standard_error for each in accuracies],
                              min(each.n for each in accuracies))
    return (accuracy, *(float(np.mean([getattr(each, name) for each in accuracies]))
                        for name in ('half', 'floor', 'floor_high')),
            max(each.p_value for each in accuracies))


def _mean_overlap(comparison):
    """Returns the mean over features, its standard error and the floor's mean, or None.

    All features are of the same melodies: the error is as if they erred together, the most it
    can be.
    """
    found = [each for each in comparison.distances.values() if each.overlap is not None]
    if not found:
        return None
    return (np.mean([each.overlap.mean for each in found]),
            np.mean([each.overlap.mean - each.overlap.low for each in found]) / _Z,
            np.mean([each.overlap_floor.mean for each in found]))


class MusicComparison(NamedTuple):
    """How a generator's music differs from real music.

    Attributes:
        generated: dict of feature name to float64 [melodies, size], NaN where there is none.
        real: dict, in the same way.
        distances: dict of feature name to FeatureDistance.
        shifts: dict of the name of each feature that is one number to the Estimate of its mean
            difference, generated minus real, in standard deviations of the real melodies; None
            where real melodies do not differ or fewer than two rows have the feature.
        accuracy: MusicAccuracy.
    """

    generated: dict
    real: dict
    distances: dict
    shifts: dict
    accuracy: MusicAccuracy


def compare_music(generated, real, seed):
    """Compares generated with real melodies.

    Args:
        generated: int array [melodies, steps], Melody events without their primers.
        real: int array of the same shape: how the melodies that the primers are from go on.
        seed: int.

    Returns:
        MusicComparison.

    Raises:
        ValueError: If the shapes differ: the features depend on the number of steps.
    """
    from threadpoolctl import threadpool_limits

    generated, real = np.asarray(generated), np.asarray(real)
    if generated.shape != real.shape:
        raise ValueError(f'{generated.shape} generated and {real.shape} real events: the shapes '
                         'must be the same')
    first, second = measure_features(generated), measure_features(real)
    # The matrices are so small that threads wait for each other longer than they work.
    with threadpool_limits(1):
        return MusicComparison(
            first, second,
            {name: feature_distance(first[name], second[name], seed) for name in FEATURES},
            {name: _shift(first[name][:, 0], second[name][:, 0], seed)
             for name, feature in FEATURES.items() if feature.size == 1},
            music_two_sample(first, second, seed))


def _shift(generated, real, seed) -> Estimate | None:
    both = np.isfinite(generated) & np.isfinite(real)
    if both.sum() < 2 or np.ptp(real[both]) == 0:
        return None
    return bootstrap_mean((generated - real)[both] / real[both].std(ddof=1), seed)
