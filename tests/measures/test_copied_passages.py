"""Passages shared with a training set, against a search that tries everything."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from magenta_reg.measures.copied_passages import TrainingIndex
from tests.small import NO_EVENT, NOTE_OFF, make_melodies, write_examples

# Few pitches, so that melodies have much in common; two octaves apart, so that keys differ.
EVENTS = st.sampled_from([NO_EVENT, NO_EVENT, NOTE_OFF, 0, 60, 61, 62, 127])
MELODIES = st.lists(st.lists(EVENTS, max_size=14), min_size=1, max_size=5)


def is_same_music(one, other):
    """Returns whether two passages are equal but for a constant number of semitones."""
    differences = {b - a for a, b in zip(one, other, strict=True) if a >= 0 and b >= 0}
    return len(differences) <= 1 and all(a == b or (a >= 0 and b >= 0)
                                         for a, b in zip(one, other, strict=True))


def longest_passage_by_trying(melody, training, start):
    """Returns the longest passage by comparing every stretch with every stretch."""
    longest = 0
    for begin in range(start, len(melody)):
        for end in range(begin + longest + 1, len(melody) + 1):
            own = melody[begin:end]
            if own[0] >= 0 and any(is_same_music(own, other[place:place + len(own)])
                                   for other in training
                                   for place in range(len(other) - len(own) + 1)):
                longest = end - begin
    return longest


def ngrams(melody, n):
    """Returns the n-grams of notes as tuples of intervals and times."""
    notes = [(step, event) for step, event in enumerate(melody) if event >= 0]
    return [tuple((b[1] - a[1], b[0] - a[0]) for a, b in itertools.pairwise(part))
            for part in (notes[i:i + n] for i in range(len(notes) - n + 1))]


@given(MELODIES, MELODIES, st.data())
def test_passages_are_as_long_as_a_search_that_tries_everything_finds(melodies, training, data):
    training = [*training, [60]]
    starts = [data.draw(st.integers(0, len(melody))) for melody in melodies]
    index = TrainingIndex(training)
    expected = [longest_passage_by_trying(melody, training, start)
                for melody, start in zip(melodies, starts, strict=True)]
    assert index.longest_passage_lengths(melodies, starts).tolist() == expected


@given(MELODIES, MELODIES)
def test_the_places_named_hold_the_same_music_in_the_keys_named(melodies, training):
    training = [*training, [60]]
    index = TrainingIndex(training)
    for melody, passage in zip(melodies, index.longest_passages(melodies), strict=True):
        if passage is None:
            assert all(event < 0 for event in melody)
            continue
        original = training[passage.training_index][passage.training_position:][:passage.num_events]
        assert original[0] >= 0
        assert melody[passage.position:][:passage.num_events] == [
            event + passage.transposition if event >= 0 else event for event in original]


@given(MELODIES, MELODIES, st.integers(2, 4))
def test_novelty_is_what_sets_of_ngrams_say(melodies, training, n):
    training = [*training, [60]]
    known = {ngram for melody in training for ngram in ngrams(melody, n)}
    novelty = TrainingIndex(training).ngram_novelty(melodies, n)
    for melody, share in zip(melodies, novelty, strict=True):
        own = ngrams(melody, n)
        if own:
            assert share == pytest.approx(sum(ngram not in known for ngram in own) / len(own))
        else:
            assert math.isnan(share)


def test_a_planted_copy_in_another_key_is_found():
    training = make_melodies(50, seed=1, min_steps=60, max_steps=90)
    melody = make_melodies(1, seed=2, min_steps=100, max_steps=100)[0]
    begin = int(np.flatnonzero(training[17][:20] >= 0)[2])
    copy = training[17][begin:begin + 40]
    melody[30:70] = np.where(copy >= 0, copy + 5, copy)
    melody[70] = NO_EVENT if training[17][begin + 40] != NO_EVENT else NOTE_OFF
    passage = TrainingIndex(training).longest_passages([melody])[0]
    assert passage == (40, 30, 17, begin, 5)


def test_a_training_melody_shares_everything_from_its_first_note_on():
    training = make_melodies(30, seed=3)
    training[4] = np.append([NO_EVENT, NOTE_OFF], training[4]).astype(np.int32)
    passages = TrainingIndex(training).longest_passages(training)
    assert passages[4] == (len(training[4]) - 2, 2, 4, 2, 0)
    assert [each.num_events for each in passages] == [
        len(melody) - 2 * (index == 4) for index, melody in enumerate(training)]


def test_a_rest_of_another_length_ends_a_passage():
    far = [60, *[NO_EVENT] * 300, 62, *[NO_EVENT] * 300, 64]
    other = [60, *[NO_EVENT] * 299, 62]
    index = TrainingIndex([far])
    assert index.longest_passage_lengths([far[:-1], other]).tolist() == [602, 300]
    assert index.ngram_novelty([far, other], 2).tolist() == [0, 1]


def test_no_passage_crosses_the_end_of_a_melody():
    index = TrainingIndex([[60, 62], [64, 65]])
    assert index.longest_passage_lengths([[60, 62, 64, 65], [62, 64]]).tolist() == [2, 2]
    assert index.longest_passage_lengths([[60, 70]]).tolist() == [1]


def test_only_what_is_after_the_start_counts_and_positions_count_from_the_beginning():
    training = [[60, 62, 64, 65, 67]]
    melody = [60, 62, 64, 65, 90, 61, 63, 90]
    index = TrainingIndex(training)
    assert index.longest_passages([melody])[0] == (4, 0, 0, 0, 0)
    assert index.longest_passages([melody], [4])[0] == (2, 5, 0, 0, 1)


def test_many_equal_melodies_and_long_rests_are_found_whole():
    held = [60, *[NO_EVENT] * 200, 62]
    index = TrainingIndex([held] * 500)
    assert index.longest_passage_lengths([held, held[:-1]] * 100).tolist() == [202, 201] * 100


def test_the_index_of_a_file_is_that_of_its_melodies(tmp_path):
    encoding, melodies = ENCODINGS['basic_rnn'], make_melodies(5, seed=6)
    path = write_examples(tmp_path / 'examples', melodies, encoding)
    index = TrainingIndex(read_examples(path, encoding).events)
    assert index.longest_passages(melodies) == TrainingIndex(
        melodies).longest_passages(melodies)


@pytest.mark.parametrize('training', [[], [[NO_EVENT, NOTE_OFF]]])
def test_a_training_set_without_a_note_is_refused(training):
    with pytest.raises(UserError, match='no note'):
        TrainingIndex(training)


def test_one_note_is_no_ngram():
    with pytest.raises(ValueError, match='n=1'):
        TrainingIndex([[60]]).ngram_novelty([[60]], 1)


def test_no_melodies_have_no_passages():
    index = TrainingIndex([[60]])
    assert index.longest_passage_lengths([]).shape == (0,)
    assert index.ngram_novelty([], 3).shape == (0,)
