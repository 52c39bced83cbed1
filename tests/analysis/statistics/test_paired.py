
import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.statistics.estimate import OVER_BOTH, OVER_MELODIES
from magenta_reg.analysis.statistics.paired import (
    MIN_MELODIES,
    SIGN_FLIP,
    WELCH,
    paired_difference,
)


def make_pair(seed, n_seeds, shift=0.0, seed_spread=0.2, n_melodies=40):
    rng = np.random.default_rng([11, seed])
    melodies = rng.normal(size=n_melodies)
    first, second = (melodies + seed_spread * rng.normal(size=[n_seeds, 1])
                     + 0.3 * rng.normal(size=[n_seeds, n_melodies]) for _ in range(2))
    return first + shift, second


@pytest.mark.parametrize('n_seeds', [1, 3, 5])
def test_equal_methods_are_rejected_at_about_the_rate_or_less(n_seeds):
    spread = 0.0 if n_seeds == 1 else 0.2
    found = [paired_difference(*make_pair(i, n_seeds, 0.0, spread), i, num_resamples=400)
             for i in range(200)]
    most = stats.binom.ppf(0.999, 200, 0.05)
    assert sum(each.p < 0.05 for each in found) <= most
    assert sum(not each.low <= 0 <= each.high for each in found) <= most + 4
    if n_seeds == 1:  # The sign-flips are exact: no less, either.
        assert sum(each.p < 0.05 for each in found) >= stats.binom.ppf(0.001, 200, 0.05)


def test_other_methods_are_found():
    for n_seeds in (1, 3):
        found = [paired_difference(*make_pair(i, n_seeds, -1.0), i) for i in range(20)]
        assert all(each.p < 0.05 and each.high < 0 for each in found)
        assert np.mean([each.value for each in found]) == pytest.approx(-1.0, abs=0.2)


def test_melodies_alone_take_a_difference_of_seeds_for_one_of_methods():
    found = [paired_difference(*make_pair(i, 3, seed_spread=0.5), i, num_resamples=100)
             for i in range(100)]
    assert sum(each.p_melodies < 0.05 for each in found) > 50
    assert sum(each.p < 0.05 for each in found) <= stats.binom.ppf(0.999, 100, 0.05)


def test_what_it_is_over_and_the_test_are_said():
    one, many = (paired_difference(*make_pair(0, n_seeds), 0) for n_seeds in (1, 3))
    assert (one.over, one.test, one.n_seeds) == (OVER_MELODIES, SIGN_FLIP, 1)
    assert (many.over, many.test, many.n_seeds) == (OVER_BOTH, WELCH, 3)
    assert one.p == one.p_melodies
    mixed = paired_difference(make_pair(0, 3)[0], make_pair(0, 1)[1], 0)
    assert (mixed.over, mixed.n_seeds, mixed.n_melodies) == (OVER_MELODIES, 1, 40)


def test_without_spread_over_melodies_it_is_welchs_test_of_the_seed_means():
    first = np.array([[1.0], [1.4], [2.1]]) * np.ones(8)
    second = np.array([[0.6], [0.5], [1.1], [0.2]]) * np.ones(8)
    wanted = stats.ttest_ind(first[:, 0], second[:, 0], equal_var=False)
    assert paired_difference(first, second, 0).p == pytest.approx(wanted.pvalue)


def test_without_spread_over_seeds_it_is_the_paired_t_test():
    first, second = make_pair(5, 1, 0.1)
    wanted = stats.ttest_rel(first[0], second[0])
    found = paired_difference(np.repeat(first, 3, axis=0), np.repeat(second, 3, axis=0), 0)
    assert found.p == pytest.approx(wanted.pvalue)
    differences = first[0] - second[0]
    assert found.standardized == pytest.approx(differences.mean() / differences.std(ddof=1))


def test_weights_weigh_the_difference():
    first, second = np.zeros([1, 8]), np.zeros([1, 8])
    first[0, 0] = 8.0
    weights = [3, 1, 1, 1, 1, 1, 1, 1]
    assert paired_difference(first, second, 0, weights).value == pytest.approx(2.4)


def test_what_cannot_be_tested_says_why():
    few = paired_difference(np.zeros([1, 5]), np.zeros([1, 5]), 0)
    assert few.value is few.p is few.low is None
    assert few.reason == f'5 melodies, at least {MIN_MELODIES} are needed for a test'
    broken = paired_difference(np.full([2, 9], np.nan), np.zeros([2, 9]), 0)
    assert (broken.p, broken.reason) == (None, 'values that are not finite')


def test_equal_numbers_differ_by_nothing():
    same = np.random.default_rng(0).normal(size=[1, 20])
    found = paired_difference(same, same, 0)
    assert (found.value, found.low, found.high, found.p, found.standardized) == (0, 0, 0, 1, None)
    assert paired_difference(np.ones([2, 20]), np.ones([3, 20]), 0).p == 1


@pytest.mark.parametrize('n_seeds', [1, 2, 5])
def test_an_interval_is_of_95_percent(n_seeds):
    # What varies is drawn from many melodies, or from seeds alone: the ends have a closed form.
    rng = np.random.default_rng(n_seeds)
    melodies = rng.normal(size=[1, 2000]).repeat(n_seeds, axis=0)
    found = paired_difference(melodies, np.zeros_like(melodies), 0, num_resamples=20000)
    margin = stats.norm.ppf(0.975) * melodies[0].std() / np.sqrt(2000)
    assert (found.high - found.low) / 2 == pytest.approx(margin, rel=0.03)
