"""The music of one generator beside real music: every feature, and all of them together."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.feature_distances import feature_distance
from magenta_reg.analysis.intervals import Estimate, bootstrap_mean
from magenta_reg.analysis.music_features import FEATURES, measure_features
from magenta_reg.analysis.music_two_sample import MusicAccuracy, music_two_sample


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
