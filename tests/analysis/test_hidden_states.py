import numpy as np
import pytest

from magenta_reg.analysis.held_out import choose_held_out, continue_melodies
from magenta_reg.analysis.hidden_states import two_modes
from magenta_reg.analysis.two_sample import classifier_accuracy
from magenta_reg.errors import UserError
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
HELD_OUT = choose_held_out(make_melodies(TRUTH, 40, 64), 40, 64, primer_steps=16, seed=0)


def modes_of(model):
    return two_modes(model, HELD_OUT, continue_melodies(model, HELD_OUT, seed=0))


def test_states_are_those_after_each_event_behind_the_primer():
    model = MarkovModel(make_transitions(1))
    generated = continue_melodies(model, HELD_OUT, seed=0)
    modes = two_modes(model, HELD_OUT, generated)
    for states, melodies in zip(modes, (HELD_OUT.melodies, generated), strict=True):
        state, expected = np.zeros(model.recurrent.shape[0]), []
        for event in melodies[3][:-1]:
            state = np.tanh(state @ model.recurrent + model.inputs[PITCHES.index(event)])
            expected.append(state)
        np.testing.assert_allclose(states[3], expected[16:], rtol=1e-5)
        assert states.shape == (40, 47, len(state))


def test_a_model_equal_to_the_truth_has_the_same_states_in_both_modes():
    modes = modes_of(MarkovModel(TRUTH))
    found = classifier_accuracy(modes.teacher_forced, modes.free_running, seed=0)
    assert abs(found.mean - 0.5) < 3 * found.standard_error


def test_a_model_far_from_the_truth_is_found():
    modes = modes_of(MarkovModel(make_transitions(1)))
    found = classifier_accuracy(modes.teacher_forced, modes.free_running, seed=0)
    assert found.mean - 0.5 > 5 * found.standard_error


@pytest.mark.parametrize('inputs', [np.nan, 0.0])
def test_states_of_a_failed_training_are_an_error_that_names_the_run(inputs):
    model = MarkovModel(TRUTH, name='dropout', seed=3)
    model.inputs = np.full_like(model.inputs, inputs)
    with pytest.raises(UserError, match=r"'dropout' \(seed 3\)"):
        modes_of(model)
