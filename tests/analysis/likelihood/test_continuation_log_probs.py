import math

import numpy as np
import pytest

from magenta_reg.analysis.likelihood.measure import continuation_log_probs
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions


def per_event(model, melodies, primer_steps):
    return continuation_log_probs(model, melodies, primer_steps).mean(axis=1, dtype=np.float64)


def test_the_arithmetic_by_hand():
    transitions = np.full([6, 6], 0.1)
    transitions[1] = [0.05, 0.5, 0.25, 0.1, 0.05, 0.05]  # After 60.
    transitions[2] = [0.2, 0.4, 0.1, 0.1, 0.1, 0.1]  # After 62.
    melody = np.array([[67, 60, 60, 62, 60, 62]], np.int32)
    found = per_event(MarkovModel(transitions), melody, primer_steps=3)
    # The events 62, 60, 62 after 60, 62, 60.
    assert found == pytest.approx([(math.log(0.25) + math.log(0.4) + math.log(0.25)) / 3])


def test_the_primer_does_not_count():
    model = MarkovModel(make_transitions(0))
    melodies = np.stack(make_melodies(make_transitions(1), 4, 30))
    other = melodies.copy()
    other[:, :9] = 67  # All of the primer but its last event, which the next one depends on.
    np.testing.assert_array_equal(per_event(model, melodies, 10),
                                  per_event(model, other, 10))
    assert np.all(per_event(model, melodies, 5)
                  != per_event(model, other, 5))


def test_own_samples_have_the_entropy_rate():
    transitions = make_transitions(3)
    values, vectors = np.linalg.eig(transitions.T)
    stationary = np.real(vectors[:, np.argmax(values.real)])
    stationary /= stationary.sum()
    entropy = -(stationary[:, np.newaxis] * transitions * np.log(transitions)).sum()
    melodies = np.stack(make_melodies(transitions, 60, 400))
    found = per_event(MarkovModel(transitions), melodies, 16)
    assert found.mean() == pytest.approx(-entropy, abs=3 * found.std() / math.sqrt(len(found)))
