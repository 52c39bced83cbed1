import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score

from magenta_reg.analysis.two_sample import classifier_accuracy, classifier_floor


def points(seed, num_melodies=40, positions=20, units=6, shift=0.0):
    states = np.random.default_rng(seed).normal(size=[num_melodies, positions, units])
    states[..., 0] += shift
    return states


def sequences(seed, num_melodies=40, positions=20, units=100):
    """Melodies of nearly identical states: each melody is a place of its own."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=[num_melodies, 1, units])
    return places + 0.01 * rng.normal(size=[num_melodies, positions, units])


def test_the_same_distribution_is_not_found():
    found = [classifier_accuracy(points(seed), points(100 + seed), seed) for seed in range(30)]
    z = np.array([(each.mean - 0.5) / each.standard_error for each in found])
    assert abs(np.mean([each.mean for each in found]) - 0.5) < 0.01
    assert np.mean(np.abs(z) > 2) < 0.2


def test_a_shift_is_found_with_the_accuracy_of_the_best_classifier():
    shift = 1.5
    found = classifier_accuracy(points(0, 100), points(1, 100, shift=shift), seed=0)
    best = 0.5 * (1 + math.erf(shift / 2 / math.sqrt(2)))  # Two unit Gaussians, shift apart.
    assert found.mean == pytest.approx(best, abs=3 * found.standard_error + 0.005)
    assert found.standard_error < 0.02


def test_melodies_do_not_leak_between_folds():
    first, second = sequences(0), sequences(1)
    states = np.concatenate([first, second]).reshape(-1, first.shape[-1])
    sets = np.repeat([0, 1], len(states) // 2)
    leaking = cross_val_score(LogisticRegression(), states, sets, cv=KFold(5, shuffle=True))
    assert leaking.mean() > 0.95
    found = classifier_accuracy(first, second, seed=0)
    assert abs(found.mean - 0.5) < 4 * found.standard_error
    assert found.mean < 0.7


def test_equal_sets_score_exactly_one_half():
    # Only if both sets are drawn at the same positions and guessed by the same fold's classifier.
    states = points(0)
    found = classifier_accuracy(states, states, seed=3, num_positions=5)
    assert (found.mean, found.standard_error, found.n) == (0.5, 0.0, 40)


def test_the_floor_is_one_half_where_melodies_differ():
    found = [classifier_floor(sequences(seed, units=10), seed) for seed in range(8)]
    assert abs(np.mean([each.mean for each in found]) - 0.5) < 0.05
    assert all(each.n == 20 for each in found)


def test_the_standard_error_is_the_spread_over_repetitions():
    found = [classifier_accuracy(sequences(seed, units=5), 0.7 + sequences(100 + seed, units=5), 0)
             for seed in range(40)]
    spread = np.std([each.mean for each in found], ddof=1)
    assert 0.6 < np.mean([each.standard_error for each in found]) / spread < 1.6


def test_the_seed_decides():
    first, second = points(0), points(1, shift=0.5)
    assert classifier_accuracy(first, second, 4, 5) == classifier_accuracy(first, second, 4, 5)
    assert classifier_accuracy(first, second, 4, 5) != classifier_accuracy(first, second, 5, 5)
