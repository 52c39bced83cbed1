"""Distances against closed forms, other implementations and loops."""

import itertools
import math

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from magenta_reg.analysis.states.classifiers import prepare_classifier
from magenta_reg.analysis.states.distances import DISTANCES, prepare_mmd
from magenta_reg.analysis.states.frechet import (
    FRECHET_COMPONENTS,
    prepare_frechet,
    squared_frechet,
)

# What the distances of equal sets are.
AT_EQUALITY = {**dict.fromkeys(DISTANCES, 0), 'classifier': 0.5, 'sequences': 0.5}


@pytest.fixture(autouse=True)
def _one_thread():
    # Matrices this small are slower with more.
    with threadpool_limits(1):
        yield


def modes_of(seed=0, num_melodies=14, positions=3, units=5, shift=0.4):
    """Two modes whose melodies are places of their own, with states that scatter about them."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=[2, num_melodies, 1, units])
    places[1] += shift
    return places + 0.5 * rng.normal(size=[2, num_melodies, positions, units])


def distance(name, first, second):
    """Returns a distance of two sets, float array [melodies, positions, units] each."""
    evaluate = DISTANCES[name].prepare(np.concatenate([first, second]).astype(np.float64), 0)
    return float(evaluate(*both_modes(len(first)))[0])


def both_modes(num_melodies):
    """Returns the two choices [1, 2 melodies] that are the two modes."""
    forced = np.repeat([[1.0, 0.0]], num_melodies, axis=1)
    return forced, 1 - forced


def test_the_centroid_distance_by_hand():
    first = np.array([[[0.0, 0.0], [2.0, 0.0]], [[0.0, 2.0], [2.0, 2.0]]])
    second = 2 * first + [4.0, 0.0]
    # Means (1, 1) and (6, 2); total variances 2 and 8.
    expected = math.sqrt(26) / math.sqrt((2 + 8) / 2)
    assert distance('centroid', first, second) == pytest.approx(expected)


def kernels_of(first, second):
    """Returns a function of two modes and two melodies: the mean of rbf_kernel between them."""
    states = np.concatenate([first, second]).reshape(-1, first.shape[-1])
    squares = np.square(pairwise_distances(states))
    kernel = rbf_kernel(states, gamma=1 / (2 * np.median(squares[np.triu_indices(len(states), 1)])))
    melodies, positions, _ = first.shape
    blocks = kernel.reshape(2, melodies, positions, 2, melodies, positions)
    return lambda one, i, other, j: blocks[one, i, :, other, j].mean()


def paired_mmd(kernel, pairs):
    def mean(one, other):
        return np.mean([kernel(one, i, other, j) for i, j in pairs])

    return mean(0, 0) + mean(1, 1) - mean(0, 1) - mean(1, 0)


def test_mmd_is_that_of_rbf_kernel_sums_over_different_melodies():
    first, second = modes_of()
    pairs = [(i, j) for i in range(14) for j in range(14) if i != j]
    assert distance('mmd', first, second) == pytest.approx(
        paired_mmd(kernels_of(first, second), pairs), abs=1e-10)


def test_repeats_of_a_melody_are_not_compared_with_each_other():
    first, second = modes_of()
    drawn = np.array([0, 0, 0, 3, 5, 5, 7])
    counts = np.bincount(drawn, minlength=14).astype(float)
    none = np.zeros_like(counts)
    found = prepare_mmd(np.concatenate([first, second]), 0)(
        np.hstack([counts, none])[np.newaxis], np.hstack([none, counts])[np.newaxis])
    pairs = [(i, j) for i in drawn for j in drawn if i != j]
    assert found[0] == pytest.approx(paired_mmd(kernels_of(first, second), pairs), abs=1e-10)


def test_the_mean_excess_of_mmd_over_all_halvings_is_mmd_itself():
    modes = modes_of(num_melodies=8)
    evaluate = prepare_mmd(np.concatenate(modes), 0)
    halves = np.array([np.isin(np.arange(8), rows) for rows in itertools.combinations(range(8), 4)],
                      float)
    forced, other_forced = (np.hstack([each, 0 * each]) for each in (halves, 1 - halves))
    free = np.hstack([0 * halves, 1 - halves])
    assert evaluate(forced, other_forced).mean() == pytest.approx(0, abs=1e-12)
    assert evaluate(forced, free).mean() == pytest.approx(distance('mmd', *modes), abs=1e-12)


def test_frechet_is_the_formula_with_a_matrix_root():
    rng = np.random.default_rng(0)
    roots = rng.normal(size=[2, 6, 6])
    first, second = roots @ np.swapaxes(roots, 1, 2)
    means = rng.normal(size=[2, 6])
    expected = (np.sum((means[0] - means[1]) ** 2) + np.trace(first) + np.trace(second)
                - 2 * np.trace(sqrtm(first @ second)).real)
    assert squared_frechet(means[0], first, means[1], second) == pytest.approx(expected, rel=1e-4)


def test_frechet_of_large_samples_is_the_analytic_value():
    rng = np.random.default_rng(1)
    scales, shift = np.array([1.0, 0.5, 2.0]), np.array([1.0, 0.0, -0.5])
    first = rng.normal(size=[400, 50, 3])
    second = rng.normal(size=[400, 50, 3]) * scales + shift
    # Diagonal covariances: the distance is that of means and of standard deviations.
    squared = np.sum(shift ** 2) + np.sum((scales - 1) ** 2)
    spread = math.sqrt((3 + np.sum(scales ** 2)) / 2)
    assert distance('frechet', first, second) == pytest.approx(
        math.sqrt(squared) / spread, rel=0.03)


def test_frechet_takes_the_principal_components_of_largest_variance():
    first, second = modes_of(num_melodies=60, units=FRECHET_COMPONENTS + 6)
    first[..., FRECHET_COMPONENTS:] *= 1e-6
    second[..., FRECHET_COMPONENTS:] *= 1e-6
    assert distance('frechet', first, second) == pytest.approx(
        distance('frechet', first[..., :FRECHET_COMPONENTS], second[..., :FRECHET_COMPONENTS]),
        rel=1e-4)


def test_frechet_is_the_same_for_many_choices_at_a_time():
    first, second = modes_of()
    evaluate = prepare_frechet(np.concatenate([first, second]), 0)
    choices = [np.tile(choice, [130, 1]) for choice in both_modes(14)]
    assert evaluate(*choices) == pytest.approx(distance('frechet', first, second), rel=1e-9)


def test_frechet_extrapolated_is_nearer_the_distance_of_the_distributions():
    plain, extrapolated = [], []
    for seed in range(40):
        first, second = np.random.default_rng(seed).normal(size=[2, 40, 2, 8])
        second = second * [1.5, *[1] * 7] + [0, 0.5, *[0] * 6]
        plain.append(distance('frechet', first, second) ** 2)
        extrapolated.append(distance('frechet_extrapolated', first, second))
    # Means 0.5 apart, one deviation 1.5 in place of 1; variances 8 and 9.25.
    truth = (0.5 ** 2 + 0.5 ** 2) / np.mean([8, 9.25])
    assert np.mean(plain) > 2 * truth
    assert np.mean(extrapolated) == pytest.approx(truth, rel=0.15)
    assert (np.abs(np.array(extrapolated) - truth).mean()
            < 0.5 * np.abs(np.array(plain) - truth).mean())


def test_the_extrapolation_is_the_line_through_all_and_half_of_the_melodies():
    # With one state a melody, all weights equal and both modes in one order, halves are the
    # distances of the same melodies in both modes.
    first, second = modes_of(num_melodies=8, positions=1, units=2)
    found = distance('frechet_extrapolated', first, second)
    pool = np.concatenate([first, second])
    measure = prepare_frechet(pool, 0)
    rng, squares = np.random.default_rng(0), []
    forced, free = both_modes(8)
    spread = np.mean([each.reshape(8, 2).var(axis=0).sum() for each in (first, second)])

    def squared(rows):
        own = np.tile(np.isin(np.arange(8), rows), 2)
        variances = [each[rows].reshape(-1, 2).var(axis=0).sum() for each in (first, second)]
        return measure(forced * own, free * own)[0] ** 2 * np.mean(variances)

    for _ in range(3):
        order = np.argsort(rng.permutation(8))
        squares += [squared(order[:4]), squared(order[4:])]
    slope = (np.mean(squares) - squared(np.arange(8))) / (1 / 4 - 1 / 8)
    assert found == pytest.approx((squared(np.arange(8)) - slope / 8) / spread, rel=1e-4)


def test_units_that_never_change_do_no_harm():
    first, second = modes_of()
    for name in DISTANCES:
        found = [distance(name, np.pad(first, [(0, 0)] * 2 + [(0, extra)]),
                          np.pad(second, [(0, 0)] * 2 + [(0, extra)])) for extra in (0, 2)]
        assert found[1] == pytest.approx(found[0], rel=1e-3), name


def test_nearest_neighbours_are_those_of_other_melodies():
    first, second = modes_of()

    def mean_distance(queries):
        found = []
        for melody in range(len(first)):
            others = np.delete(first, melody, axis=0).reshape(-1, first.shape[-1])
            found.append(NearestNeighbors(n_neighbors=1).fit(others)
                         .kneighbors(queries[melody])[0].mean())
        return np.mean(found)

    assert distance('nearest', first, second) == pytest.approx(
        np.log(mean_distance(second) / mean_distance(first)), rel=1e-9)
    crowded = 0.1 * second
    assert distance('nearest', first, crowded) == pytest.approx(
        np.log(mean_distance(first) / mean_distance(crowded)), rel=1e-9)


def test_nearest_neighbours_beyond_the_nearest_items_stored_are_found():
    first, second = modes_of(num_melodies=60, shift=8.0)
    # Each mode's own 59 other melodies are nearer than any of the other mode.
    expected = np.mean([
        NearestNeighbors(n_neighbors=1).fit(np.delete(first, melody, 0).reshape(-1, 5))
        .kneighbors(second[melody])[0].mean() for melody in range(60)])
    within = np.mean([
        NearestNeighbors(n_neighbors=1).fit(np.delete(first, melody, 0).reshape(-1, 5))
        .kneighbors(first[melody])[0].mean() for melody in range(60)])
    assert distance('nearest', first, second) == pytest.approx(np.log(expected / within), rel=1e-9)


def test_the_classifier_is_as_good_as_the_best_for_two_gaussians():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=[2, 200, 20, 6])
    second[..., 0] += 1.5
    best = 0.5 * (1 + math.erf(1.5 / 2 / math.sqrt(2)))
    assert distance('classifier', first, second) == pytest.approx(best, abs=0.015)


def test_the_classifier_agrees_with_logistic_regression():
    first, second = modes_of(3, num_melodies=120, positions=8, units=20, shift=0.35)
    states = np.concatenate([first, second]).reshape(-1, 20)
    melodies = np.tile(np.repeat(np.arange(120), 8), 2)
    logistic = cross_val_score(LogisticRegression(), states, np.repeat([0, 1], 960),
                               groups=melodies, cv=GroupKFold(5)).mean()
    assert logistic > 0.65
    assert distance('classifier', first, second) == pytest.approx(logistic, abs=0.04)


def test_the_classifier_knows_nothing_of_a_melody_from_training():
    rng = np.random.default_rng(4)
    # Every melody is a far place of its own: whoever has seen it knows it.
    places = rng.normal(size=[2, 40, 1, 100])
    first, second = places + 0.01 * rng.normal(size=[2, 40, 8, 100])
    evaluate = prepare_classifier(np.concatenate([first, second]), 0)
    swapped = rng.integers(0, 2, [300, 40]).astype(float)
    found = evaluate(np.hstack([1 - swapped, swapped]), np.hstack([swapped, 1 - swapped]))
    assert abs(found.mean() - 0.5) < 0.02


def test_equal_sets_are_at_no_distance():
    states, _ = modes_of()
    found = {name: distance(name, states, states) for name in DISTANCES}
    assert found == pytest.approx(AT_EQUALITY, abs=1e-6)
