"""Calibration: a network that is as the melodies are, and one that became dull."""

import json

import numpy as np
import pytest

from magenta_reg.analysis.calibration.measure import cached_gaps, summarize
from magenta_reg.analysis.calibration.section import make_section
from magenta_reg.analysis.likelihood.measure import continuation_log_probs
from magenta_reg.analysis.report.claim_tests import calibration_parts
from magenta_reg.analysis.report.claims import ENTROPY_GAP, OWN_GAP
from magenta_reg.analysis.report.verdicts import verdicts
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
# A note that mostly comes again, once it has come.
DULL = 0.5 * TRUTH + 0.5 * np.eye(len(TRUTH))[[1] * len(TRUTH)]
MELODIES = make_melodies(TRUTH, 60, 64)


def entropies(transitions, melodies):
    """Returns the mean entropy of the next event after the primer."""
    rows = -(transitions * np.log(transitions)).sum(axis=1)
    return rows[np.searchsorted(PITCHES, melodies[:, 15:-1])].mean()


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    models = [MarkovModel(transitions, method, seed) for method, transitions in (
        ('baseline', DULL), ('dropout', TRUTH)) for seed in range(3)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('calibration'), monkeypatch, models,
                                     MELODIES, num_melodies=60, num_steps=64)
        return comparison, make_section(comparison)


def test_the_gap_is_own_minus_held_out_under_the_network_itself(made):
    comparison, section = made
    run = comparison.groups[0].runs[1]
    own, real = (continuation_log_probs(run.model, melodies, 16) for melodies in (
        comparison.continuations[run.label], comparison.held_out.melodies))
    edges, gaps = cached_gaps(comparison, comparison.groups)
    assert edges.tolist() == [16, 32, 48, 64]
    assert gaps[OWN_GAP]['baseline'][1].mean() == pytest.approx(own.mean() - real.mean(), abs=1e-6)
    assert gaps[OWN_GAP]['baseline'][1, :, 0] == pytest.approx(
        (own - real)[:, :16].mean(axis=1), abs=1e-6)
    # A network that became dull is surer of what comes after its own events.
    assert gaps[ENTROPY_GAP]['baseline'].mean() == pytest.approx(np.mean(
        [entropies(DULL, comparison.generated[each.label]) - entropies(
            DULL, comparison.held_out.melodies) for each in comparison.groups[0].runs]))
    found = section.measured['basic_rnn'].gaps[OWN_GAP]['baseline']
    assert found == pytest.approx(gaps[OWN_GAP]['baseline'].mean(axis=2))


def test_a_network_that_became_dull_is_above_0_and_one_like_the_melodies_is_about_0(made):
    rows = table_of(made[1], 'calibration')
    name = 'log-likelihood, own minus held-out [95%]'
    assert rows['baseline'][name].low > 0.1
    assert rows['dropout'][name].low < 0 < rows['dropout'][name].high
    assert rows['baseline']['p (equivalence)'] > 0.5


def test_the_claim_is_decided_by_both_gaps(made):
    comparison, section = made
    found = {verdict.claim: verdict for verdict in verdicts(calibration_parts(
        comparison.groups, section.measured['basic_rnn'], 0,
        comparison.margins | {'log_likelihood': 0.2, 'entropy': 0.2}))}
    assert found['calibrated:baseline'].word != 'confirmed'
    assert found['calibrated:dropout'].word == 'confirmed'
    assert [part.name.split(':')[0] for part in found['calibrated:dropout'].parts] == [
        OWN_GAP, ENTROPY_GAP]


def test_results_json_has_every_number(made):
    numbers = json.loads(json.dumps(made[1].numbers, allow_nan=False))
    own = numbers['groups']['baseline']
    assert own['log_likelihood']['n_seeds'] == 3
    assert own['p_equivalent_log_likelihood'] == pytest.approx(
        table_of(made[1], 'calibration')['baseline']['p (equivalence)'])


def test_one_seed_gives_the_difference_and_no_test():
    gaps = {OWN_GAP: {'a': np.random.default_rng(0).normal(size=[1, 30, 4])}, ENTROPY_GAP: {}}
    found, p = summarize(gaps, {OWN_GAP: 0.05}, 0)['a'][OWN_GAP]
    assert p is None
    assert found.low < found.value < found.high
