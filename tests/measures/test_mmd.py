"""MMD against a direct double loop, and from both sides."""

import numpy as np
import pytest

from magenta_reg.measures.mmd import squared_mmd


def direct_mmd(first, second):
    """Computes the unbiased estimate pair by pair."""
    pooled = [*first, *second]
    distances = [np.linalg.norm(pooled[i] - pooled[j])
                 for i in range(len(pooled)) for j in range(i)]
    scale = np.median(np.square(distances))

    def kernel(x, y):
        return np.exp(-np.sum((x - y) ** 2) / (2 * scale))

    def within(sample):
        pairs = [(i, j) for i in range(len(sample)) for j in range(len(sample)) if i != j]
        return np.mean([kernel(sample[i], sample[j]) for i, j in pairs])

    across = np.mean([kernel(x, y) for x in first for y in second])
    return within(first) + within(second) - 2 * across


def test_it_is_what_a_double_loop_computes():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=[13, 4]), rng.normal(0.5, 2.0, size=[9, 4])
    assert squared_mmd(first, second) == pytest.approx(direct_mmd(first, second), abs=1e-12)


def test_it_is_about_nothing_for_equal_distributions_and_more_for_others():
    rng = np.random.default_rng(1)
    equal = [squared_mmd(*rng.normal(size=[2, 200, 5])) for _ in range(20)]
    assert abs(np.mean(equal)) < 0.002
    assert max(equal) < 0.02
    shifted = [squared_mmd(rng.normal(size=[200, 5]), rng.normal(1.0, size=[200, 5]))
               for _ in range(5)]
    wider = [squared_mmd(rng.normal(size=[200, 5]), rng.normal(0.0, 2.0, size=[200, 5]))
             for _ in range(5)]
    assert min(shifted) > 0.1
    assert min(wider) > 0.03


def test_states_that_do_not_differ_at_all_have_a_discrepancy_of_nothing():
    assert squared_mmd(np.ones([5, 3]), np.ones([6, 3])) == pytest.approx(0)


def test_where_more_than_half_of_the_pairs_are_equal_the_mean_distance_is_the_kernels_width():
    first, second = np.zeros([6, 1]), np.array([[0.0], [0.0], [0.0], [2.0]])
    # Nine of 45 pairs are 2 apart; the mean is over all [10, 10].
    far = np.exp(-4 / (2 * 4 * 18 / 100))
    wanted = 1 + (3 + 3 * far) / 6 - 2 * (18 + 6 * far) / 24
    assert squared_mmd(first, second) == pytest.approx(wanted)
