"""The classifier of whole melodies: how states move on, which single states do not show."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from magenta_reg.analysis.states.classifiers import (
    SEQUENCES_RIDGE,
    prepare_classifier,
    sequence_features,
)
from magenta_reg.analysis.states.estimates import estimate_distances

FEW = {'num_permutations': 199, 'num_resamples': 50, 'num_halvings': 20}


def walks(seed, memory, num_melodies=60, positions=64, units=12):
    """States with mean 0 and variance 1 at every position, autocorrelated by `memory`."""
    rng = np.random.default_rng(seed)
    states = rng.normal(size=[num_melodies, positions, units])
    for position in range(1, positions):
        states[:, position] *= np.sqrt(1 - memory ** 2)
        states[:, position] += memory * states[:, position - 1]
    return states


def test_other_dynamics_of_the_same_states_are_found_that_single_states_do_not_show():
    found = estimate_distances(walks(0, 0.3), walks(1, 0.7), 0, ('classifier', 'sequences'), **FEW)
    assert found['classifier'].p > 0.1
    assert found['classifier'].on_all == pytest.approx(0.5, abs=0.05)
    assert found['sequences'].p == 1 / 200
    assert found['sequences'].on_all > 0.95
    assert found['sequences'].low > 0.2


def test_the_same_dynamics_are_not_told_apart():
    found = [estimate_distances(walks(seed, 0.5, 40), walks(100 + seed, 0.5, 40), seed,
                                ('sequences',), **FEW)['sequences'] for seed in range(20)]
    # 4 or more of 20 tests at 5% are one chance in 60.
    assert sum(each.p <= 0.05 for each in found) <= 3
    assert np.mean([each.on_all for each in found]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([each.value for each in found]) == pytest.approx(0, abs=0.04)


def test_features_are_moments_extremes_and_autocorrelations_of_components():
    first, second = walks(0, 0.5, 5, 40, 1), walks(1, 0.5, 5, 40, 1)
    mean = np.concatenate([first, second]).mean()
    found = sequence_features(first, second)[1][:, 0]
    for row, melody in zip(found, second[..., 0] - mean, strict=True):
        centred = melody - melody.mean()
        expected = [melody.mean(), melody.std(), melody.min(), melody.max(),
                    *(centred[lag:] @ centred[:-lag] / (40 - lag) / melody.var()
                      for lag in (1, 4, 16))]
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-5)


def test_the_classifier_agrees_with_a_shrunken_discriminant_of_sklearn():
    modes = sequence_features(walks(0, 0.4, 80), walks(1, 0.5, 80))
    pool = np.concatenate(modes)
    forced = np.repeat([[1.0, 0.0]], 80, axis=1)
    found = prepare_classifier(pool, 0, ridge=SEQUENCES_RIDGE)(forced, 1 - forced)[0]
    folds = np.tile(np.random.default_rng(0).permutation(80) % 5, 2)
    columns = pool[:, 0] / pool[:, 0].std(axis=0)
    # It pools the variance within the sets, ours that of both together: nearly the same direction.
    model = LinearDiscriminantAnalysis(solver='lsqr', shrinkage=SEQUENCES_RIDGE)
    guesses = cross_val_predict(model, columns, forced[0], cv=PredefinedSplit(folds))
    assert 0.6 < found < 0.95
    assert found == pytest.approx(np.mean(guesses == forced[0]), abs=0.03)


def test_states_that_are_not_finite_have_a_reason():
    broken = np.where(np.arange(64)[:, np.newaxis] == 63, np.nan, walks(1, 0.5))
    found = estimate_distances(walks(0, 0.5), broken, 0, ('sequences',), **FEW)['sequences']
    assert found.value is None
    assert 'free-running states are not finite' in found.reason
