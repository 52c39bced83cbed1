import numpy as np

from magenta_reg.analysis.memorization.measure import find_recitals
from magenta_reg.measures.copied_passages import TrainingIndex
from tests.small import make_melodies


def test_a_recital_is_where_it_says_in_both_melodies():
    training = make_melodies(30, 0)
    index = TrainingIndex(training)
    melodies = make_melodies(12, 1)
    found = find_recitals(index, melodies, index.longest_passage_lengths(melodies), 5)
    assert len(found) == 5
    for each in found:
        size = len(each.events)
        own = melodies[each.melody][each.position:each.position + size]
        other = training[each.training_melody][each.training_position:][:size]
        assert np.array_equal(own, each.events)
        assert np.array_equal(own, np.where(other >= 0, other + each.transposition_semitones,
                                            other))
        assert each.num_notes == np.sum(own >= 0)
    sizes = [len(each.events) for each in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == max(index.longest_passage_lengths(melodies))


def test_melodies_that_share_nothing_are_left_out():
    index = TrainingIndex([np.array([60, 62])])
    silence, tune = np.array([-2, -2]), np.array([-2, 64, 66])
    found = find_recitals(index, [silence, tune], [0, 2], 5)
    assert [(each.melody, each.position, each.transposition_semitones) for each in found] == [
        (1, 1, 4)]
