"""Distances of hidden states from both sides: no difference is no finding, a shift is found."""

import numpy as np
import pytest

from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.estimates import (
    draw_choices,
    draw_positions,
    estimate_distances,
    group_estimate,
    num_positions,
)
from magenta_reg.analysis.statistics.bootstrap import one_thread
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.resampled import resampled_difference

FEW = {'num_permutations': 99, 'num_resamples': 100, 'num_halvings': 20}


@pytest.fixture(autouse=True)
def _one_thread():
    # Matrices this small are slower with more.
    with one_thread():
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
        found = estimate_distances(*modes_of(seed, num_melodies=40, shift=2.0), seed, **FEW)
        assert {name: each.p for name, each in found.items()} == pytest.approx(
            dict.fromkeys(found, 0.01), abs=0.011)
        for name, each in found.items():
            assert 0 < each.low < each.value < each.high, name
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


def excesses_of(num_sets, shift, num_melodies=30):
    """Returns a list of dicts of name to Estimate, of sets that differ in their seed alone."""
    return [estimate_distances(*modes_of(seed, num_melodies, shift=shift), 0, num_permutations=1,
                               num_resamples=60) for seed in range(num_sets)]


def test_the_excess_is_0_on_average_where_nothing_differs_though_the_distance_is_above():
    found = excesses_of(40, 0.0)
    for name in DISTANCES:
        excess = np.array([each[name].value for each in found])
        assert abs(excess.mean()) < 3.3 * excess.std(ddof=1) / np.sqrt(40), name
    for name in ('frechet', 'centroid'):
        distances = np.array([each[name].on_all for each in found])
        assert distances.mean() > 10 * distances.std(ddof=1) / np.sqrt(40), name


def test_the_excess_is_that_of_halves_at_one_size():
    for name, each in excesses_of(1, 1.0)[0].items():
        difference = each.at_floor_size - each.floor.value
        assert each.value == pytest.approx(each.on_all if name == 'mmd' else difference, abs=1e-12)
        assert each.value == pytest.approx(difference, rel=0.2), name


def test_the_interval_is_as_wide_as_repetitions_vary():
    found = excesses_of(40, 1.0)
    for name in DISTANCES:
        spread = np.std([each[name].value for each in found], ddof=1)
        estimate = np.mean([each[name].resamples.std(ddof=1) for each in found])
        # Uneven weights are fewer melodies, from which to extrapolate varies more.
        most = 2.0 if name == 'frechet_extrapolated' else 1.45
        assert 0.65 < estimate / spread < most, (name, estimate / spread)


def test_of_many_melodies_fewer_states_are_compared_and_never_fewer_melodies():
    assert [num_positions(n, 111) for n in (20, 250, 251, 956, 5000)] == [8, 8, 7, 2, 1]
    assert num_positions(20, 3) == 3
    states = np.random.default_rng(0).normal(size=[2, 300, 10, 4])
    found = estimate_distances(*states, 0, ['centroid'], **FEW)['centroid']
    drawn = [draw_positions(each, 0, 6) for each in states]
    again = estimate_distances(*drawn, 0, ['centroid'], **FEW)['centroid']
    assert found.n_melodies == 300
    assert found.value == pytest.approx(again.value, rel=1e-9)


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


def distance_of(shift, seed, noise=0.0):
    """Returns the Estimate of 40 melodies whose second mode is shifted."""
    first, second = np.random.default_rng(seed).normal(size=[2, 40, 6, 5])
    second = second + shift + noise * np.random.default_rng(99).normal(size=second.shape)
    return estimate_distances(first, second, 0, ['centroid'], **FEW)['centroid']


def test_one_seed_is_that_network():
    one = distance_of(0.5, 0)
    found = group_estimate([one], 0)
    assert found[:4] == pytest.approx(one[:4])
    for name in ('at_floor_size', 'on_all'):
        assert getattr(found, name) == getattr(one, name)
    assert found.floor[:3] == one.floor[:3]


def test_several_seeds_are_their_mean_and_vary_more():
    runs = [distance_of(shift, seed) for seed, shift in enumerate((0.5, 1.0, 1.5))]
    found = group_estimate(runs, 0)
    for get in (lambda each: each.value, lambda each: each.at_floor_size,
                lambda each: each.on_all, lambda each: each.floor.value,
                lambda each: each.floor.high):
        assert get(found) == pytest.approx(np.mean([get(run) for run in runs]))
    assert found.high - found.low > 2 * max(run.high - run.low for run in runs)
    assert found.p == pytest.approx(2 * np.mean([run.p for run in runs]))


def test_p_values_are_corrected_and_what_has_none_stays_without():
    near, far, none = distance_of(0, 0), distance_of(1, 1), distance_of(np.nan, 2)
    found = corrected({'near': near, 'far': far, 'none': none})
    assert found['far'].p_holm == pytest.approx(2 * far.p)
    assert found['near'].p_holm == pytest.approx(max(near.p, found['far'].p_holm))
    assert found['none'].p_holm is None


def test_a_difference_is_found_where_there_is_one():
    near, same, far = ([distance_of(shift, seed) for seed in seeds] for seeds, shift in (
        ((0, 1, 2), 0.3), ((3, 4, 5), 0.3), ((6, 7, 8), 1.5)))
    found = resampled_difference(far, near)
    assert found.low > 0
    assert found.p < 0.01
    assert found.n_seeds == 3
    assert resampled_difference(near, far).high < 0
    assert resampled_difference(near, same).p > 0.05


def test_a_difference_is_paired_by_melody():
    one, other = distance_of(1.0, 0), distance_of(1.0, 0, noise=0.01)
    found = resampled_difference([one], [other])
    assert found.high - found.low < 0.1 * (one.high - one.low)


def test_a_run_without_a_distance_leaves_no_number():
    whole, broken = distance_of(1.0, 0), distance_of(np.nan, 1)
    assert group_estimate([whole, broken], 0) == Estimate(n_melodies=40, n_seeds=2,
                                                          reason=broken.reason)
    found = resampled_difference([whole], [broken])
    assert found.value is None
    assert 'not finite' in found.reason


def test_a_resample_has_a_melody_in_both_modes_or_in_none():
    # Where both modes are the same states, so are both modes of every resample.
    states, _ = modes_of(0)
    found = estimate_distances(states, states, 0, ('centroid', 'frechet'))
    for each in found.values():
        np.testing.assert_allclose([each.value, each.low, each.high], 0, atol=1e-6)


def test_a_resample_weighs_a_melody_alike_in_both_modes():
    choices = draw_choices(12, 0, 3, 5, 2)
    first, second = choices.resamples
    forced, free = first[:, :12], second[:, 12:]
    np.testing.assert_array_equal(forced, free)
    assert not first[:, 12:].any()
    assert not second[:, :12].any()
    assert np.ptp(forced, axis=0).min() > 0  # Another draw in every resample.
    np.testing.assert_allclose(forced.sum(axis=1), 12)


def test_resamples_lie_on_the_side_of_their_distance():
    # Few melodies are far out: resamples with many of them are further above than others below.
    modes = modes_of(0, num_melodies=40)
    modes[1, :4] += 8.0
    found = estimate_distances(*modes, 0, ('centroid',), num_permutations=9, num_resamples=400,
                               num_halvings=20)['centroid']
    deviations = found.resamples - found.value
    assert np.mean(deviations ** 3) > 0
