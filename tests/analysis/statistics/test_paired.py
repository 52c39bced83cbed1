import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.statistics.bootstrap import drawn_weights
from magenta_reg.analysis.statistics.paired import (
    MIN_MELODIES,
    ONE_SEED,
    PAIRED_T,
    all_differences,
    beyond_p,
    equivalence_p,
    mean_difference,
    one_sided_p,
    paired_difference,
    seed_pairs,
    t_estimate,
)


def make_pair(seed, n_seeds, shift=0.0, seed_spread=0.2, n_melodies=40):
    """Two methods whose networks of one seed have something in common, and so have melodies."""
    rng = np.random.default_rng([11, seed])
    common = rng.normal(size=n_melodies) + 3 * rng.normal(size=[n_seeds, 1])
    first, second = (common + seed_spread * rng.normal(size=[n_seeds, 1])
                     + 0.3 * rng.normal(size=[n_seeds, n_melodies]) for _ in range(2))
    return first + shift, second


@pytest.mark.parametrize('n_seeds', [2, 3, 5])
def test_equal_methods_are_rejected_at_the_rate_or_less(n_seeds):
    found = [paired_difference(*make_pair(i, n_seeds), i) for i in range(400)]
    most = stats.binom.ppf(0.999, 400, 0.05)
    assert 1 <= sum(each.p < 0.05 for each in found) <= most
    assert sum(not each.low <= 0 <= each.high for each in found) == sum(
        each.p < 0.05 for each in found)


def test_what_networks_of_one_seed_share_does_not_hide_a_difference():
    # Seeds differ by 3, methods by 0.5: an unpaired test sees nothing.
    first, second = make_pair(0, 5, -0.5, seed_spread=0.05)
    found = paired_difference(first, second, 0)
    assert found.p < 0.01
    assert found.high < 0
    assert stats.ttest_ind(first.mean(axis=1), second.mean(axis=1)).pvalue > 0.5


def test_without_spread_over_melodies_it_is_the_paired_t_test_of_the_seeds():
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=[4, 1]) * np.ones(8) for _ in range(2))
    wanted = stats.ttest_rel(first[:, 0], second[:, 0])
    found = paired_difference(first, second, 0)
    assert found.p == pytest.approx(wanted.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(wanted.confidence_interval()))
    assert (found.degrees_of_freedom, found.n_seeds, found.test) == (3, 4, PAIRED_T)


def test_melodies_and_seeds_both_widen_the_interval():
    rng = np.random.default_rng(1)
    differences = rng.normal(size=[3, 1]) + rng.normal(size=30)
    found = mean_difference(differences, 0)
    variance = (np.var(differences.mean(axis=1), ddof=1) / 3
                + np.var(differences.mean(axis=0), ddof=1) / 30)
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 2) * np.sqrt(variance))


def test_one_seed_is_no_test_of_methods_but_one_of_these_networks():
    first, second = make_pair(5, 1, 1.0)
    found = paired_difference(first, second, 0)
    assert (found.p, found.test, found.n_seeds) == (None, ONE_SEED, 1)
    assert found.p_melodies < 0.01
    wanted = stats.ttest_rel(first[0], second[0]).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(wanted))


def test_melodies_alone_take_a_difference_of_seeds_for_one_of_methods():
    pairs = [make_pair(i, 3, seed_spread=0.5) for i in range(100)]
    of_melodies = [stats.ttest_rel(*(each.mean(axis=0) for each in pair)).pvalue for pair in pairs]
    assert np.sum(np.array(of_melodies) < 0.05) > 50
    found = [paired_difference(*pair, 0) for pair in pairs]
    assert sum(each.p < 0.05 for each in found) <= stats.binom.ppf(0.999, 100, 0.05)


@pytest.mark.parametrize('direction', [1, -1])
def test_one_sided_p_is_scipys(direction):
    values = np.random.default_rng(2).normal(0.3, 1, 6)
    found = t_estimate(values, 0.0, None)
    wanted = stats.ttest_1samp(values, 0, alternative='greater' if direction > 0 else 'less')
    assert one_sided_p(found, direction) == pytest.approx(wanted.pvalue)


def test_equivalence_is_two_one_sided_tests():
    values = np.random.default_rng(3).normal(0.1, 0.2, 8)
    found = t_estimate(values, 0.0, None)
    wanted = max(stats.ttest_1samp(values, -0.4, alternative='greater').pvalue,
                 stats.ttest_1samp(values, 0.4, alternative='less').pvalue)
    assert equivalence_p(found, 0.4) == pytest.approx(wanted)
    assert equivalence_p(found, 1e-3) > 0.5


@pytest.mark.parametrize('gap', [0.05, 0.1])
def test_methods_that_differ_by_the_margin_are_called_equivalent_at_most_at_the_rate(gap):
    rng = np.random.default_rng(4)
    found = [t_estimate(rng.normal(gap, 0.01, 5), 0.0, None) for _ in range(400)]
    assert sum(equivalence_p(each, 0.05) < 0.05 for each in found) <= stats.binom.ppf(
        0.999, 400, 0.05)
    assert sum(equivalence_p(each, 0.2) < 0.05 for each in found) > 390


def test_weights_weigh_the_difference():
    first, second = np.zeros([2, 8]), np.zeros([2, 8])
    first[:, 0] = 8.0
    weights = [3, 1, 1, 1, 1, 1, 1, 1]
    assert paired_difference(first, second, 0, weights).value == pytest.approx(2.4)


def test_only_seeds_that_both_have_are_paired():
    assert seed_pairs([0, 1, 2], [2, 0, 7]) == (([0, 2], [1, 0]), '')
    assert seed_pairs([0, 1], [5])[1].startswith('no seed in common')
    assert seed_pairs([4, 5, 6], None) == (([0, 1, 2], [0, 0, 0]), '')
    assert seed_pairs(None, [4, 5]) == (([0, 0], [0, 1]), '')


def test_pairs_of_groups_are_compared_seed_by_seed():
    rng = np.random.default_rng(5)
    values = {'a': rng.normal(size=[3, 20]), 'b': rng.normal(size=[2, 20]),
              'real': rng.normal(size=[1, 20]), 'c': rng.normal(size=[1, 20])}
    found = all_differences(values, {'a': [0, 1, 2], 'b': [2, 1], 'c': [9]}, 0)
    assert found['a', 'b'].value == pytest.approx((values['a'][[2, 1]] - values['b']).mean())
    assert (found['a', 'b'].n_seeds, found['a', 'real'].n_seeds) == (2, 3)
    assert found['a', 'real'].value == pytest.approx(values['a'].mean() - values['real'].mean())
    assert found['a', 'c'].reason == 'no seed in common: give runs of the same seeds'


def test_what_cannot_be_tested_says_why():
    few = paired_difference(np.zeros([1, 5]), np.zeros([1, 5]), 0)
    assert few.value is few.p is few.low is None
    assert few.reason == f'5 melodies, at least {MIN_MELODIES} are needed for a test'
    broken = paired_difference(np.full([2, 9], np.nan), np.zeros([2, 9]), 0)
    assert (broken.p, broken.reason) == (None, 'values that are not finite')


def test_equal_numbers_differ_by_nothing():
    same = np.random.default_rng(0).normal(size=[2, 20])
    found = paired_difference(same, same, 0)
    assert (found.value, found.low, found.high, found.p, found.standardized) == (0, 0, 0, 1, None)
    assert equivalence_p(found, 0.01) == 0
    assert paired_difference(np.ones([2, 20]), np.zeros([2, 20]), 0).p == 0


def test_one_number_of_one_seed_has_no_interval():
    found = t_estimate([0.5], 0.0, None)
    assert (found.value, found.low, found.p, found.test) == (0.5, None, None, ONE_SEED)


def test_beyond_a_margin_is_a_one_sided_test_on_the_side_of_the_difference():
    values = np.random.default_rng(6).normal(0.5, 0.2, 8)
    wanted = stats.ttest_1samp(values, 0.4, alternative='greater').pvalue
    for sign in (1, -1):
        assert beyond_p(t_estimate(sign * values, 0.0, None), 0.4) == pytest.approx(wanted)


def test_six_melodies_can_be_told_from_nothing_and_two_are_enough_for_an_interval():
    found = paired_difference(np.ones([1, 6]), np.zeros([1, 6]), 0)
    assert found.p_melodies == 2 / 2 ** 6
    assert paired_difference(np.ones([2, 6]), np.zeros([2, 6]), 0).p_melodies is None
    found = t_estimate([0.5], 0.04, 2)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 1, 0.5, 0.2))


def test_the_error_of_a_weighted_mean_is_that_of_its_bootstrap():
    rng = np.random.default_rng(7)
    differences, weights = rng.normal(size=60), rng.uniform(1, 20, 60)
    found = mean_difference(differences[np.newaxis], 0, weights)
    drawn = drawn_weights(rng, weights / weights.sum(), 40_000) @ differences
    # The bootstrap's variance is without n / (n - 1).
    assert found.standard_error == pytest.approx(drawn.std() * np.sqrt(60 / 59), rel=0.03)
    assert found.standardized == pytest.approx(found.value / differences.std(ddof=1))
