"""How consistent made-up listeners are, whose answers are known."""

from collections import Counter

import numpy as np
import pytest

from magenta_reg.analysis.listening.consistency import Count, consistency
from magenta_reg.analysis.listening.votes import LEFT, NEITHER, RIGHT, WORDS, Vote
from tests.analysis.listening.small_test import make_small_test


@pytest.fixture(scope='module')
def test(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_small_test(tmp_path_factory.mktemp('runs'), monkeypatch)


def votes_of(listener, words):
    return [Vote(listener, index, word) for index, word in enumerate(words)]


def by_rank(test):
    """Returns the words of a listener who has an order of players."""
    return [LEFT if test.players.index(pair.left) > test.players.index(pair.right) else RIGHT
            for pair in test.pairs]


def test_a_listener_with_an_order_of_players_is_consistent(test):
    own, everyone = consistency(votes_of('A', by_rank(test)), test)
    assert own['A'].repeats[:2] == (4, 4)
    assert own['A'].circles == Count(0, 10, 0.25)
    assert own['A'].neither == Count(0, 34)
    assert everyone == own['A']


def test_a_listener_who_always_says_left_answers_nothing_alike(test):
    own, _ = consistency(votes_of('A', [LEFT] * len(test.pairs)), test)
    assert own['A'].lefts == Count(34, 34, 0.5)
    assert own['A'].repeats == Count(0, 4, 0.0)


def test_no_preference_twice_is_the_same_answer_and_makes_no_circle(test):
    own, _ = consistency(votes_of('A', [NEITHER] * len(test.pairs)), test)
    assert own['A'].repeats == Count(4, 4, 1.0)
    assert own['A'].circles[:2] == (0, 0)
    assert own['A'].circles.share is None
    assert own['A'].lefts[:2] == (0, 0)


def test_circles_are_those_among_three_players_of_one_beginning(test):
    words, after = by_rank(test), {}
    # In two beginnings each of the three is preferred once.
    for melody in list(dict.fromkeys(pair.melody for pair in test.pairs))[:2]:
        players = sorted({player for pair in test.pairs if pair.melody == melody
                          for player in pair.sides})
        after |= {(melody, player): players[(index + 1) % 3]
                  for index, player in enumerate(players)}
    for index, pair in enumerate(test.pairs):
        if (pair.melody, pair.left) in after:
            words[index] = LEFT if after[pair.melody, pair.left] == pair.right else RIGHT
    assert consistency(votes_of('A', words), test)[1].circles[:2] == (2, 10)


def test_listeners_agree_where_they_answer_the_same(test):
    words = by_rank(test)
    once = [index for index, pair in enumerate(test.pairs) if pair.repeats is None]
    changed = words.copy()
    for index in once[:6]:
        changed[index] = NEITHER
    votes = votes_of('A', words) + votes_of('B', words) + votes_of('C', changed)[:-1]
    own, everyone = consistency(votes, test)
    voted = sum(index < len(test.pairs) - 1 for index in once)
    assert own['A'].agreement[:2] == (30 + voted - 6, 30 + voted)
    assert own['C'].agreement[:2] == (2 * (voted - 6), 2 * voted)
    assert everyone.agreement[:2] == (30 + 2 * (voted - 6), 30 + 2 * voted)
    # Of A and B by hand: both say the same words, each as often as A does.
    counts = Counter(words[index] for index in once)
    pair, _ = consistency(votes_of('A', words) + votes_of('B', words), test)
    assert pair['A'].agreement.chance == pytest.approx(
        sum((count / 30) ** 2 for count in counts.values()))


def test_answers_without_listening_are_as_consistent_as_chance_says(test):
    rng = np.random.default_rng(0)
    votes = [vote for listener in range(60) for vote in votes_of(
        f'L{listener}', rng.choice(WORDS, size=len(test.pairs), p=[0.5, 0.3, 0.2]).tolist())]
    everyone = consistency(votes, test)[1]
    for name in ('repeats', 'circles', 'agreement'):
        count = getattr(everyone, name)
        # Votes of a pair of listeners hang together: their number is that of single votes.
        n = min(count.total, len(votes))
        error = np.sqrt(count.chance * (1 - count.chance) / n)
        assert count.share == pytest.approx(count.chance, abs=4 * error), name
    assert everyone.repeats.chance == pytest.approx(2 * 0.5 * 0.3 + 0.2 ** 2, abs=0.03)
    assert everyone.agreement.chance == pytest.approx(0.5 ** 2 + 0.3 ** 2 + 0.2 ** 2, abs=0.03)
