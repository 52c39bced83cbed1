"""Distances of groups: over seeds, corrected, and between methods."""

import numpy as np
import pytest

from magenta_reg.analysis.states.estimates import estimate_distances, group_estimate
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.resampled import resampled_difference

FEW = {'num_permutations': 99, 'num_resamples': 100, 'num_halvings': 10}


def distance_of(shift, seed, noise=0.0):
    """Returns the Estimate of 40 melodies whose second mode is shifted."""
    first, second = np.random.default_rng(seed).normal(size=[2, 40, 6, 5])
    second = second + shift + noise * np.random.default_rng(99).normal(size=second.shape)
    return estimate_distances(first, second, 0, ['centroid'], **FEW)['centroid']


def test_one_seed_is_that_network():
    one = distance_of(0.5, 0)
    found = group_estimate([one], 0)
    assert found[:4] == pytest.approx(one[:4])
    assert (found.floor[:3], found.at_floor_size) == (one.floor[:3], one.at_floor_size)


def test_several_seeds_are_their_mean_and_vary_more():
    runs = [distance_of(shift, seed) for seed, shift in enumerate((0.5, 1.0, 1.5))]
    found = group_estimate(runs, 0)
    for get in (lambda each: each.value, lambda each: each.at_floor_size,
                lambda each: each.floor.value, lambda each: each.floor.high):
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
    found = resampled_difference(far, near, 0)
    assert found.low > 0
    assert found.p < 0.01
    assert found.n_seeds == 3
    assert resampled_difference(near, far, 0).high < 0
    assert resampled_difference(near, same, 0).p > 0.05


def test_a_difference_is_paired_by_melody():
    one, other = distance_of(1.0, 0), distance_of(1.0, 0, noise=0.01)
    found = resampled_difference([one], [other], 0)
    assert found.high - found.low < 0.1 * (one.high - one.low)


def test_a_run_without_a_distance_leaves_no_number():
    whole, broken = distance_of(1.0, 0), distance_of(np.nan, 1)
    assert group_estimate([whole, broken], 0) == Estimate(n_melodies=40, n_seeds=2,
                                                          reason=broken.reason)
    found = resampled_difference([whole], [broken], 0)
    assert found.value is None
    assert 'not finite' in found.reason
