"""The section on likelihood: its tables against scores computed by themselves."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.likelihood.measure import cached_likelihoods
from magenta_reg.analysis.likelihood.section import make_section
from magenta_reg.analysis.report.claims import JUDGE, OWN
from magenta_reg.analysis.report.tables import MISSING, cell_lines
from magenta_reg.measures.repetition import entropy_nats, repetition
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import (
    MarkovModel,
    make_melodies,
    make_transitions,
    mean_log_likelihood,
)

TRUTH, FAR = make_transitions(0), make_transitions(1)
JUDGING = MarkovModel(make_transitions(2))
MELODIES = make_melodies(TRUTH, 30, 48)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Comparison of three runs and its section."""
    models = [MarkovModel(TRUTH, 'baseline'), MarkovModel(FAR, 'dropout'),
              MarkovModel(TRUTH, 'dropout', encoding='lookback_rnn')]
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('likelihood'), monkeypatch, models,
                                 MELODIES)
    comparison = comparison._replace(
        judges=[SimpleNamespace(label='judge mine', model=JUDGING)],
        keys=comparison.keys | {'judge mine': 'its key'})
    return comparison, make_section(comparison)


def test_the_table_has_the_mean_of_the_melodies_under_themselves_and_the_judge(made):
    comparison, section = made
    rows = table_of(section, 'likelihood_basic_rnn')
    dropout = comparison.groups[1].runs[0]
    continuations = comparison.continuations[dropout.label]
    for column, model in (('under itself [95%]', dropout.model),
                          ('under the judge [95%]', JUDGING)):
        cell = rows[comparison.groups[1].label][column]
        assert cell.value == pytest.approx(
            np.mean([mean_log_likelihood(model, each, 16) for each in continuations]), rel=1e-5)
        assert cell.low < cell.value < cell.high
    for name, measure in (('repetition', repetition), ('entropy of events', entropy_nats)):
        assert rows[comparison.groups[1].label][f'{name} [95%]'].value == pytest.approx(np.mean(
            [[measure(events[16:]) for events in each] for each in continuations]))
    assert len(continuations) == 2
    assert rows[REAL]['under itself [95%]'].value is None
    assert rows[REAL]['under the judge [95%]'].value == pytest.approx(
        mean_log_likelihood(JUDGING, comparison.held_out.melodies, 16).mean(), rel=1e-5)
    assert rows[REAL]['repetition [95%]'].value == pytest.approx(
        np.mean([repetition(events[16:]) for events in comparison.held_out.melodies]))
    table = next(table for table in section.tables if table.name == 'likelihood_basic_rnn')
    assert table.note.endswith('The judge: networks trained on other melodies: mine.')


def test_without_a_neutral_judge_there_is_no_number_and_the_page_says_why(made):
    section = made[1]
    # The judge is of basic_rnn, and the one network of lookback_rnn has one seed.
    (label,) = (label for label in table_of(section, 'likelihood_lookback_rnn') if label != REAL)
    for row in (label, REAL):
        cell = table_of(section, 'likelihood_lookback_rnn')[row]['under the judge [95%]']
        assert cell_lines(cell) == (MISSING, '')
    assert section.measured['lookback_rnn'].per_melody[JUDGE] == {}
    assert section.numbers['judges'] == {
        'basic_rnn': 'networks trained on other melodies: mine', 'lookback_rnn': None}
    assert [note for note in section.notes if 'No likelihood under a judge of dropout' in note]


def test_an_encoding_has_its_own_tables_figures_and_measures(made):
    section = made[1]
    names = {table.name for table in section.tables}
    assert {'likelihood_basic_rnn', 'likelihood_lookback_rnn'} <= names
    assert set(table_of(section, 'likelihood_lookback_rnn')) == {
        'dropout (lookback_rnn)', REAL}
    # One group has no pair, and without a judge none with the held-out melodies.
    assert 'likelihood_differences_lookback_rnn' not in names
    assert f'dropout (basic_rnn) \N{MINUS SIGN} {REAL}' in table_of(
        section, 'likelihood_differences_basic_rnn')
    assert set(section.measured) == {'basic_rnn', 'lookback_rnn'}
    assert {figure.name for figure in section.figures} == {
        f'likelihood_{kind}_{encoding}' for kind in ('matrix', 'positions')
        for encoding in ('basic_rnn', 'lookback_rnn')}


def test_claims_get_a_row_a_seed_and_a_column_a_melody(made):
    comparison, section = made
    measured = section.measured['basic_rnn']
    for quantity in (OWN, JUDGE):
        assert {label: values.shape for label, values in measured.per_melody[quantity].items()} == {
            group.label: (1, 20) for group in comparison.groups[:2]}
    assert not measured.weights


def test_numbers_are_plain_and_say_the_same_as_the_table(made):
    comparison, section = made
    numbers = json.loads(json.dumps(section.numbers, allow_nan=False))
    label = comparison.groups[0].label
    assert set(numbers['groups']) == {group.label for group in comparison.groups}
    cell = table_of(section, 'likelihood_basic_rnn')[label]['repetition [95%]']
    assert numbers['groups'][label]['repetition'] == cell.plain()


def test_the_cells_are_cached_and_only_those_of_a_changed_run_are_scored_again(tmp_path,
                                                                             monkeypatch):
    models = [MarkovModel(TRUTH, 'baseline'), MarkovModel(FAR, 'dropout')]
    comparison = make_comparison(tmp_path, monkeypatch, models, MELODIES)
    first = cached_likelihoods(comparison, comparison.groups)
    before = comparison.cache.num_computed
    again = cached_likelihoods(comparison, comparison.groups)
    assert comparison.cache.num_computed == before
    np.testing.assert_array_equal(first.cells[REAL, 'dropout'], again.cells[REAL, 'dropout'])
    keys = comparison.keys | {'dropout': 'other'}
    cached_likelihoods(comparison._replace(keys=keys), comparison.groups)
    # Its column of three cells, and its row under the other run; there is no judge.
    assert comparison.cache.num_computed == before + 4


def test_a_network_gone_wrong_is_named(tmp_path, monkeypatch):
    wrong = MarkovModel(FAR, 'dropout')
    comparison = make_comparison(tmp_path, monkeypatch, [MarkovModel(TRUTH, 'baseline'), wrong],
                             MELODIES)
    wrong.transitions = np.full_like(FAR, np.nan)
    section = make_section(comparison)
    assert any('not finite' in note and note.endswith('dropout.') for note in section.notes)
    json.dumps(section.numbers, allow_nan=False)
    cell = table_of(section, 'likelihood')['dropout']['under itself [95%]']
    assert cell_lines(cell) == (MISSING, '')
