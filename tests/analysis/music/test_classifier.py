import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from magenta_reg.analysis.music.classifier import music_two_sample, right_shares, standard_columns
from magenta_reg.analysis.music.features import FEATURES


def features(seed, n=40, shift=0.0, name='pitch_range'):
    """Returns noise for every feature, one of them shifted."""
    rng = np.random.default_rng(seed)
    drawn = {each: rng.normal(size=[n, feature.size]) for each, feature in FEATURES.items()}
    drawn[name] += shift
    return drawn


def constant(features, but=()):
    return {name: values if name in but else np.zeros_like(values)
            for name, values in features.items()}


def test_the_same_distribution_is_rejected_at_its_rate():
    found = [music_two_sample(features(seed, 20), features(1000 + seed, 20), seed)
             for seed in range(60)]
    assert sum(each.p <= 0.05 for each in found) <= stats.binom(60, 0.05).ppf(0.999)
    assert abs(np.mean([each.value for each in found]) - 0.5) < 0.04
    assert abs(np.mean([each.at_floor_size - each.floor.value for each in found])) < 0.03


def test_a_shift_is_found_with_the_accuracy_of_the_best_classifier():
    shift, only = 1.5, ('pitch_range',)
    found = music_two_sample(constant(features(0, 300, shift), only),
                             constant(features(1, 300), only), seed=0)
    best = stats.norm.cdf(shift / 2)  # Two unit Gaussians, shift apart.
    assert found.value == pytest.approx(best, abs=3 * found.standard_error)
    assert found.p == 0.001
    assert found.at_floor_size > found.floor.high
    assert found.null_high < 0.56


def test_a_shift_is_found_among_all_features():
    found = music_two_sample(features(0, 100, 1.5), features(1, 100), seed=0)
    assert found.p == 0.001


def test_guesses_are_those_of_sklearns_ridge_classifier_for_every_permutation():
    rng = np.random.default_rng(0)
    n = 30
    first, second = rng.normal(size=[n, 6]) + 0.4, rng.normal(size=[n, 6])
    signs = np.concatenate([np.ones([n, 1]), rng.choice([-1.0, 1.0], [n, 4])], axis=1)
    folds = np.arange(n) % 5
    found = right_shares(first, second, signs, folds)
    columns = standard_columns(first, second)
    for permutation in range(5):
        labels = np.concatenate([signs[:, permutation], -signs[:, permutation]])
        guesses = cross_val_predict(RidgeClassifier(alpha=0.1 * 48), columns, labels,
                                    cv=PredefinedSplit(np.concatenate([folds, folds])))
        right = (guesses == labels).reshape(2, n).mean(axis=0)
        np.testing.assert_array_equal(found[:, permutation], right)


def test_the_standard_error_is_the_spread_over_repetitions():
    found = [music_two_sample(features(seed, 60, 1.0), features(1000 + seed, 60), seed)
             for seed in range(25)]
    spread = np.std([each.value for each in found], ddof=1)
    assert 0.5 < np.mean([each.standard_error for each in found]) / spread < 1.8


def test_that_a_feature_is_lacking_tells_sets_apart():
    generated, real = features(2, 60), features(3, 60)
    generated['mean_interval'][:40] = np.nan
    found = music_two_sample(generated, real, seed=0)
    assert found.p == 0.001
    real['mean_interval'][20:] = np.nan
    assert music_two_sample(generated, real, seed=0).p > 0.05


def test_equal_sets_are_not_told_apart():
    found = music_two_sample(features(4), features(4), seed=0)
    assert (found.value, found.p) == (0.5, 1.0)


def test_what_cannot_be_compared_says_why():
    assert music_two_sample(features(0, 9), features(1, 9), 0).reason == (
        '9 melodies, at least 10 are needed')
    found = music_two_sample(constant(features(0)), constant(features(1)), 0)
    assert found.reason == 'all melodies have the same features'
    assert (found.value, found.p, found.floor, found.at_floor_size) == (None,) * 4
