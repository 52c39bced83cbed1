"""Likelihoods over temperatures against the probabilities of Markov chains."""

import numpy as np
import pytest

from magenta_reg.analysis.quality.measure import temperature_curve
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
REAL = np.stack(make_melodies(TRUTH, 40, 48))
PRIMER_STEPS = 8


def mean_nll(transitions, melodies):
    classes = np.searchsorted(PITCHES, melodies)
    return -np.log(transitions[classes[:, PRIMER_STEPS - 1:-1], classes[:, PRIMER_STEPS:]]).mean(
        axis=1)


def curve_of(model, judges, temperatures=(0.5, 1.0, 2.0), seed=3):
    generated = np.stack(model.generate(list(REAL[:, :PRIMER_STEPS]), 48, seed))
    return generated, temperature_curve(model, judges, REAL, generated, PRIMER_STEPS, seed,
                                        temperatures)


def test_real_melodies_are_scored_by_the_network_at_each_temperature():
    model = MarkovModel(make_transitions(1))
    _, found = curve_of(model, [MarkovModel(TRUTH)])
    for temperature, nll in zip(found.temperatures, found.real_nll, strict=True):
        tempered = model.transitions ** (1 / temperature)
        tempered /= tempered.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(nll, mean_nll(tempered, REAL), rtol=1e-6)


def test_generated_melodies_are_judged_each_with_the_mean_of_the_judges():
    judges = [MarkovModel(make_transitions(seed)) for seed in (2, 3)]
    generated, found = curve_of(MarkovModel(make_transitions(1)), judges)
    expected = np.mean([mean_nll(judge.transitions, generated) for judge in judges], axis=0)
    np.testing.assert_allclose(found.generated_nll[1], expected, rtol=1e-5)
    np.testing.assert_allclose(found.judged_nll, np.mean(
        [mean_nll(judge.transitions, REAL) for judge in judges], axis=0), rtol=1e-5)


def test_of_the_true_model_quality_falls_and_variety_is_best_at_temperature_1():
    _, found = curve_of(MarkovModel(TRUTH), [MarkovModel(TRUTH)])
    quality, variety = found.generated_nll.mean(axis=1), found.real_nll.mean(axis=1)
    assert quality[0] < quality[1] < quality[2]
    assert variety.argmin() == 1
    # It is at the star: its melodies are as likely as real ones.
    error = found.generated_nll[1].std() / np.sqrt(40) + found.judged_nll.std() / np.sqrt(40)
    assert quality[1] == pytest.approx(found.judged_nll.mean(), abs=2 * error)
    assert variety[1] == pytest.approx(found.judged_nll.mean(), rel=1e-5)
