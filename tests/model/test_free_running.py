"""Figures of a small generated batch."""

import numpy as np
import pytest

from magenta_reg.model.free_running import NUM_STEPS, PRIMER_STEPS, FreeRunningMeasure
from tests.small import EXPERIMENT_FILES, make_melodies


@pytest.fixture(scope='module')
def model(trained_run):
    return trained_run(EXPERIMENT_FILES[0], 'basic_rnn').model


class Recorder:
    """Passes calls on to a model and keeps what it generated and scored."""

    def __init__(self, model):
        self.model, self.generated, self.scored = model, None, []

    def generate(self, primers, num_steps, seed):
        self.generated = self.model.generate(primers, num_steps, seed)
        return self.generated

    def score(self, melodies, states):
        self.scored.append(melodies)
        return self.model.score(melodies, states=states)


def test_self_nll_is_that_of_the_generated_events_alone(model):
    recorder = Recorder(model)
    found = FreeRunningMeasure(make_melodies(9, 1, 140, 200), 4, seed=0)(recorder)
    held_out = recorder.scored[1]
    assert len(recorder.generated) == 4
    events = 0
    nll = 0.0
    for generated, melody in zip(recorder.generated, held_out, strict=True):
        assert len(generated) == len(melody) == NUM_STEPS
        np.testing.assert_array_equal(generated[:PRIMER_STEPS], melody[:PRIMER_STEPS])
        nll -= model.score([generated]).log_probs[0].astype(float)[PRIMER_STEPS - 1:].sum()
        events += NUM_STEPS - PRIMER_STEPS
    assert found.self_nll == pytest.approx(nll / events, rel=1e-5)


def test_the_same_model_is_measured_the_same_and_another_seed_draws_anew(model):
    melodies = make_melodies(30, 1, 60, 80)
    measure = FreeRunningMeasure(melodies, 8, seed=0)
    assert measure(model) == measure(model) == FreeRunningMeasure(melodies, 8, seed=0)(model)
    assert measure(model) != FreeRunningMeasure(melodies, 8, seed=1)(model)


def test_states_over_the_same_events_do_not_differ_and_over_others_do(model):
    class Parrot(Recorder):
        def generate(self, primers, num_steps, seed):
            return self.melodies

    class Droner(Recorder):
        def generate(self, primers, num_steps, seed):
            return [np.concatenate([primer, np.full(num_steps - len(primer), 72)]).astype(np.int32)
                    for primer in primers]

    melodies = make_melodies(8, 1, 64, 64)
    measure = FreeRunningMeasure(melodies, 8, seed=0)
    parrot = Parrot(model)
    parrot.melodies = measure._held_out
    assert measure(parrot).state_mmd < 0.005
    assert measure(Droner(model)).state_mmd > 0.1


def test_short_melodies_are_cut_to_what_they_have_and_too_short_ones_left_out(model):
    recorder = Recorder(model)
    FreeRunningMeasure([*make_melodies(3, 1, 40, 40), *make_melodies(3, 2, 30, 30),
                        *make_melodies(2, 3, 17, 18)], 16, seed=0)(recorder)
    assert [len(melody) for melody in recorder.generated] == [30] * 6
    assert not FreeRunningMeasure(make_melodies(4, 0, 17, 18), 16, seed=0).is_possible()
