import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from magenta_reg.analysis.statistics.permutation import (
    averaged_p,
    permutation_p,
    sign_flip_p,
)


def test_the_value_itself_counts_as_a_permutation_and_rounding_does_not_matter():
    permuted = np.array([0.1, 0.3, 0.1 + 0.2, 0.5])
    assert permutation_p(0.1 + 0.2, permuted, 1e-12) == 4 / 5
    assert permutation_p(0.6, permuted, 1e-12) == 1 / 5


def test_sign_flips_agree_with_scipys_for_few_and_for_many_melodies():
    few = np.array([0.3, -0.1, 0.8, 0.4, 0.9, -0.2, 0.5])
    exact = stats.permutation_test((few,), np.sum, permutation_type='samples',
                                   n_resamples=np.inf)
    by_hand = np.mean([abs(np.dot(signs, few)) >= few.sum() - 1e-12
                       for signs in itertools.product((-1, 1), repeat=7)])
    assert sign_flip_p(few, 0) == pytest.approx(exact.pvalue) == pytest.approx(by_hand)
    many = np.random.default_rng(3).normal(0.25, 1, size=60)
    drawn = stats.permutation_test((many,), np.sum, permutation_type='samples',
                                   n_resamples=20000, rng=1)
    assert sign_flip_p(many, 0) == pytest.approx(drawn.pvalue, abs=0.01)


def test_the_least_and_the_largest_p_are_1_of_all_and_1():
    permuted = np.arange(99.0)
    assert permutation_p(99.0, permuted, 0.0) == 1 / 100
    assert permutation_p(-1.0, permuted, 0.0) == 1
    assert sign_flip_p(np.ones(60), 0) == 1 / 10001


def test_tests_of_one_hypothesis_become_one_of_twice_their_mean():
    assert averaged_p([0.3]) == 0.3
    assert averaged_p([0.1, 0.2, 0.03]) == pytest.approx(0.22)
    assert averaged_p([0.9, 0.4]) == 1.0


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=7))
def test_sign_flips_count_every_assignment_of_signs_under_weights(differences):
    weights = np.arange(1, len(differences) + 1)
    terms = weights * np.array(differences)
    sums = [abs(np.dot(signs, terms)) for signs in itertools.product((-1, 1), repeat=len(terms))]
    assert sign_flip_p(differences, 0, weights) == np.mean(np.array(sums) >= abs(terms.sum()))
