"""The blind test is fair: pairs, order and sides favour no player."""

import itertools
from collections import Counter

import numpy as np
import pytest

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.listening.blind_test import NUM_REPEATS, make_test
from tests.analysis.listening.small_test import NAMES, make_small, make_small_test


def once(test):
    return [pair for pair in test.pairs if pair.repeats is None]


@pytest.mark.parametrize('num_groups', [1, 2, 3, 4, 5, 6])
def test_every_two_players_meet_equally_often_in_20_to_30_pairs(num_groups, tmp_path, monkeypatch):
    names = [*NAMES, 'seqgan', 'other'][:num_groups]
    test = make_small_test(tmp_path, monkeypatch, names=names)
    counts = Counter(frozenset(pair.sides) for pair in once(test))
    assert set(counts) == set(map(frozenset, itertools.combinations([*names, REAL], 2)))
    assert len(set(counts.values())) == 1
    assert 20 <= counts.total() <= 30


def test_many_players_meet_nearly_equally_often(tmp_path, monkeypatch):
    test = make_small_test(tmp_path, monkeypatch, names=[f'method{n}' for n in range(9)])
    counts = Counter(player for pair in once(test) for player in pair.sides)
    assert len(counts) == 10
    assert max(counts.values()) <= min(counts.values()) + 2
    assert len(once(test)) <= 30


def test_three_players_of_a_beginning_meet_in_all_three_pairs(tmp_path, monkeypatch):
    test = make_small_test(tmp_path, monkeypatch)
    players = {}
    for pair in once(test):
        players.setdefault(pair.melody, []).append(frozenset(pair.sides))
    for pairs in players.values():
        assert len(set(pairs)) == 3
        assert len(frozenset.union(*pairs)) == 3


def test_some_early_pairs_come_again_late_with_sides_swapped(tmp_path, monkeypatch):
    test = make_small_test(tmp_path, monkeypatch)
    again = [(index, pair) for index, pair in enumerate(test.pairs) if pair.repeats is not None]
    assert len(again) == NUM_REPEATS
    for index, pair in again:
        first = test.pairs[pair.repeats]
        assert (first.melody, first.left, first.right) == (pair.melody, pair.right, pair.left)
        assert index - pair.repeats >= len(once(test)) // 3


def test_a_sound_is_what_the_player_played_after_that_beginning(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch, seeds=2)
    test = make_test(comparison)
    used = Counter()
    for (melody, player), events in test.sounds.items():
        played = {REAL: comparison.held_out.melodies} if player == REAL else {
            run.label: comparison.generated[run.label] for group in comparison.groups
            for run in group.runs if group.label == player}
        found = [label for label, rows in played.items() if np.array_equal(rows[melody], events)]
        assert found, (melody, player)
        used.update(found[:1])
    # Each seed of a method is heard.
    assert set(used) == {REAL, *comparison.generated}


def test_sides_and_order_are_random_and_of_the_seed(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch)
    tests = [make_test(comparison._replace(seed=seed)) for seed in range(100)]
    assert make_test(comparison._replace(seed=1)).id == tests[1].id
    assert len({test.id for test in tests}) == 100
    lefts = Counter(pair.left for test in tests for pair in once(test))
    all_sides = Counter(player for test in tests for pair in once(test) for player in pair.sides)
    for player, count in lefts.items():
        # Five standard deviations of a fair coin.
        n = all_sides[player]
        assert abs(count - n / 2) < 2.5 * np.sqrt(n)
    firsts = Counter(frozenset(test.pairs[0].sides) for test in tests)
    assert len(firsts) == 10
    assert max(firsts.values()) < 30


def test_the_id_changes_with_what_is_heard(tmp_path, monkeypatch):
    comparison = make_small(tmp_path, monkeypatch)
    test = make_test(comparison)
    (melody, player), events = next(iter(test.sounds.items()))
    changed = events.copy()
    changed[-1] = 61 if events[-1] != 61 else 62
    rows = comparison.held_out.melodies.copy() if player == REAL else (
        comparison.generated[player].copy())
    rows[melody] = changed
    other = (comparison._replace(held_out=comparison.held_out._replace(melodies=rows))
             if player == REAL else
             comparison._replace(generated={**comparison.generated, player: rows}))
    assert make_test(other).id != test.id
