"""Strengths against closed forms, logistic regression, and Firth's own equations."""

import itertools

import numpy as np
import pytest
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from magenta_reg.analysis.listening.bradley_terry import log_likelihood, shrunk, strengths

NUM_PLAYERS = 5


@pytest.fixture(scope='module')
def wins():
    """Votes on five players, one pair of them never compared."""
    drawn = np.random.default_rng(3).integers(1, 12, size=[NUM_PLAYERS, NUM_PLAYERS]).astype(float)
    drawn[1, 3] = drawn[3, 1] = 0
    np.fill_diagonal(drawn, 0)
    return drawn


def test_of_two_players_it_is_the_log_odds_of_the_votes():
    found = strengths([[0, 30], [10, 0]])
    assert found[0] - found[1] == pytest.approx(np.log(3))
    assert found.sum() == pytest.approx(0)


def test_half_a_vote_each_is_no_preference():
    assert strengths([[0, 2.5], [2.5, 0]]) == pytest.approx([0, 0])


def test_they_are_those_of_a_logistic_regression_on_differences(wins):
    rows, answers, weights = [], [], []
    for first, second in itertools.permutations(range(NUM_PLAYERS), 2):
        difference = np.eye(NUM_PLAYERS)[first] - np.eye(NUM_PLAYERS)[second]
        rows += [difference, -difference]
        answers += [1, 0]
        weights += [wins[first, second]] * 2
    # Players 1 to 4 against player 0: the sum is not determined.
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(
        np.array(rows)[:, 1:], answers, weights)
    expected = np.concatenate([[0], fitted.coef_[0]])
    assert strengths(wins) == pytest.approx(expected - expected.mean(), abs=1e-5)


def test_no_other_strengths_are_likelier(wins):
    best = optimize.minimize(lambda found: -log_likelihood(wins, found), np.zeros(NUM_PLAYERS))
    found = strengths(wins)
    assert log_likelihood(wins, found) >= -best.fun - 1e-9
    assert found == pytest.approx(best.x - best.x.mean(), abs=1e-3)


def test_many_tables_at_once_are_each_by_itself(wins):
    tables = np.stack([wins, wins.T, wins + 1 - np.eye(NUM_PLAYERS)])
    assert strengths(tables) == pytest.approx(np.stack([strengths(table) for table in tables]))
    assert strengths(wins.T) == pytest.approx(-strengths(wins), abs=0.5)


def firth(wins):
    """Maximizes the likelihood with Jeffreys' prior, over strengths against the last player."""
    num_players = len(wins)
    voted = wins + wins.T

    def loss(free):
        found = np.append(free, 0.0)
        chance = 1 / (1 + np.exp(found[None] - found[:, None]))
        weights = voted * chance * chance.T
        information = np.diag(weights.sum(axis=1)) - weights
        return -(log_likelihood(wins, found)
                 + 0.5 * np.linalg.slogdet(information[:-1, :-1])[1])

    found = np.append(optimize.minimize(loss, np.zeros(num_players - 1), tol=1e-12).x, 0.0)
    return found - found.mean()


def test_of_two_players_the_correction_is_that_of_firth():
    wins = np.array([[0, 9.0], [0, 0]])
    assert strengths(shrunk(wins)) == pytest.approx(firth(wins), abs=1e-4)


def test_among_near_equals_of_a_balanced_design_the_correction_is_that_of_firth():
    wins = np.full([4, 4], 3.0) - 3 * np.eye(4)
    wins[0, 1], wins[1, 0] = 3.6, 2.4
    expected = firth(wins)
    error = np.abs(strengths(shrunk(wins)) - expected).max()
    assert error < 0.02 * np.abs(strengths(wins) - expected).max()


def test_a_player_who_won_every_vote_has_a_finite_strength_only_with_the_correction():
    wins = np.array([[0, 4.0, 4], [0, 0, 2], [0, 2, 0]])
    assert np.isfinite(strengths(shrunk(wins))).all()
    with pytest.raises(ValueError, match='won or lost every vote'):
        strengths(wins)


def test_a_pair_without_votes_stays_without(wins):
    added = shrunk(wins) - wins
    assert added[1, 3] == added[3, 1] == 0
    assert added.sum() == pytest.approx((NUM_PLAYERS * (NUM_PLAYERS - 1) - 2) / NUM_PLAYERS)
