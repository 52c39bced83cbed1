import numpy as np
import pytest

from magenta_reg.analysis.comparison.held_out import (
    choose_held_out,
    continue_melodies,
    continue_several_times,
)
from magenta_reg.base.errors import UserError
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

MELODIES = make_melodies(make_transitions(0), 30, 40) + make_melodies(make_transitions(0), 5, 20)


def choose(events=MELODIES, num_melodies=20, num_steps=32, primer_steps=8, seed=0):
    return choose_held_out(events, num_melodies, num_steps, primer_steps, seed)


def test_melodies_are_whole_beginnings_of_long_enough_ones():
    held_out = choose()
    beginnings = {melody[:32].tobytes() for melody in MELODIES[:30]}
    assert held_out.melodies.shape == (20, 32)
    assert held_out.melodies.dtype == np.int32
    assert {melody.tobytes() for melody in held_out.melodies} <= beginnings
    assert (held_out.num_read, held_out.num_long_enough) == (35, 30)


@pytest.mark.parametrize('num_melodies', [1000, 0, None])
def test_all_long_enough_melodies_are_taken_once_and_in_their_order(num_melodies):
    numbered = [np.full(40, number, np.int32) for number in range(48, 78)]
    held_out = choose([*numbered, np.full(31, 90, np.int32)], num_melodies=num_melodies)
    assert held_out.melodies[:, 0].tolist() == list(range(48, 78))


def test_the_seed_decides_which():
    np.testing.assert_array_equal(choose(seed=1).melodies, choose(seed=1).melodies)
    assert not np.array_equal(choose(seed=1).melodies, choose(seed=2).melodies)


def test_continuations_begin_with_the_primers():
    held_out = choose()
    generated = continue_melodies(MarkovModel(make_transitions(1)), held_out, seed=0)
    assert generated.shape == held_out.melodies.shape
    np.testing.assert_array_equal(generated[:, :8], held_out.melodies[:, :8])
    assert not np.array_equal(generated[:, 8:], held_out.melodies[:, 8:])


def test_the_first_of_several_continuations_is_the_only_one_of_its_seed():
    held_out, model = choose(), MarkovModel(make_transitions(1))
    several = continue_several_times(model, held_out, 3, 3)
    assert several.shape == (3, *held_out.melodies.shape)
    np.testing.assert_array_equal(several[0], continue_melodies(model, held_out, 3))
    np.testing.assert_array_equal(several[:2], continue_several_times(model, held_out, 3, 2))
    assert len({each[:, 8:].tobytes() for each in several}) == 3
    # Not those of the next seed, either.
    assert not np.array_equal(several[1], continue_melodies(model, held_out, 4))


@pytest.mark.parametrize(('options', 'message'), [
    ({'num_steps': 41}, '0 of 35 held-out melodies have 41 events or more, at least 10'),
    ({'events': MELODIES[25:], 'num_steps': 40}, '5 of 10 held-out melodies'),
    ({'num_melodies': 9}, '--num_melodies=9: at least 10'),
    ({'primer_steps': 0}, '--primer_steps=0'),
    ({'num_steps': 15}, '--num_steps=15 leaves 7 events after --primer_steps=8: at least 8'),
])
def test_too_little_is_said_with_what_is_needed(options, message):
    with pytest.raises(UserError, match=message):
        choose(**options)
