"""Strengths, their intervals and the test of no preference against closed forms and simulation."""

import itertools

import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.listening import preference
from magenta_reg.analysis.listening.bradley_terry import shrunk, strengths
from magenta_reg.analysis.listening.preference import find_preference
from magenta_reg.analysis.listening.votes import LEFT, NEITHER, RIGHT, Vote
from tests.analysis.listening.small_test import NAMES, make_small_test, simulate_votes

PLANTED = dict(zip([*NAMES, REAL], [-0.6, -0.3, 0.0, 0.3, 0.6], strict=True))
EQUAL = dict.fromkeys(PLANTED, 0.0)


@pytest.fixture(scope='module')
def test(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_small_test(tmp_path_factory.mktemp('runs'), monkeypatch)


@pytest.fixture(scope='module')
def two(tmp_path_factory):
    """A test of one method and the held-out melodies: one pair a beginning."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_small_test(tmp_path_factory.mktemp('runs'), monkeypatch, names=NAMES[:1])


def vote_for(test, player, pairs, listener='L'):
    """Returns Votes for a player wherever it is heard, on these pairs of a test."""
    return [Vote(listener, index, LEFT if test.pairs[index].left == player else RIGHT)
            for index in pairs if player in test.pairs[index].sides]


def test_many_listeners_give_the_planted_strengths(test):
    found = find_preference(simulate_votes(test, PLANTED, 400, np.random.default_rng(0)), test, 0)
    for player, each in found.strengths.items():
        assert each.value == pytest.approx(PLANTED[player], abs=0.08)
        assert each.low < each.value < each.high
    assert found.p < 0.01


def test_wins_are_counted_by_hand_half_of_no_preference_and_no_pair_twice(test):
    words = [(LEFT, RIGHT, NEITHER)[index % 3] for index in range(len(test.pairs))]
    found = find_preference([Vote('L', *each) for each in enumerate(words)], test, 0)
    expected = dict.fromkeys(itertools.permutations(test.players, 2), 0.0)
    for pair, word in zip(test.pairs, words, strict=True):
        if pair.repeats is None:
            expected[pair.left, pair.right] += {LEFT: 1.0, RIGHT: 0.0, NEITHER: 0.5}[word]
            expected[pair.right, pair.left] += {LEFT: 0.0, RIGHT: 1.0, NEITHER: 0.5}[word]
    for (first, second), wins in expected.items():
        assert found.wins[found.players.index(first), found.players.index(second)] == wins
    values = strengths(shrunk(found.wins))
    assert [each.value for each in found.strengths.values()] == pytest.approx(values)
    for (first, second), each in found.differences.items():
        assert each.value == pytest.approx(
            found.strengths[first].value - found.strengths[second].value)


def test_of_one_listener_and_two_players_the_error_is_that_of_a_log_odds(two):
    once = [index for index, pair in enumerate(two.pairs) if pair.repeats is None]
    votes = vote_for(two, REAL, once[:12]) + vote_for(two, NAMES[0], once[12:])
    difference, = find_preference(votes, two, 0).differences.values()
    # Half a vote was added on either side.
    assert difference.value == pytest.approx(np.log(8.5 / 12.5))
    # Of independent votes, one a beginning; the delta method at n p q = 20 * 0.6 * 0.4.
    assert difference.standard_error == pytest.approx(1 / np.sqrt(20 * 0.6 * 0.4), rel=0.15)
    # Votes and beginnings are the same here, 19 degrees of freedom each, and both variances count.
    freedom = (len(once) - 1) / 2
    t = difference.value / difference.standard_error
    assert difference.p == pytest.approx(2 * stats.t.cdf(-abs(t), freedom))
    assert difference.high - difference.value == pytest.approx(
        stats.t.ppf(0.975, freedom) * difference.standard_error)


def test_where_every_vote_is_for_one_player_the_interval_is_wide(two):
    votes = vote_for(two, REAL, range(len(two.pairs)))
    difference, = find_preference(votes, two, 0).differences.values()
    assert difference.value == pytest.approx(-np.log(20.5 / 0.5))
    # Half a vote in 21 decides: 1 / sqrt(21 p (1 - p)) at p = 0.5 / 21.
    assert difference.standard_error == pytest.approx(1.43, abs=0.05)


@pytest.mark.parametrize('num_wins', [10, 14, 16, 20])
def test_of_two_players_the_test_of_no_preference_is_the_sign_test(two, num_wins):
    once = [index for index, pair in enumerate(two.pairs) if pair.repeats is None]
    votes = vote_for(two, REAL, once[:num_wins]) + vote_for(two, NAMES[0], once[num_wins:])
    expected = stats.binomtest(num_wins, len(once)).pvalue
    error = np.sqrt(expected * (1 - expected) / preference.NUM_PERMUTATIONS)
    assert find_preference(votes, two, 0).p == pytest.approx(expected, abs=4 * error + 1e-3)


def test_listeners_who_only_repeat_each_other_add_little(two):
    rng = np.random.default_rng(1)
    one = simulate_votes(two, {REAL: 0.5, NAMES[0]: -0.5}, 1, rng)
    many = [vote._replace(listener=f'L{index}') for index in range(10) for vote in one]
    independent = simulate_votes(two, {REAL: 0.5, NAMES[0]: -0.5}, 10, rng)
    errors = [next(iter(find_preference(votes, two, 0).differences.values())).standard_error
              for votes in (one, many, independent)]
    assert errors[1] > 0.8 * errors[0]
    assert errors[2] < 0.6 * errors[0]


@pytest.mark.parametrize(('num_listeners', 'spread', 'of_sounds', 'num_studies'), [
    (1, 0.0, 0.0, 40), (3, 0.0, 0.5, 40),
    *(pytest.param(*case, 100, marks=pytest.mark.slow)
      for case in [(3, 0.5, 0.0), (3, 0.0, 0.0), (10, 0.5, 0.5), (10, 0.0, 0.0), (5, 1.0, 1.0)])])
def test_intervals_cover_the_planted_differences(test, monkeypatch, num_listeners, spread,
                                                 of_sounds, num_studies):
    monkeypatch.setattr(preference, 'NUM_PERMUTATIONS', 2)
    found = [find_preference(simulate_votes(
        test, PLANTED, num_listeners, np.random.default_rng(seed), 0.0, spread, of_sounds),
        test, seed).differences for seed in range(num_studies)]
    covered, widths, values = [], [], []
    for first, second in found[0]:
        estimates = [each[first, second] for each in found]
        values.append([each.value for each in estimates])
        # Votes that vary more are less one-sided on average: the mean of all studies is the truth.
        truth = np.mean(values[-1])
        covered += [each.low <= truth <= each.high for each in estimates]
        widths += [each.high - each.low for each in estimates]
    assert np.mean(covered) >= 0.93
    # Nor are they much wider than they must be: twice, where few clusters say how much varies.
    assert np.median(widths) < 2 * 2 * 1.96 * np.std(np.array(values), axis=1).mean()


def test_equal_players_are_rarely_told_apart_even_if_single_sounds_please_more(test, monkeypatch):
    monkeypatch.setattr(preference, 'NUM_PERMUTATIONS', 199)
    p = [find_preference(simulate_votes(test, EQUAL, 5, np.random.default_rng(seed),
                                        0.2, 0.0, 0.8), test, seed).p for seed in range(100)]
    assert np.mean(np.array(p) <= 0.05) <= 0.1
    # And p is spread evenly: a test that ignores which votes hang together has a pile near 0.
    assert stats.kstest(p, 'uniform').pvalue > 0.01


def test_votes_on_few_beginnings_give_no_strengths(test):
    melodies = list(dict.fromkeys(pair.melody for pair in test.pairs))[:5]
    votes = [Vote('L', index, LEFT) for index, pair in enumerate(test.pairs)
             if pair.melody in melodies]
    found = find_preference(votes, test, 0)
    assert found.reason == 'beginnings with votes: 5, at least 6 are needed'
    assert (found.strengths, found.differences, found.p) == ({}, {}, None)


def test_players_who_were_never_compared_give_no_strengths(test):
    apart = ({'baseline', 'dropout'}, {'scheduled_sampling', 'professor_forcing', REAL})
    votes = [Vote('L', index, LEFT) for index, pair in enumerate(test.pairs)
             if any(set(pair.sides) <= group for group in apart)]
    assert 'never compared with the rest' in find_preference(votes, test, 0).reason


def test_without_votes_on_first_hearings_there_are_no_strengths(test):
    again = [Vote('L', index, LEFT) for index, pair in enumerate(test.pairs)
             if pair.repeats is not None]
    assert find_preference(again, test, 0).reason.startswith('beginnings with votes: 0')
