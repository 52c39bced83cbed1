"""Distances of groups: over seeds, corrected, and between methods."""

import numpy as np
import pytest

from magenta_reg.analysis.states.distances import (
    adjusted_p_values,
    distance_differences,
    group_distance,
    state_distances,
)
from magenta_reg.analysis.states.measures import MEASURES

CENTROID = {'centroid': MEASURES['centroid']}
FEW = {'num_permutations': 99, 'num_resamples': 100, 'num_halvings': 10}


def distance_of(shift, seed, noise=0.0):
    """Returns the Distance of 40 melodies whose second mode is shifted."""
    first, second = np.random.default_rng(seed).normal(size=[2, 40, 6, 5])
    second = second + shift + noise * np.random.default_rng(99).normal(size=second.shape)
    return state_distances(first, second, 0, CENTROID, **FEW)['centroid']


def differences(first, second):
    return distance_differences({'centroid': {'a': first, 'b': second}}, 0)['centroid']['a', 'b']


def test_one_seed_is_that_network():
    one = distance_of(0.5, 0)
    found = group_distance([one], 0)
    assert found[:8] == pytest.approx(one[:8])


def test_several_seeds_are_their_mean_and_vary_more():
    runs = [distance_of(shift, seed) for seed, shift in enumerate((0.5, 1.0, 1.5))]
    found = group_distance(runs, 0)
    for name in ('value', 'floor', 'floor_high', 'at_floor_size'):
        assert getattr(found, name) == pytest.approx(np.mean([getattr(run, name) for run in runs]))
    assert found.high - found.low > 2 * max(run.high - run.low for run in runs)
    assert found.p_value == pytest.approx(2 * np.mean([run.p_value for run in runs]))


def test_p_values_are_corrected_and_what_has_none_stays_without():
    near, far, none = distance_of(0, 0), distance_of(1, 1), distance_of(np.nan, 2)
    found = adjusted_p_values({'near': near, 'far': far, 'none': none})
    assert found['far'] == pytest.approx(2 * far.p_value)
    assert found['near'] == pytest.approx(max(near.p_value, found['far']))
    assert found['none'] is None


def test_a_difference_is_found_where_there_is_one():
    near, same, far = ([distance_of(shift, seed) for seed in seeds] for seeds, shift in (
        ((0, 1, 2), 0.3), ((3, 4, 5), 0.3), ((6, 7, 8), 1.5)))
    found = differences(far, near)
    assert found.low > 0
    assert found.p < 0.01
    assert found.n_seeds == 3
    assert differences(near, far).high < 0
    assert differences(near, same).p > 0.05


def test_a_difference_is_paired_by_melody():
    one, other = distance_of(1.0, 0), distance_of(1.0, 0, noise=0.01)
    found = differences([one], [other])
    assert found.high - found.low < 0.1 * (one.high - one.low)


def test_a_run_without_a_distance_leaves_no_number():
    whole, broken = distance_of(1.0, 0), distance_of(np.nan, 1)
    assert group_distance([whole, broken], 0)[:8] == (None,) * 8
    found = differences([whole], [broken])
    assert found.value is None
    assert 'not finite' in found.reason
