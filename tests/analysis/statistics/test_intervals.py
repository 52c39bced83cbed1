import numpy as np
import pytest

from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean


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
