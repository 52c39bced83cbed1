import numpy as np
import pytest

from magenta_reg.analysis.report.claims import (
    CLAIMS,
    EVALUATION,
    JUDGE,
    OWN,
    TRAINING,
    Measured,
    claim_parts,
)
from magenta_reg.analysis.report.verdict_figure import draw_verdicts
from magenta_reg.analysis.report.verdicts import ClaimPart, verdicts
from magenta_reg.analysis.statistics.estimate import Estimate
from tests.analysis.fake_runs import MarkovModel
from tests.analysis.groups_of_runs import make_group

METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']
AS_CLAIMED = {
    TRAINING: {'baseline': 2.0, 'dropout': 2.0, 'scheduled_sampling': 2.3,
               'professor_forcing': 2.3},
    EVALUATION: {'baseline': 2.5, 'dropout': 2.5, 'scheduled_sampling': 2.2,
                 'professor_forcing': 2.2},
    OWN: {'baseline': -2.0, 'dropout': -2.0, 'scheduled_sampling': -1.7,
          'professor_forcing': -2.0},
}
AS_CLAIMED[JUDGE] = AS_CLAIMED[OWN]
DISTANCES = {'baseline': 1.0, 'dropout': 1.0, 'scheduled_sampling': 0.5, 'professor_forcing': 0.5}


def make_measured(means, distances, methods=METHODS, n_seeds=3, seed=0):
    """Returns groups and Measured of these means, with spread over seeds and melodies."""
    rng = np.random.default_rng(seed)
    groups = [make_group(method, [MarkovModel(None, method, i) for i in range(n_seeds)])
              for method in methods]
    melodies, n_resamples = rng.normal(size=50), 200
    per_melody = {quantity: {method: values[method] + melodies + 0.02 * rng.normal(
        size=[n_seeds, 1]) + 0.1 * rng.normal(size=[n_seeds, 50]) for method in methods}
        for quantity, values in means.items()}
    found = {measure: {method: [Estimate(
        values[method] + 0.02 * rng.normal(), n_melodies=50,
        resamples=values[method] + 0.05 * rng.normal(size=n_resamples)) for _ in range(n_seeds)]
        for method in methods} for measure, values in distances.items()}
    return groups, Measured(per_melody, {}, found)


def judge(*args, **options):
    return {verdict.claim: verdict
            for verdict in verdicts(claim_parts(*make_measured(*args, **options), 0))}


@pytest.mark.parametrize('n_seeds', [1, 3])
def test_a_world_as_claimed_confirms_every_claim(n_seeds):
    found = judge(AS_CLAIMED, {'MMD': DISTANCES, 'centroid': DISTANCES}, n_seeds=n_seeds)
    assert {name: verdict.word for name, verdict in found.items()} == dict.fromkeys(
        CLAIMS, 'confirmed')
    assert [len(verdict.parts) for verdict in found.values()] == [2, 2, 4, 4, 3, 3]
    assert found['losses_professor_forcing'].scope.startswith(
        'the methods' if n_seeds == 3 else 'these networks')


def test_the_opposite_world_contradicts_every_claim():
    opposite = {quantity: {method: -value for method, value in values.items()}
                for quantity, values in AS_CLAIMED.items()}
    found = judge(opposite, {'MMD': {method: -value for method, value in DISTANCES.items()}})
    assert {verdict.word for verdict in found.values()} == {'contradicted'}


def test_a_world_without_differences_decides_nothing():
    none = {quantity: dict.fromkeys(METHODS, 2.0) for quantity in AS_CLAIMED}
    for seed in range(5):
        found = judge(none, {'MMD': dict.fromkeys(METHODS, 1.0)}, seed=seed)
        assert {verdict.word for verdict in found.values()} == {'undecided'}


def test_half_of_a_claim_is_no_confirmation():
    means = {**AS_CLAIMED, TRAINING: dict.fromkeys(METHODS, 2.0)}
    found = judge(means, {'MMD': DISTANCES})['losses_scheduled_sampling']
    assert found.word == 'undecided'
    assert [part.word for part in found.parts] == ['undecided'] * 2 + ['confirmed'] * 2
    assert found.why == '2 confirmed, 2 undecided of 4 parts'


def test_methods_and_numbers_that_are_not_there_are_not_tested_and_why():
    found = judge(AS_CLAIMED, {}, methods=METHODS[:3])
    assert found['closer_states_scheduled_sampling'].word == 'not tested'
    assert 'was not measured' in found['closer_states_scheduled_sampling'].why
    assert found['losses_professor_forcing'].why == (
        '4 not tested of 4 parts; no run of professor_forcing')
    assert found['likeliest_scheduled_sampling'].word == 'undecided'
    without = judge({OWN: AS_CLAIMED[OWN]}, {})
    assert 'training loss was not measured for scheduled_sampling' in without[
        'losses_scheduled_sampling'].why


def test_a_distance_that_could_not_be_taken_gives_its_reason():
    groups, measured = make_measured({}, {'MMD': DISTANCES})
    own = measured.distances['MMD']['baseline']
    own[1] = Estimate(n_melodies=50, reason='states are not finite')
    found = {verdict.claim: verdict for verdict in verdicts(claim_parts(groups, measured, 0))}
    assert found['closer_states_professor_forcing'].why == (
        '1 not tested of 1 part; states are not finite')


def test_other_data_and_other_encodings_do_not_compare():
    groups, measured = make_measured(AS_CLAIMED, {})
    others = [groups[0]._replace(training_data='bb'), *groups[1:]]
    found = verdicts(claim_parts(others, measured, 0))
    words = [part.word for part in found[2].parts]
    assert words == ['not tested', 'confirmed', 'not tested', 'confirmed']
    assert 'trained on different data' in found[2].why
    others = [groups[0]._replace(encoding='mono_rnn'), *groups[1:]]
    with pytest.raises(ValueError, match='do not compare'):
        claim_parts(others, measured, 0)


def test_a_method_trained_in_two_ways_is_ambiguous():
    groups, measured = make_measured(AS_CLAIMED, {})
    others = [*groups, groups[0]._replace(label='baseline (batch_size=8)')]
    found = verdicts(claim_parts(others, measured, 0))
    assert 'baseline was trained in several ways' in found[2].why


def test_the_figure_says_every_word_and_draws_every_tested_part():
    groups, measured = make_measured(AS_CLAIMED, {'MMD': DISTANCES}, methods=METHODS[:3])
    found = verdicts(claim_parts(groups, measured, 0))
    (axis,) = draw_verdicts(found).axes
    texts = [text.get_text() for text in axis.texts]
    assert [text for text in texts if text in ('confirmed', 'undecided', 'not tested')] == [
        verdict.word for verdict in found]
    tested = [part for verdict in found for part in verdict.parts if part.effect.p_holm is not None]
    drawn = [line for line in axis.lines if line.get_marker() in 'oX' and line.get_marker()]
    assert len(drawn) == len(tested)
    assert all(line.get_xdata()[0] > 1 for line in drawn)


def test_a_loss_is_compared_event_by_event_and_not_melody_by_melody():
    groups, measured = make_measured(AS_CLAIMED, {}, n_seeds=1)
    events = np.random.default_rng(1).integers(1, 100, 50)
    weighted = Measured(measured.per_melody, {EVALUATION: events}, {})
    part = next(part for part in claim_parts(groups, weighted, 0)
                if part.name.startswith(f'{EVALUATION}: scheduled_sampling - baseline'))
    first, second = (measured.per_melody[EVALUATION][method][0]
                     for method in ('scheduled_sampling', 'baseline'))
    assert part.effect.value == pytest.approx(np.average(first - second, weights=events))
    assert abs(part.effect.value - (first - second).mean()) > 1e-3


def test_a_claim_of_methods_of_which_one_has_one_seed_is_about_these_networks():
    def part(n_seeds):
        return ClaimPart('closer_states_professor_forcing', 'x', Estimate(
            1.0, 0.9, 1.1, p=0.001, n_melodies=50, n_seeds=n_seeds), 1)
    assert verdicts([part(3), part(1)])[0].scope.startswith('these networks')
    assert verdicts([part(3), part(4)])[0].scope.startswith('the methods, from 3 seeds')
