"""MAUVE of histograms and of states: closed forms and the published package."""

import numpy as np
import pytest
from scipy.special import beta

from magenta_reg.analysis.states.mauve import mauve, prepare_mauve


def test_equal_histograms_have_1_and_disjoint_ones_the_closed_form():
    shares = np.random.default_rng(0).dirichlet(np.ones(7), 3)
    np.testing.assert_allclose(mauve(shares, shares), 1, rtol=1e-9)
    # The curve of disjoint ones is (1 - w)^5, w^5.
    apart = mauve(np.array([1.0, 0, 0]), np.array([0, 0.4, 0.6]))
    assert apart == pytest.approx(5 * beta(6, 5), abs=2e-4)


def test_the_area_is_that_of_the_published_package():
    # What mauve-text 0.4.0 computes: get_divergence_curve_for_multinomials with 25 mixtures and
    # scale 5, then compute_area_under_curve along both axes, the mean.
    assert mauve(np.array([0.5, 0.3, 0.2, 0]), np.array([0.1, 0.4, 0.2, 0.3])) == pytest.approx(
        0.37552052146949616, abs=1e-9)
    assert mauve(np.array([0.7, 0.3]), np.array([0.3, 0.7])) == pytest.approx(
        0.7562270283169135, abs=1e-9)


def test_states_of_other_places_have_nothing_in_common_and_half_of_them_have_some():
    rng = np.random.default_rng(0)
    centres = 20 * rng.normal(size=[4, 6])

    def states(places):
        return centres[rng.choice(places, [30, 8])] + rng.normal(size=[30, 8, 6])

    def distance(first, second):
        forced = np.repeat([[1.0, 0.0]], 30, axis=1)
        return prepare_mauve(np.concatenate([first, second]), 0)(forced, 1 - forced)[0]

    assert distance(states([0, 1]), states([2, 3])) > 0.99
    assert distance(states([0, 1]), states([0, 1])) < 0.15
    assert 0.3 < distance(states([0, 1, 2]), states([0])) < 0.9
