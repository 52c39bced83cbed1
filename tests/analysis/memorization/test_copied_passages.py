import numpy as np

from magenta_reg.analysis.memorization.measure import EVENTS, NOTES, measure_memorization
from magenta_reg.measures.copied_passages import TrainingIndex
from tests.small import make_melodies


def test_a_copied_passage_is_where_it_says_in_both_melodies():
    training = make_melodies(30, 0)
    index = TrainingIndex(training)
    melodies = make_melodies(12, 1)
    found = measure_memorization(index, melodies)
    for counted in (EVENTS, NOTES):
        assert len(found.copied[counted]) == 3
        for each in found.copied[counted]:
            size = len(each.events)
            own = melodies[each.melody][each.position:each.position + size]
            other = training[each.training_melody][each.training_position:][:size]
            assert np.array_equal(own, each.events)
            assert np.array_equal(own, np.where(other >= 0, other + each.transposition_semitones,
                                                other))
            assert each.num_notes == np.sum(own >= 0)
            assert (size, each.num_notes) == (found.num_events[each.melody],
                                              found.num_notes[each.melody])
    lengths = index.longest_passage_lengths(melodies)
    assert np.array_equal(found.num_events, lengths)
    assert [len(each.events) for each in found.copied[EVENTS]] == sorted(lengths)[:-4:-1]
    assert [each.num_notes for each in found.copied[NOTES]] == sorted(found.num_notes)[:-4:-1]


def test_melodies_that_share_nothing_are_left_out():
    index = TrainingIndex([np.array([60, 62])])
    silence, tune = np.array([-2, -2]), np.array([-2, 64, 66])
    found = measure_memorization(index, [silence, tune])
    assert [(each.melody, each.position, each.transposition_semitones)
            for each in found.copied[EVENTS]] == [(1, 1, 4)]


def test_what_is_before_the_start_is_not_measured():
    index = TrainingIndex([np.array([60, 62, 64, 65, -2, 67])])
    melodies = np.array([[60, 62, 64, 65, -2, 67, 70, 71]])
    assert measure_memorization(index, melodies).num_events.tolist() == [6]
    found = measure_memorization(index, melodies, 3)
    assert found.num_events.tolist() == [3]
    assert found.copied[EVENTS][0].position == 3
