import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.statistics.bootstrap import (
    drawn_weights,
    group_mean,
    normalized,
)
from magenta_reg.analysis.statistics.estimate import OVER_MELODIES, Estimate
from magenta_reg.analysis.statistics.paired import paired_difference
from magenta_reg.analysis.statistics.resampled import (
    centred_estimate,
    mean_and_range,
    mean_over_seeds,
    resampled_difference,
    resampled_differences,
    resampled_mean,
)


def resample_means(values, seed, num_resamples=400):
    """Returns each run's mean over melodies, and the same on resamples that runs share."""
    n = values.shape[1]
    weights = drawn_weights(np.random.default_rng(seed), normalized(None, n), num_resamples)
    return values.mean(axis=1), values @ weights.T


def make_pair(seed, n_seeds, shift=0.0, seed_spread=0.2):
    rng = np.random.default_rng([13, seed])
    melodies = rng.normal(size=40)
    first, second = (melodies + seed_spread * rng.normal(size=[n_seeds, 1])
                     + 0.3 * rng.normal(size=[n_seeds, 40]) for _ in range(2))
    return first + shift, second


def estimates(values, seed):
    return [Estimate(value, n_melodies=40, resamples=resamples)
            for value, resamples in zip(*resample_means(values, seed), strict=True)]


def compare(first, second, seed):
    return resampled_difference(estimates(first, seed), estimates(second, seed))


def test_equal_methods_are_rejected_at_about_the_rate_or_less():
    found = [compare(*make_pair(i, 3), i) for i in range(200)]
    assert sum(each.p < 0.05 for each in found) <= stats.binom.ppf(0.999, 200, 0.05)


def test_other_methods_are_found():
    assert all(found.p < 0.05 and found.low > 0 for found in (
        compare(*make_pair(i, 5, 1.0, 0.1), i) for i in range(20)))


@pytest.mark.parametrize('n_seeds', [1, 3])
def test_of_means_it_is_what_pairing_says_without_resamples(n_seeds):
    first, second = make_pair(3, n_seeds, 0.15)
    found, wanted = compare(first, second, 0), paired_difference(first, second, 0)
    assert found.value == pytest.approx(wanted.value)
    assert found.standard_error == pytest.approx(wanted.standard_error, rel=0.1)
    assert (found.test, found.degrees_of_freedom) == (wanted.test, wanted.degrees_of_freedom)
    assert found.p is None if n_seeds == 1 else found.p == pytest.approx(wanted.p, abs=0.03)


def test_groups_are_paired_by_seed():
    first, second = make_pair(4, 3)
    found = resampled_differences({'a': estimates(first, 0), 'b': estimates(second[::-1], 0)},
                                  {'a': [0, 1, 2], 'b': [2, 1, 0]})
    assert found['a', 'b'][:4] == pytest.approx(compare(first, second, 0)[:4])


def test_an_offset_of_all_resamples_does_not_count():
    values, resamples = resample_means(make_pair(1, 1)[0], 0)
    found = resampled_mean(values, resamples, 40, 0)
    moved = resampled_mean(values, resamples + 5, 40, 0)
    assert (moved.low, moved.high) == pytest.approx((found.low, found.high))
    assert found.low < found.value < found.high
    assert found.over == OVER_MELODIES


def test_what_is_not_finite_says_so():
    nan, zero = (Estimate(value, n_melodies=40, resamples=np.zeros(9)) for value in (np.nan, 0.0))
    found = resampled_difference([nan], [zero])
    assert (found.value, found.reason) == (None, 'values that are not finite')


def test_a_floor_spans_the_middle_95_percent_of_the_halvings():
    found = mean_and_range(np.arange(1001.0)[::-1])
    assert (found.value, found.low, found.high) == pytest.approx((500, 25, 975))


def test_the_interval_of_one_run_is_the_middle_95_percent_of_its_resamples_about_its_value():
    resamples = np.arange(1001.0)[::-1] + 3
    for found in (resampled_mean([7.0], [resamples], 40, 0), centred_estimate(7, resamples, 40)):
        assert found[:3] == pytest.approx((7, 7 - 475, 7 + 475))
        assert (found.n_melodies, found.n_seeds) == (40, 1)
    assert centred_estimate(7, resamples, 40).resamples.mean() == pytest.approx(7)


def test_seeds_widen_the_interval_of_their_mean_as_they_widen_that_of_a_mean_over_melodies():
    values = make_pair(6, 4, seed_spread=0.8)[0]
    runs = [each._replace(floor=Estimate(floor, floor - 1, floor + 2))
            for each, floor in zip(estimates(values, 0), range(4), strict=True)]
    found, wanted = mean_over_seeds(runs, 0), group_mean(values, 1)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(wanted.high - wanted.low, rel=0.1)
    assert (found.n_melodies, found.n_seeds, found.floor[:3]) == (40, 4, (1.5, 0.5, 3.5))


@pytest.mark.parametrize('seeds', [[1.0, 3.0], [0.0, 0.0, 3.0]])
def test_without_spread_of_resamples_the_interval_is_that_of_group_mean(seeds):
    found = resampled_mean(seeds, np.full([len(seeds), 2000], 5.0), 8, 0)
    wanted = group_mean(np.array(seeds)[:, np.newaxis] * np.ones(8), 0)
    assert found[:3] == pytest.approx(wanted[:3])
    curves = resampled_mean(np.outer(seeds, [1, -2]), np.full([len(seeds), 2000, 2], 5.0), 8, 0)
    assert [each[0] for each in curves[:3]] == pytest.approx(list(wanted[:3]))
    assert [each[1] for each in curves[:3]] == pytest.approx(
        [-2 * each for each in (wanted.value, wanted.high, wanted.low)])


def test_the_error_of_a_difference_is_that_of_its_resamples_and_of_its_seeds():
    first, second = [[1.0, 2.0, 4.0, 9.0], [3.0, 8.0, 2.0, 0.0]], [[0.0, 1.0, 0.0, 2.0]] * 2
    runs = [[Estimate(value, n_melodies=40, resamples=np.array(resamples))
             for value, resamples in zip(values, own, strict=True)]
            for values, own in (((2.0, 3.0), first), ((1.5, 1.5), second))]
    one, both = (resampled_difference(*(own[:count] for own in runs)) for count in (1, 2))
    # Of one seed 1, 1, 4, 7; of the mean of both 2, 4, 3, 2.5.
    assert one.standard_error == pytest.approx(np.sqrt(24.75 / 3))
    assert both.standard_error == pytest.approx(np.sqrt(2.1875 / 3 + 0.5 / 2))
    assert (one.degrees_of_freedom, both.degrees_of_freedom) == (39, 1)


def test_other_numbers_of_melodies_are_no_difference_of_methods():
    few, many = (Estimate(0.0, n_melodies=n, resamples=np.zeros(9)) for n in (39, 40))
    assert resampled_difference([few], [many]).reason == 'other numbers of melodies'
    assert resampled_difference([many], [many._replace(reason='why')]).reason == 'why'
