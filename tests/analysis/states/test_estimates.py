"""Distances of hidden states from both sides: no difference is no finding, a shift is found."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.estimates import draw_positions, estimate_distances
from magenta_reg.analysis.statistics.estimate import Estimate

FEW = {'num_permutations': 99, 'num_resamples': 100, 'num_halvings': 20}
# What the distances of equal sets are.
AT_EQUALITY = {'classifier': 0.5, 'mmd': 0, 'frechet': 0, 'centroid': 0, 'nearest': 1}


@pytest.fixture(autouse=True)
def _one_thread():
    # Matrices this small are slower with more.
    with threadpool_limits(1):
        yield


def modes_of(seed, num_melodies=20, positions=4, units=4, shift=0.0):
    """Modes of paired melodies: states crowd about a place that both modes of a melody share."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=[num_melodies, 1, units])
    places = shared + rng.normal(size=[2, num_melodies, 1, units])
    places[1] += shift
    return places + 0.3 * rng.normal(size=[2, num_melodies, positions, units])


def test_the_same_distribution_is_found_different_at_the_rate_of_the_test():
    counts = dict.fromkeys(DISTANCES, 0)
    for seed in range(100):
        found = estimate_distances(*modes_of(seed), seed, num_permutations=59, num_resamples=2,
                                num_halvings=2)
        for name, distance in found.items():
            counts[name] += distance.p <= 0.05
    # Of 100 tests at 5% more than 13 reject once in a thousand times; a test whose unit is the
    # state rejects in most.
    assert all(count <= 13 for count in counts.values()), counts
    # None never rejects, either: 100 tests at 5% do that once in 170 times.
    assert min(counts.values()) >= 1, counts


def test_a_shift_is_found_by_every_distance():
    for seed in range(5):
        found = estimate_distances(*modes_of(seed, num_melodies=40, shift=1.5), seed, **FEW)
        assert {name: each.p for name, each in found.items()} == pytest.approx(
            dict.fromkeys(found, 0.01), abs=0.011)
        for name, each in found.items():
            assert each.low > AT_EQUALITY[name], name
            assert each.low < each.value < each.high
            assert each.at_floor_size > each.floor.high, name


def test_the_floor_is_what_the_same_distribution_gives_at_its_size():
    floors, values = {name: [] for name in DISTANCES}, {name: [] for name in DISTANCES}
    for seed in range(30):
        found = estimate_distances(*modes_of(seed), seed, num_permutations=1, num_resamples=2,
                                num_halvings=20)
        for name, distance in found.items():
            floors[name].append(distance.floor.value)
            values[name].append(distance.at_floor_size)
            assert distance.floor.low <= distance.floor.value <= distance.floor.high
    for name in DISTANCES:
        spread = np.std(floors[name]) / np.sqrt(30) + np.std(values[name]) / np.sqrt(30)
        assert abs(np.mean(floors[name]) - np.mean(values[name])) < 3 * spread, name


def test_the_interval_is_as_wide_as_repetitions_vary():
    found = [estimate_distances(*modes_of(seed, num_melodies=30, shift=1.0), 0, num_permutations=1,
                             num_resamples=60, num_halvings=2)
             for seed in range(30)]
    for name in DISTANCES:
        spread = np.std([each[name].value for each in found], ddof=1)
        estimate = np.mean([each[name].resamples.std() for each in found])
        assert 0.6 < estimate / spread < 1.7, name


def test_positions_are_drawn_alike_in_both_modes():
    states = np.arange(30.0).reshape(5, 6, 1)
    first, second = (draw_positions(each, 0, 3) for each in (states, states + 100))
    np.testing.assert_array_equal(second, first + 100)
    assert first.shape == (5, 3, 1)
    for row, melody in zip(first, states, strict=True):
        assert len(set(row.ravel()) & set(melody.ravel())) == 3


def test_the_seed_decides():
    modes = modes_of(0, positions=12)
    first, again, other = (estimate_distances(*modes, seed, **FEW) for seed in (1, 1, 2))
    for name in DISTANCES:
        assert first[name]._replace(resamples=None) == again[name]._replace(resamples=None)
        assert first[name].value != other[name].value


@pytest.mark.parametrize(('change', 'reason'), [
    (lambda modes: modes[:, :9], '9 melodies, at least 10'),
    (lambda modes: np.where(np.arange(2)[:, None, None, None] == 1, np.nan, modes),
     'free-running states are not finite'),
    (lambda modes: np.where(np.arange(2)[:, None, None, None] == 0, 0.5, modes),
     'teacher-forced states are all the same'),
])
def test_states_that_cannot_be_measured_have_a_reason_and_no_number(change, reason):
    for distance in estimate_distances(*change(modes_of(0)), 0, **FEW).values():
        assert reason in distance.reason
        assert distance == Estimate(n_melodies=distance.n_melodies, n_seeds=1,
                                    reason=distance.reason)


def test_states_that_repeat_exactly_have_no_nearest_neighbour_but_a_centroid():
    first, second = modes_of(0)
    first = first[:2].repeat(10, axis=0)
    found = estimate_distances(first, second, 0, **FEW)
    assert 'repeat each other' in found['nearest'].reason
    centroid = found['centroid']
    assert centroid.reason == ''
    assert np.isfinite([*centroid[:4], *centroid.floor[:3], centroid.at_floor_size]).all()
