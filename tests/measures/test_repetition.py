import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.measures.repetition import repetition


def test_four_events_that_never_come_again_are_no_repetition():
    assert repetition([60, 62, 64, 65, 67, 69]) == 0


def test_a_held_note_is_almost_all_repetition():
    assert repetition([-2] * 104) == pytest.approx(1 - 1 / 101)


def test_a_bar_played_twice():
    assert repetition([60, 62, 64, 65] * 2) == pytest.approx(1 - 4 / 5)


def test_fewer_than_four_events_have_none():
    assert repetition([60, 62, 64]) is None


@given(st.lists(st.integers(-2, 1), min_size=4, max_size=60))
def test_it_counts_as_a_set_does(events):
    ngrams = [tuple(events[i:i + 4]) for i in range(len(events) - 3)]
    assert repetition(events) == pytest.approx(1 - len(set(ngrams)) / len(ngrams))
