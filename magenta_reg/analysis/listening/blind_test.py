"""The blind test: which continuations listeners compare, in which order and on which sides."""

import hashlib
import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.held_out import REAL

# Pairs heard again with sides swapped, to see whether a listener answers the same.
NUM_REPEATS = 4
# How many beginnings, the first at which all pairs of players can be equally often: 21 to 30 pairs.
_SIZES = (9, 8, 10, 7)
_NUM_TRIES = 50
_NUM_BEGINNINGS_OF_TWO = 20


class Pair(NamedTuple):
    """Two continuations of one beginning.

    Attributes:
        melody: int, the held-out melody, a row of `HeldOut.melodies`.
        left, right: str, labels of the players: groups, and REAL for the melody as it goes on.
        repeats: int, position of the pair that this is with sides swapped; None of the others.
    """

    melody: int
    left: str
    right: str
    repeats: int | None = None

    @property
    def sides(self):
        """(left, right)"""
        return self.left, self.right


class BlindTest(NamedTuple):
    """What listeners hear.

    Attributes:
        id: str, 12 digits that change with anything that is heard.
        players: list of str, labels of the groups and REAL.
        pairs: list of Pair, in the order in which they are heard.
        sounds: dict of (melody, player) to int32 [num_steps], Melody events.
    """

    id: str
    players: list
    pairs: list
    sounds: dict


def make_test(comparison):
    """Returns the BlindTest of a comparison.

    Each beginning is heard with three players, so in three pairs: these can contradict each other
    in a circle. Of a group with several seeds each beginning takes the next.
    """
    rng = np.random.default_rng(comparison.seed)
    players = [*(group.label for group in comparison.groups), REAL]
    melodies = comparison.held_out.melodies
    casts = _casts(len(players), rng)[:len(melodies)]
    rows = rng.permutation(len(melodies))[:len(casts)]
    played = {row: _played(comparison, row, index) for index, row in enumerate(map(int, rows))}
    pairs = [Pair(row, players[first], players[second])
             for row, cast in zip(played, casts, strict=True)
             for first, second in itertools.combinations(cast, 2)]
    pairs = _in_order(pairs, rng)
    sounds = {(pair.melody, player): played[pair.melody][player]
              for pair in pairs for player in pair.sides}
    digest = hashlib.sha256(repr(pairs).encode() + array_sha256(*sounds.values()).encode())
    return BlindTest(digest.hexdigest()[:12], players, pairs, sounds)


def _played(comparison, row, index):
    """Returns dict of player to the events with which it goes on from a beginning."""
    runs = {group.label: group.runs[index % len(group.runs)] for group in comparison.groups}
    return {**{label: comparison.generated[run.label][row] for label, run in runs.items()},
            REAL: comparison.held_out.melodies[row]}


def _casts(num_players, rng):
    """Returns a tuple of players for each beginning, all pairs of them as equally often as can be.

    For 3 to 7 players they are exactly so. The next three are those whose pairs were heard
    least; where that leads nowhere, another try, which draws others among equals, finds it.
    """
    if num_players == 2:
        return [(0, 1)] * _NUM_BEGINNINGS_OF_TWO
    threes = list(itertools.combinations(range(num_players), 3))
    pairs = list(itertools.combinations(range(num_players), 2))
    has_pair = np.array([[set(pair) <= set(three) for pair in pairs] for three in threes], int)
    has_player = np.array([np.isin(range(num_players), three) for three in threes], int)
    best, least = [], (np.inf, np.inf)
    for size, _ in itertools.product(_SIZES, range(_NUM_TRIES)):
        chosen = []
        for _ in range(size):
            costs = has_pair @ has_pair[chosen].sum(axis=0) ** 2
            chosen.append(rng.choice(np.flatnonzero(costs == costs.min())))
        spread = tuple(np.ptp(has[chosen].sum(axis=0)) for has in (has_pair, has_player))
        if spread < least:
            best, least = chosen, spread
        if least == (0, 0):
            break
    return [threes[index] for index in best]


def _in_order(pairs, rng):
    """Returns the Pairs in random order and on random sides, some of the first third again."""
    pairs = [pair._replace(left=pair.right, right=pair.left) if swapped else pair
             for pair, swapped in zip([pairs[index] for index in rng.permutation(len(pairs))],
                                      rng.integers(2, size=len(pairs)), strict=True)]
    third = len(pairs) // 3
    again = sorted(rng.permutation(third)[:NUM_REPEATS].tolist())
    late = pairs[2 * third:] + [
        Pair(pairs[index].melody, pairs[index].right, pairs[index].left, index) for index in again]
    return pairs[:2 * third] + [late[index] for index in rng.permutation(len(late))]
