"""Squashing and transposing are note_seq's, and each key comes once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from note_seq import Melody

from magenta_reg.base.errors import UserError
from magenta_reg.extraction.squash import parse_transpositions, squash, transposed_examples

TARGETS = [(48, 84, 0), (0, 128, None), (48, 84, None), (60, 72, 7)]

melodies = st.lists(st.integers(-2, 127), min_size=1, max_size=40)
targets = st.sampled_from(TARGETS)


def transposed_by_note_seq(events, min_note, max_note, transpose_to_key, offset):
    """Returns the events after one `Melody.transpose`, by squash's amount and the offset."""
    to_key = Melody(events).squash(min_note, max_note, transpose_to_key)
    melody = Melody(events)
    melody.transpose(to_key + offset, min_note, max_note)
    return list(melody)


@given(melodies, targets)
def test_squash_equals_note_seqs(events, target):
    melody = Melody(events)
    events = np.array(list(melody), np.int32)
    melody.squash(*target)
    squashed = squash(events, *target)
    assert squashed.dtype == np.int32
    assert squashed.tolist() == list(melody)


@given(melodies, targets, st.lists(st.integers(-127, 127), max_size=6))
def test_examples_are_note_seqs_squash_then_its_transposes_each_once(events, target, offsets):
    events = list(Melody(events))
    examples = transposed_examples(np.array(events, np.int32), *target, offsets)
    assert all(example.dtype == np.int32 for example in examples)
    expected = []
    for offset in [0, *offsets]:
        example = transposed_by_note_seq(events, *target, offset)
        if example not in expected:
            expected.append(example)
    assert [example.tolist() for example in examples] == expected
    squashed = Melody(events)
    squashed.squash(*target)
    assert expected[0] == list(squashed)


SCALE = [60, 62, 64, 65, 67, 69, 71]


@given(st.lists(st.sampled_from(SCALE), max_size=20), st.integers(-20, 20))
def test_the_examples_of_a_key_encoding_do_not_depend_on_the_key_of_the_music(more, semitones):
    pitches = SCALE + more  # All of a scale, so that there is one key alone that has them.

    def examples(events):
        return [example % 12 for example in transposed_examples(
            np.int32(events), 48, 84, 0, range(-5, 7))]

    np.testing.assert_array_equal(examples(pitches), examples(np.add(pitches, semitones)))


def test_a_melody_of_an_octave_comes_in_all_twelve_keys():
    examples = transposed_examples(np.int32([60, -2, 64, -1, 67, 72]), 48, 84, 0, range(-5, 7))
    assert {example[0] % 12 for example in examples} == set(range(12))
    assert all(example[0] + 7 == example[4] for example in examples)
    assert len(examples) == 12


def test_octaves_are_folded_once_so_that_a_note_that_fits_keeps_its_place():
    # 86 does not fit [48, 84) as it is; five semitones down it does.
    as_it_is, down = transposed_examples(np.int32([62, 86]), 48, 84, None, [-5])
    assert as_it_is.tolist() == [62, 74]
    assert down.tolist() == [57, 81]


def test_a_melody_without_notes_comes_once():
    (example,) = transposed_examples(np.int32([-2, -2]), 48, 84, 0, range(-5, 7))
    assert example.tolist() == [-2, -2]


def test_the_melody_given_stays_as_it_is():
    events = np.int32([60, 100])
    transposed_examples(events, 48, 84, 0, [1])
    assert events.tolist() == [60, 100]


@pytest.mark.parametrize(('text', 'offsets'), [
    ('-5..6', (0, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)),
    ('0,1,2', (0, 1, 2)),
    ('-12, +12', (0, -12, 12)),
    ('0', (0,)),
    ('3..3,3,-1..1', (0, 3, -1, 1)),
    ('-127..127', (0, *range(-127, 0), *range(1, 128)))])
def test_transpositions_are_offsets_and_ranges_each_once_and_none_first(text, offsets):
    assert parse_transpositions(text) == offsets


@pytest.mark.parametrize('text', ['', ',', '1,', 'a', '1.5', '1..', '..1', '1...3', '1..2..3',
                                  '--1', '1 2', '0..1000000000', '\u0663'])
def test_text_of_another_form_is_an_error_that_shows_the_form(text):
    with pytest.raises(UserError, match=r'--transpositions=.*write for example -5\.\.6'):
        parse_transpositions(text)


def test_offsets_beyond_all_pitches_and_ranges_that_run_down_are_errors():
    with pytest.raises(UserError, match=r'0\.\.128 is beyond 127 semitones'):
        parse_transpositions('0..128')
    with pytest.raises(UserError, match=r'6\.\.-5 runs down: write -5\.\.6'):
        parse_transpositions('6..-5')
