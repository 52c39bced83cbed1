import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.statistics.seeds import seeds_mean


def test_the_interval_of_one_seed_is_students_over_melodies():
    found = seeds_mean([0.7], [0.02], 30)
    low, high = stats.t.interval(0.95, 29, 0.7, 0.02)
    assert found[:3] == pytest.approx((0.7, low, high))


def test_seeds_that_agree_leave_the_interval_as_it_was():
    assert seeds_mean([0.7] * 3, [0.02] * 3, 30)[:3] == pytest.approx(
        seeds_mean([0.7], [0.02], 30)[:3], rel=1e-6)


def test_seeds_that_differ_widen_the_interval():
    narrow, wide = (seeds_mean([0.7 - apart, 0.7, 0.7 + apart], [0.02] * 3, 30)
                    for apart in (0.01, 0.1))
    assert wide.low < narrow.low < 0.7 < narrow.high < wide.high


def test_an_interval_of_shares_stays_within_their_range():
    assert seeds_mean([0.99, 1.0], [0.02, 0.0], 30).high == 1.0


def test_where_nothing_varies_there_is_no_interval_to_believe_in():
    assert seeds_mean([1.0, 1.0], [0.0, 0.0], 30)[:3] == (1.0, None, None)


@pytest.mark.parametrize('spread_of_seeds', [0.0, 0.05])
def test_the_interval_holds_the_truth_at_its_rate(spread_of_seeds):
    rng = np.random.default_rng(0)
    n, trials, inside = 50, 500, 0
    for _ in range(trials):
        # Melodies that all seeds share, seeds of their own, and what is neither's.
        rows = (0.6 + rng.normal(0, 0.2, n) + rng.normal(0, spread_of_seeds, [3, 1])
                + rng.normal(0, 0.1, [3, n]))
        found = seeds_mean(rows.mean(axis=1), rows.std(axis=1, ddof=1) / np.sqrt(n), n)
        inside += found.low <= 0.6 <= found.high
    assert inside / trials > 0.93


@pytest.mark.parametrize('n_seeds', [2, 3])
def test_the_interval_of_several_seeds_is_satterthwaites(n_seeds):
    values, errors = [0.5, 0.6, 0.76][:n_seeds], [0.02, 0.03, 0.06][:n_seeds]
    melodies, seeds = np.mean(np.square(errors)), np.var(values, ddof=1) / n_seeds
    freedom = (melodies + seeds) ** 2 / (melodies ** 2 / 29 + seeds ** 2 / (n_seeds - 1))
    low, high = stats.t.interval(0.95, freedom, np.mean(values), np.sqrt(melodies + seeds))
    assert seeds_mean(values, errors, 30)[:3] == pytest.approx((
        np.mean(values), max(low, 0), min(high, 1)))
