import math

import numpy as np
import pytest

from magenta_reg.analysis.compared_runs import ComparedRun
from magenta_reg.analysis.likelihood import (
    REAL,
    Generator,
    continuation_log_likelihood,
    likelihood_matrix,
)
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions


def test_the_arithmetic_by_hand():
    transitions = np.full([6, 6], 0.1)
    transitions[1] = [0.05, 0.5, 0.25, 0.1, 0.05, 0.05]  # After 60.
    transitions[2] = [0.2, 0.4, 0.1, 0.1, 0.1, 0.1]  # After 62.
    melody = np.array([[67, 60, 60, 62, 60, 62]], np.int32)
    found = continuation_log_likelihood(MarkovModel(transitions), melody, primer_steps=3)
    # The events 62, 60, 62 after 60, 62, 60.
    assert found == pytest.approx([(math.log(0.25) + math.log(0.4) + math.log(0.25)) / 3])


def test_the_primer_does_not_count():
    model = MarkovModel(make_transitions(0))
    melodies = np.stack(make_melodies(make_transitions(1), 4, 30))
    other = melodies.copy()
    other[:, :9] = 67  # All of the primer but its last event, which the next one depends on.
    np.testing.assert_array_equal(continuation_log_likelihood(model, melodies, 10),
                                  continuation_log_likelihood(model, other, 10))
    assert np.all(continuation_log_likelihood(model, melodies, 5)
                  != continuation_log_likelihood(model, other, 5))


def test_own_samples_have_the_entropy_rate():
    transitions = make_transitions(3)
    values, vectors = np.linalg.eig(transitions.T)
    stationary = np.real(vectors[:, np.argmax(values.real)])
    stationary /= stationary.sum()
    entropy = -(stationary[:, np.newaxis] * transitions * np.log(transitions)).sum()
    melodies = np.stack(make_melodies(transitions, 60, 400))
    found = continuation_log_likelihood(MarkovModel(transitions), melodies, 16)
    assert found.mean() == pytest.approx(-entropy, abs=3 * found.std() / math.sqrt(len(found)))


def make_compared(label, transitions, encoding='basic_rnn'):
    return ComparedRun(label, label, None, MarkovModel(transitions, label, 0, encoding), None)


def test_the_matrix_pairs_generators_with_scorers():
    runs = [make_compared('a', make_transitions(0)), make_compared('b', make_transitions(1))]
    melodies = [np.stack(make_melodies(run.model.transitions, 5, 20)) for run in runs]
    real = np.stack(make_melodies(make_transitions(2), 5, 20))
    generators = [Generator('a', melodies[0]), Generator('b', melodies[1]), Generator(REAL, real)]
    matrix = likelihood_matrix(generators, runs, 4)
    assert set(matrix) == {(generator, run) for generator in ('a', 'b', REAL)
                           for run in ('a', 'b')}
    classes = np.searchsorted(PITCHES, melodies[1])
    log_probs = np.log(make_transitions(0)[classes[:, :-1], classes[:, 1:]])
    np.testing.assert_allclose(matrix['b', 'a'], log_probs[:, 3:].mean(axis=1), rtol=1e-6)


def test_runs_of_different_encodings_do_not_score_each_other():
    runs = [make_compared('a', make_transitions(0)),
            make_compared('b', make_transitions(1), 'lookback_rnn')]
    melodies = np.stack(make_melodies(make_transitions(0), 5, 20))
    generators = [Generator(label, melodies) for label in ('a', 'b', REAL)]
    assert set(likelihood_matrix(generators, runs, 4)) == {
        ('a', 'a'), ('b', 'b'), (REAL, 'a'), (REAL, 'b')}
