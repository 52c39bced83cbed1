import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.report.claim_tests import (
    calibration_parts,
    claim_parts,
    judge_claims,
)
from magenta_reg.analysis.report.claims import (
    CLAIMS,
    ENTROPY_GAP,
    EVALUATION,
    GAP,
    JUDGE,
    LOOP_LOSS,
    MARGIN_OF,
    OWN,
    OWN_GAP,
    PRIMARY_DISTANCE,
    TRAINING,
    Measured,
    statement,
)
from magenta_reg.analysis.report.section import Section
from magenta_reg.analysis.report.verdict_figure import draw_verdicts
from magenta_reg.analysis.report.verdicts import verdicts
from magenta_reg.analysis.states.distances import DISTANCES as DISTANCES_OF_STATES
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.margins import MARGINS
from tests.analysis.fake_runs import MarkovModel
from tests.analysis.groups_of_runs import make_group

METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']
UNREGULARIZED, REGULARIZED = METHODS[:2], METHODS[2:]
AS_CLAIMED = {
    TRAINING: dict.fromkeys(UNREGULARIZED, 2.0) | dict.fromkeys(REGULARIZED, 2.3),
    EVALUATION: dict.fromkeys(UNREGULARIZED, 2.5) | dict.fromkeys(REGULARIZED, 2.2),
    OWN: dict.fromkeys(METHODS, -2.0) | {'scheduled_sampling': -1.7},
    JUDGE: dict.fromkeys(METHODS, -2.0),
}
DISTANCES = {PRIMARY_DISTANCE: dict.fromkeys(UNREGULARIZED, 1.0) | dict.fromkeys(REGULARIZED, 0.5),
             'centroid': dict.fromkeys(METHODS, 0.7)}
NO_DIFFERENCE = {name: dict.fromkeys(METHODS, 2.0) for name in AS_CLAIMED}
NO_DISTANCE = {name: dict.fromkeys(METHODS, 1.0) for name in DISTANCES}


def make_measured(means=AS_CLAIMED, distances=DISTANCES, methods=METHODS, n_seeds=3, seed=0,
                  spread=0.01):
    """Returns groups and Measured of these means, with spread over seeds and melodies."""
    rng = np.random.default_rng(seed)
    groups = [make_group(method, [MarkovModel(None, method, i) for i in range(n_seeds)])
              for method in methods]
    melodies, n_resamples, common = rng.normal(size=50), 50, rng.normal(size=[n_seeds, 1])

    def draw(mean):
        return (mean + melodies + common + spread * rng.normal(size=[n_seeds, 1])
                + spread * rng.normal(size=[n_seeds, 50]))

    per_melody = {quantity: {method: draw(values[method]) for method in methods}
                  for quantity, values in means.items()}
    found = {measure: {method: [Estimate(
        values[method] + common[s, 0] + spread * rng.normal(), n_melodies=50,
        resamples=values[method] + spread * rng.normal(size=n_resamples)) for s in range(n_seeds)]
        for method in methods} for measure, values in distances.items()}
    loop = {method: means[TRAINING][method] + common[:, 0] + spread * rng.normal(size=n_seeds)
            for method in methods} if TRAINING in means else {}
    return groups, Measured(per_melody, {}, found, {LOOP_LOSS: loop})


def judge(*args, **options):
    return {verdict.claim: verdict
            for verdict in verdicts(claim_parts(*make_measured(*args, **options), 0))}


def test_a_world_as_claimed_confirms_every_claim():
    found = judge(n_seeds=5)
    assert {name: verdict.word for name, verdict in found.items()} == dict.fromkeys(
        CLAIMS, 'confirmed')
    primary = [sum(part.is_primary for part in verdict.parts) for verdict in found.values()]
    assert primary == [2, 2, 4, 4, 2, 2, 2, 2, 3]
    assert found['likeliest_scheduled_sampling'].scope == '5 seeds of each method'


def test_the_opposite_world_contradicts_every_claim():
    opposite, far = ({name: {method: -value for method, value in values.items()}
                      for name, values in means.items()} for means in (AS_CLAIMED, DISTANCES))
    found = judge(opposite, far, n_seeds=5)
    assert {verdict.word for verdict in found.values()} == {'contradicted'}


def test_claims_are_of_baseline_and_dropout_both():
    means = {**AS_CLAIMED, EVALUATION: AS_CLAIMED[EVALUATION] | {'dropout': 2.2}}
    found = judge(means, n_seeds=5)
    assert found['lower_held_out_loss_professor_forcing'].word == 'undecided'
    without = judge(methods=['baseline', *METHODS[2:]], n_seeds=5)
    assert without['lower_held_out_loss_professor_forcing'].why == 'no run of dropout'
    assert without['lower_held_out_loss_professor_forcing'].word == 'not tested'


def test_both_training_losses_must_be_higher():
    groups, measured = make_measured(n_seeds=5)
    same = dict.fromkeys(METHODS, np.arange(5.0))
    found = {verdict.claim: verdict.word for verdict in verdicts(claim_parts(
        groups, measured._replace(per_seed={LOOP_LOSS: same}), 0))}
    assert found['higher_training_loss_scheduled_sampling'] == 'undecided'


def test_a_world_without_differences_is_undecided_or_equivalent_but_seldom_decided():
    num_tables, decided, words = 120, 0, set()
    for seed in range(num_tables):
        found = judge(NO_DIFFERENCE, NO_DISTANCE, n_seeds=3, seed=seed)
        own = {verdict.word for verdict in found.values()}
        decided += bool(own & {'confirmed', 'contradicted'})
        words |= own
    assert decided <= stats.binom.ppf(0.999, num_tables, 0.05)
    assert words <= {'undecided', 'equivalent', 'confirmed', 'contradicted'}


def test_differences_that_are_surely_below_the_margins_are_equivalent():
    found = judge(NO_DIFFERENCE, NO_DISTANCE, n_seeds=10, spread=1e-4)
    assert {verdict.word for verdict in found.values()} == {'equivalent'}


def test_one_seed_tests_no_claim_and_keeps_the_differences():
    found = judge(n_seeds=1)
    assert {(verdict.word, verdict.why) for verdict in found.values()} == {
        ('not tested', 'one seed: not tested')}
    effect = found['likeliest_scheduled_sampling'].parts[0].effect
    assert effect.value == pytest.approx(0.3, abs=0.05)
    assert effect.low < effect.value < effect.high


def test_methods_are_compared_between_networks_of_the_same_seed():
    groups, measured = make_measured()
    turned = [groups[0]._replace(seeds=[2, 1, 0]), *groups[1:]]
    for name in (OWN, JUDGE, EVALUATION, TRAINING):
        measured.per_melody[name]['baseline'] = measured.per_melody[name]['baseline'][::-1]
    measured.distances[PRIMARY_DISTANCE]['baseline'].reverse()
    measured.distances['centroid']['baseline'].reverse()
    measured.per_seed[LOOP_LOSS]['baseline'] = measured.per_seed[LOOP_LOSS]['baseline'][::-1]
    plain = claim_parts(*make_measured(), 0)
    for part, wanted in zip(claim_parts(turned, measured, 0), plain, strict=True):
        assert part.effect[:4] == pytest.approx(wanted.effect[:4]), part.name


def test_a_method_that_hardly_acted_is_not_tested_and_says_how_much_it_did():
    groups, measured = make_measured()
    acted = {'scheduled_sampling': 0.6, 'professor_forcing': 0.0468}
    found = {verdict.claim: verdict for verdict in verdicts(claim_parts(
        groups, measured._replace(acted=acted), 0))}
    verdict = found['lower_held_out_loss_professor_forcing']
    assert (verdict.word, verdict.why) == (
        'not tested', 'not tested: professor_forcing hardly acted (4.7%)')
    assert found['likeliest_scheduled_sampling'].word == 'not tested'  # It is above all others.
    assert found['lower_held_out_loss_scheduled_sampling'].word == 'confirmed'


def test_the_gap_is_of_both_losses_of_a_seed_and_both_samples_count():
    groups, measured = make_measured(n_seeds=3, spread=0.1)
    events = np.random.default_rng(1).integers(1, 100, 50)
    part = next(part for part in claim_parts(
        groups, measured._replace(weights={EVALUATION: events}), 0)
        if part.name == f'{GAP}: professor_forcing - baseline')
    gaps, variance = 0, 0
    for sign, name, weights in ((1, EVALUATION, events / events.sum()),
                                (-1, TRAINING, np.full(50, 1 / 50))):
        change = np.subtract(*(measured.per_melody[name][each]
                               for each in ('professor_forcing', 'baseline')))
        gaps = gaps + sign * change @ weights
        of_melodies = change.mean(axis=0)
        variance += np.sum((weights * (of_melodies - weights @ of_melodies)) ** 2) * 50 / 49
    assert part.effect.value == pytest.approx(gaps.mean())
    assert part.effect.standard_error == pytest.approx(
        np.sqrt(variance + np.var(gaps, ddof=1) / 3))


def test_what_was_not_measured_is_not_tested():
    found = judge({OWN: AS_CLAIMED[OWN]}, {})
    assert 'training loss was not measured for scheduled_sampling' in found[
        'higher_training_loss_scheduled_sampling'].why
    assert 'was not measured' in found['closer_states_scheduled_sampling'].why


def test_a_distance_that_could_not_be_taken_gives_its_reason():
    groups, measured = make_measured()
    own = measured.distances[PRIMARY_DISTANCE]['baseline']
    own[1] = Estimate(n_melodies=50, reason='states are not finite')
    found = {verdict.claim: verdict for verdict in verdicts(claim_parts(groups, measured, 0))}
    assert found['closer_states_professor_forcing'].why == 'states are not finite'


def test_other_data_and_other_encodings_do_not_compare():
    groups, measured = make_measured()
    others = [groups[0]._replace(training_data='bb'), *groups[1:]]
    found = verdicts(claim_parts(others, measured, 0))
    assert {verdict.word for verdict in found} == {'not tested'}
    assert 'trained on different data' in found[2].why
    others = [groups[0]._replace(encoding='mono_rnn'), *groups[1:]]
    with pytest.raises(ValueError, match='do not compare'):
        claim_parts(others, measured, 0)


def test_a_method_trained_in_two_ways_is_ambiguous():
    groups, measured = make_measured()
    others = [*groups, groups[0]._replace(label='baseline (batch_size=8)')]
    found = verdicts(claim_parts(others, measured, 0))
    assert 'baseline was trained in several ways' in found[2].why


def test_a_loss_is_compared_event_by_event_and_not_melody_by_melody():
    groups, measured = make_measured(spread=0.5)
    events = np.random.default_rng(1).integers(1, 100, 50)
    part = next(part for part in claim_parts(
        groups, measured._replace(weights={EVALUATION: events}), 0)
        if part.name.startswith(f'{EVALUATION}: scheduled_sampling - baseline'))
    first, second = (measured.per_melody[EVALUATION][method].mean(axis=0)
                     for method in ('scheduled_sampling', 'baseline'))
    assert part.effect.value == pytest.approx(np.average(first - second, weights=events))
    assert abs(part.effect.value - (first - second).mean()) > 1e-3


def gaps_of(log_likelihood, entropy, n_seeds=4, spread=0.005):
    rng = np.random.default_rng(0)
    groups = [make_group('baseline', [MarkovModel(None, 'baseline', i) for i in range(n_seeds)])]
    return groups, Measured(gaps={
        name: {'baseline': mean + spread * rng.normal(size=[n_seeds, 50])}
        for name, mean in ((OWN_GAP, log_likelihood), (ENTROPY_GAP, entropy))})


@pytest.mark.parametrize(('log_likelihood', 'entropy', 'word'), [
    (0.01, -0.01, 'confirmed'), (0.3, 0.0, 'contradicted'), (0.0, -0.2, 'contradicted')])
def test_a_network_is_calibrated_if_both_gaps_are_surely_small(log_likelihood, entropy, word):
    (found,) = verdicts(calibration_parts(*gaps_of(log_likelihood, entropy), 0))
    assert found.word == word
    assert statement(found.claim) == (
        'Networks of baseline expect their own melodies as they expect real ones.')


def test_margins_of_a_study_take_the_place_of_the_defaults():
    groups, measured = gaps_of(0.04, 0.0)
    wide, narrow = (verdicts(calibration_parts(groups, measured, 0, MARGINS | {
        'log_likelihood': margin}))[0].word for margin in (0.1, 0.041))
    assert (wide, narrow) == ('confirmed', 'undecided')


def test_claims_of_the_study_and_calibration_are_corrected_apart():
    groups, measured = make_measured(n_seeds=5)
    gaps = gaps_of(0.0, 0.0, 5)[1].gaps
    section = Section('x', '', '', measured={'basic_rnn': measured._replace(gaps=gaps)})
    found = judge_claims(groups, [section], 0)['basic_rnn']
    assert [verdict.claim for verdict in found[:9]] == list(CLAIMS)
    assert [verdict.claim for verdict in found[9:]] == [f'calibrated:{each}' for each in METHODS]
    assert found[9].p_holm == pytest.approx(found[9].p)


def test_the_figure_says_every_word_and_draws_every_primary_difference():
    found = verdicts(claim_parts(*make_measured(methods=METHODS[:3]), 0))
    (axis,) = draw_verdicts(found).axes
    texts = [text.get_text() for text in axis.texts]
    assert all(any(text.startswith(verdict.word) for text in texts) for verdict in found)
    with_number = [part for verdict in found for part in verdict.parts
                   if part.is_primary and part.effect.low is not None]
    drawn = [line for line in axis.lines if line.get_marker() not in ('None', '', None)]
    assert len(drawn) == len(with_number) > 5
    assert all(line.get_xdata()[0] > 1 for line in drawn)


def test_one_seeds_number_without_an_interval_is_written():
    found = verdicts(claim_parts(*make_measured(n_seeds=1), 0))
    (axis,) = draw_verdicts(found).axes
    effect = next(part.effect for verdict in found for part in verdict.parts
                  if part.name.startswith(LOOP_LOSS))
    assert effect.low is None
    assert f'{effect.value:+.3g}  not tested' in [text.get_text() for text in axis.texts]


def test_nothing_to_compare_is_no_figure():
    assert draw_verdicts(verdicts(claim_parts(*make_measured(methods=METHODS[:1]), 0))) is None


def test_every_margin_is_of_a_quantity_or_of_a_distance_that_is_measured():
    quantities = {TRAINING, LOOP_LOSS, EVALUATION, GAP, OWN, JUDGE, OWN_GAP, ENTROPY_GAP}
    assert set(MARGIN_OF) - quantities <= set(DISTANCES_OF_STATES)
    assert set(MARGIN_OF.values()) == set(MARGINS)
