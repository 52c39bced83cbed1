"""Published measures against the numbers of the packages that published them."""

import numpy as np
import pytest

from magenta_reg.measures.melody_notes import notes_of_melody
from magenta_reg.measures.published import (
    empty_beat_rate,
    groove_consistency,
    pitch_class_entropy,
    scale_consistency,
)
from magenta_reg.measures.structure import fitness, structure_indicator
from tests.measures.published_numbers import MEASURED

MEASURES = (pitch_class_entropy, scale_consistency, groove_consistency, empty_beat_rate,
            structure_indicator)
# What published_numbers.py prints: muspy 0.5.0's four, and the indicator with libfmp 1.3.0.
PUBLISHED = {
    'scale': [2.789898095464288, 1.0, 0.9375, 0.0, 0.0],
    'nursery tune': [2.3838711132181527, 1.0, 0.8571428571428572, 0.0, 0.0],
    'chromatic line': [3.564338937154248, 0.6136363636363636, 0.475, 0.0, 0.0],
    'long rests': [1.5, 1.0, 0.9375, 0.5909090909090908, 0.019958383988072495],
    'repeated motif': [2.3705557172035028, 0.8, 0.9479166666666666, 0.0, 0.43312050412281183],
    'scale twice': [2.789898095464288, 1.0, 0.953125, 0.0, 0.1821444932663168],
    'all, one after another': [3.358029551392283, 0.7642276422764228, 0.8017241379310345,
                               0.11965811965811968, 0.34583259491269536],
}


@pytest.mark.parametrize('name', PUBLISHED)
def test_measures_are_those_of_muspy_and_of_libfmp(name):
    notes = notes_of_melody(MEASURED[name])
    assert [measure(notes) for measure in MEASURES] == pytest.approx(PUBLISHED[name], abs=1e-9)


def test_silence_and_a_melody_too_short_have_no_number():
    silence = notes_of_melody([-2] * 64)
    assert all(np.isnan(measure(silence)) for measure in MEASURES)
    short = notes_of_melody([60] + [-2] * 14)
    assert np.isnan(groove_consistency(short))
    assert np.isnan(structure_indicator(notes_of_melody([60] + [-2] * 19)))
    assert structure_indicator(notes_of_melody([60] + [-2] * 20)) >= 0


def test_a_stretch_that_comes_exactly_twice_is_as_fit_as_can_be():
    # Two equal halves: the other half is covered by an exact path, half of the whole is new.
    similarity = np.kron(np.ones([2, 2]), 3 * np.eye(8) - 2)
    assert fitness(similarity, 8, 8)[0] == pytest.approx(2 * 0.5 * 0.5 / (0.5 + 0.5))
    # Nothing is found again of a matrix that has its diagonal only.
    assert fitness(3 * np.eye(16) - 2, 2, 8).max() == pytest.approx(0, abs=1e-9)
