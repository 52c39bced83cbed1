"""What the runs of a group say together about its music.

The music of one generator beside real music: every feature, and all of them together.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.music.classifier import music_two_sample
from magenta_reg.analysis.music.distances import feature_distance
from magenta_reg.analysis.music.features import FEATURES, measure_features
from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import ALPHA, corrected
from magenta_reg.analysis.statistics.paired import satterthwaite, seed_variance

# Half of a 95% interval in standard errors, as feature_distances has it.
_Z = 1.96


class GroupMusic(NamedTuple):
    """The music of a group's networks beside held-out music.

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


def summarize_music(comparisons):
    """Puts the comparisons of a group's runs together.

    Args:
        comparisons: list of MusicComparison, one a seed, with the same held-out melodies.

    Returns:
        GroupMusic.
    """
    accuracies = [each.accuracy for each in comparisons]
    tested = [[each.overlap.p_holm for each in comparison.distances.values()
               if each.overlap.p_holm is not None] for comparison in comparisons]
    of_runs = [_mean_overlap(each) for each in comparisons]
    overlap = Estimate()
    if all(of_runs):
        values, errors, floors = zip(*of_runs, strict=True)
        overlap = seeds_mean(values, errors, min(each.n_melodies for each in accuracies))
        overlap = overlap._replace(floor=Estimate(float(np.mean(floors))))
    return GroupMusic(len(comparisons), _accuracy(accuracies), overlap,
                      [sum(p < ALPHA for p in each) for each in tested], min(map(len, tested)))


def seeds_mean(values, standard_errors, n_melodies):
    """Returns the Estimate, within [0, 1], of the mean of shares that each seed's melodies have.

    The variance is the mean of the seeds' own, which is that of melodies all seeds share, and with
    several seeds that of their mean; t with Satterthwaite's degrees of freedom. There is no
    interval where nothing varies.

    Args:
        values: sequence of float in [0, 1], one a seed.
        standard_errors: sequence of float, over melodies, of each value.
        n_melodies: int, 2 or more.
    """
    from scipy import stats

    parts = [(np.mean(np.square(standard_errors)), n_melodies - 1)]
    if len(values) > 1:
        parts.append(seed_variance(np.asarray(values)))
    variance, freedom = satterthwaite(parts)
    found = Estimate(float(np.mean(values)), n_melodies=n_melodies, n_seeds=len(values))
    if variance == 0:
        return found
    margin = float(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
    return found._replace(low=max(found.value - margin, 0.0), high=min(found.value + margin, 1.0))


def _accuracy(accuracies):
    """Returns the Estimate of a group's accuracies, of no value if one seed has none."""
    if any(each.reason for each in accuracies):
        return Estimate()
    found = seeds_mean([each.value for each in accuracies],
                       [each.standard_error for each in accuracies],
                       min(each.n_melodies for each in accuracies))
    floor = Estimate(float(np.mean([each.floor.value for each in accuracies])),
                     high=float(np.mean([each.floor.high for each in accuracies])))
    return found._replace(
        floor=floor, at_floor_size=float(np.mean([each.at_floor_size for each in accuracies])),
        p=max(each.p for each in accuracies))


def _mean_overlap(comparison):
    """Returns the mean over features, its standard error and the floor's mean, or None.

    All features are of the same melodies: the error is as if they erred together, the most it
    can be.
    """
    found = [each.overlap for each in comparison.distances.values() if not each.overlap.reason]
    if not found:
        return None
    return (np.mean([each.value for each in found]),
            np.mean([each.value - each.low for each in found]) / _Z,
            np.mean([each.floor.value for each in found]))


class MusicComparison(NamedTuple):
    """How a generator's music differs from real music.

    Attributes:
        generated: dict of feature name to float64 [melodies, size], NaN where there is none.
        real: dict, in the same way.
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
        distances = {name: feature_distance(first[name], second[name], seed) for name in FEATURES}
        overlaps = corrected({name: each.overlap for name, each in distances.items()})
        return MusicComparison(
            first, second,
            {name: each._replace(overlap=overlaps[name]) for name, each in distances.items()},
            {name: _shift(first[name][:, 0], second[name][:, 0], seed)
             for name, feature in FEATURES.items() if feature.size == 1},
            music_two_sample(first, second, seed))


def _shift(generated, real, seed):
    both = np.isfinite(generated) & np.isfinite(real)
    if both.sum() < 2 or np.ptp(real[both]) == 0:
        return Estimate()
    return bootstrap_mean((generated - real)[both] / real[both].std(ddof=1), seed)
