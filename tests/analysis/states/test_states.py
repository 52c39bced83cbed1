import numpy as np

from magenta_reg.analysis.comparison.held_out import choose_held_out, continue_melodies
from magenta_reg.analysis.states.states import read_modes
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions
from tests.analysis.states.test_distances import distance

TRUTH = make_transitions(0)
HELD_OUT = choose_held_out(make_melodies(TRUTH, 40, 64), 40, 64, primer_steps=16, seed=0)


def modes_of(model):
    return read_modes(model, HELD_OUT, continue_melodies(model, HELD_OUT, seed=0))


def test_states_are_those_after_each_event_behind_the_primer():
    model = MarkovModel(make_transitions(1))
    generated = continue_melodies(model, HELD_OUT, seed=0)
    modes = read_modes(model, HELD_OUT, generated)
    for states, melodies in zip(modes, (HELD_OUT.melodies, generated), strict=True):
        state, expected = np.zeros(model.recurrent.shape[0]), []
        for event in melodies[3][:-1]:
            state = np.tanh(state @ model.recurrent + model.inputs[PITCHES.index(event)])
            expected.append(state)
        np.testing.assert_allclose(states[3], expected[16:], rtol=1e-5)
        assert states.shape == (40, 47, len(state))


def accuracy_of(model):
    return distance('classifier', *modes_of(model))


def test_a_model_equal_to_the_truth_has_the_same_states_in_both_modes():
    assert abs(accuracy_of(MarkovModel(TRUTH)) - 0.5) < 0.06


def test_a_model_far_from_the_truth_is_found():
    assert accuracy_of(MarkovModel(make_transitions(1))) > 0.6
