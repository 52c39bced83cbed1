"""How consistent listeners are: with themselves, in circles, and with each other."""

import itertools
from collections import Counter
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.listening.votes import LEFT, NEITHER, WORDS

# Of eight ways to vote on three pairs of three players two are circles.
CIRCLES_BY_CHANCE = 0.25


class Count(NamedTuple):
    """How many of so many, and the share expected of someone who answers without listening."""

    found: int
    total: int
    chance: float | None = None

    @property
    def share(self):
        """float, or None of none."""
        return self.found / self.total if self.total else None


class Consistency(NamedTuple):
    """How consistent the votes of one listener, or of all, are.

    Attributes:
        n_votes: int, with those on pairs heard again.
        neither: Count of votes without a preference.
        lefts: Count of votes for the left side among those with a preference.
        repeats: Count of pairs heard again, with sides swapped, on which the answer was the same.
        circles: Count of beginnings on which A was preferred to B, B to C, and C to A, among those
            whose three pairs have votes with a preference.
        agreement: Count of pairs of votes by two listeners on one pair that are the same.
    """

    n_votes: int
    neither: Count
    lefts: Count
    repeats: Count
    circles: Count
    agreement: Count


def consistency(votes, test):
    """Returns dict of listener to Consistency, and the Consistency of all."""
    listeners = list(dict.fromkeys(vote.listener for vote in votes))
    agreements = {pair: _agreement(votes, test, *pair)
                  for pair in itertools.combinations(listeners, 2)}
    own = {listener: _of_listener([vote for vote in votes if vote.listener == listener], test)
           ._replace(agreement=_total([each for pair, each in agreements.items()
                                       if listener in pair]))
           for listener in listeners}
    return own, Consistency(
        len(votes), *(_total([getattr(each, field) for each in own.values()])
                      for field in Consistency._fields[1:-1]), _total(agreements.values()))


def _of_listener(votes, test):
    words = {vote.pair: vote.word for vote in votes}
    counts = Counter(words.values())
    decided = len(words) - counts[NEITHER]
    again = [(words[pair.repeats], words[index]) for index, pair in enumerate(test.pairs)
             if pair.repeats is not None and index in words and pair.repeats in words]
    same = sum(first == second if NEITHER in (first, second) else first != second
               for first, second in again)
    shares = {word: counts[word] / len(words) for word in WORDS}
    left, right, neither = shares.values()
    return Consistency(
        len(words), Count(counts[NEITHER], len(words)), Count(counts[LEFT], decided, 0.5),
        Count(same, len(again), 2 * left * right + neither ** 2), _circles(words, test),
        Count(0, 0))


def _circles(words, test):
    """Counts circles: among three players each is then preferred exactly once."""
    preferred = {}
    for index, pair in enumerate(test.pairs):
        if pair.repeats is None and words.get(index, NEITHER) != NEITHER:
            winner = pair.left if words[index] == LEFT else pair.right
            preferred.setdefault(pair.melody, []).append(winner)
    threes = [winners for winners in preferred.values() if len(winners) == 3]
    return Count(sum(len(set(winners)) == 3 for winners in threes), len(threes), CIRCLES_BY_CHANCE)


def _agreement(votes, test, first, second):
    """Counts the same answers of two listeners; the chance is of their own shares of each word."""
    words = [{vote.pair: vote.word for vote in votes if vote.listener == listener
              and test.pairs[vote.pair].repeats is None} for listener in (first, second)]
    both = [(words[0][pair], words[1][pair]) for pair in words[0] if pair in words[1]]
    if not both:
        return Count(0, 0)
    counts = [Counter(own) for own in zip(*both, strict=True)]
    chance = sum(counts[0][word] * counts[1][word] for word in WORDS) / len(both) ** 2
    return Count(sum(one == other for one, other in both), len(both), chance)


def _total(counts):
    """Returns Counts as one; the chance is their mean, weighted by how many each has."""
    counts = [each for each in counts if each.total]
    found, total = (sum(each[field] for each in counts) for field in (0, 1))
    known = [each.chance for each in counts]
    chance = (float(np.average(known, weights=[each.total for each in counts]))
              if counts and None not in known else None)
    return Count(found, total, chance)
