import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.statistics.bootstrap import (
    bootstrap_mean,
    drawn_seed_effects,
    drawn_weights,
    group_mean,
    normalized,
)
from magenta_reg.analysis.statistics.estimate import OVER_BOTH, OVER_MELODIES


def make_group(rng, n_seeds, n_melodies, seed_spread, mean=0.0):
    return (mean + rng.normal(size=n_melodies) + seed_spread * rng.normal(size=[n_seeds, 1])
            + 0.2 * rng.normal(size=[n_seeds, n_melodies]))


@pytest.mark.parametrize(('n_seeds', 'seed_spread'), [(1, 0.0), (3, 0.3), (5, 0.3)])
def test_the_interval_covers_the_mean_at_its_rate_or_a_little_more(n_seeds, seed_spread):
    found = [group_mean(make_group(np.random.default_rng([1, i]), n_seeds, 40, seed_spread), i,
                            num_resamples=400) for i in range(200)]
    covered = sum(each.low < 0 < each.high for each in found)
    # Of 200 at 95%, 178 or fewer come once in 1,000 times.
    assert covered > stats.binom.ppf(0.001, 200, 0.95)


def test_melodies_alone_would_not_cover_where_seeds_differ():
    found = [group_mean(make_group(np.random.default_rng([2, i]), 3, 40, 0.8).mean(
        axis=0, keepdims=True), i, num_resamples=400) for i in range(100)]
    assert sum(each.low < 0 < each.high for each in found) < 75
    assert {each.over for each in found} == {OVER_MELODIES}


def test_with_one_seed_it_is_the_plain_bootstrap():
    values = np.random.default_rng(3).gamma(2.0, size=80)
    found, plain = group_mean(values[np.newaxis], 0), bootstrap_mean(values, 0)
    assert found[:3] == pytest.approx(plain[:3], rel=1e-12)


def test_drawn_seed_effects_have_the_unbiased_variance_stretched_by_t():
    values = np.random.default_rng(4).normal(size=[4, 1, 1]) * np.ones([4, 5, 1])
    drawn = drawn_seed_effects(np.random.default_rng(0), values, normalized(None, 5), 3, 200000)
    wanted = stats.t.ppf(0.975, 3) / stats.norm.ppf(0.975) * values[:, 0].std(ddof=1) / 2
    assert drawn.std() == pytest.approx(wanted, rel=0.01)
    assert drawn.mean() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize('seed_means', [[1.0, 3.0], [0.0, 0.0, 3.0]])
def test_without_spread_over_melodies_the_interval_spans_the_seeds_stretched_about_their_mean(
        seed_means):
    n, mean = len(seed_means), np.mean(seed_means)
    found = group_mean(np.array(seed_means)[:, np.newaxis] * np.ones(8), 0)
    stretch = np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975)
    # One seed n times comes in 1 / n^n of the draws, above 2.5%.
    assert found[:3] == pytest.approx((mean, mean + stretch * (min(seed_means) - mean),
                                       mean + stretch * (max(seed_means) - mean)))


def test_numbers_behind_the_melodies_are_kept_and_share_their_draws():
    values = np.random.default_rng(5).normal(size=[2, 30, 3])
    found = group_mean(values, 0)
    alone = group_mean(values[:, :, 1], 0)
    assert found.value.shape == found.low.shape == (3,)
    assert found.low[1] == pytest.approx(alone.low)
    assert (alone.n_seeds, alone.n_melodies, alone.over) == (2, 30, OVER_BOTH)


def test_weights_are_those_of_the_melodies():
    values, weights = np.array([[1.0, 5.0]]), np.array([30, 10])
    assert group_mean(values, 0, weights).value == pytest.approx(2.0)
    drawn = drawn_weights(np.random.default_rng(0), normalized(weights, 2), 1000)
    # Both melodies, or one of them twice.
    assert set(np.round(drawn[:, 0], 6)) == {0.0, 0.75, 1.0}


def test_the_interval_covers_the_true_mean_at_about_its_rate():
    rng = np.random.default_rng(0)
    found = [bootstrap_mean(rng.normal(3, 2, size=40), seed) for seed in range(300)]
    covered = np.mean([each.low < 3 < each.high for each in found])
    assert 0.90 < covered < 0.98


def test_the_interval_leaves_another_mean_out():
    found = bootstrap_mean(np.random.default_rng(1).normal(3, 2, size=40), seed=0)
    assert not found.low < 4.5 < found.high


def test_it_is_the_normal_interval_where_that_holds():
    values = np.random.default_rng(2).normal(size=400)
    found = bootstrap_mean(values, seed=0)
    half_width = 1.96 * values.std() / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half_width, abs=0.1 * half_width)
    assert found.high == pytest.approx(values.mean() + half_width, abs=0.1 * half_width)
    assert found.n_melodies == 400


def test_the_seed_decides():
    values = np.random.default_rng(3).normal(size=20)
    assert bootstrap_mean(values, 1) == bootstrap_mean(values, 1)
    assert bootstrap_mean(values, 1) != bootstrap_mean(values, 2)
