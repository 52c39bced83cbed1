"""The section on likelihood: its tables against scores computed by themselves."""

import json

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
MELODIES = make_melodies(TRUTH, 30, 48)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Comparison of three runs and its section."""
    models = [MarkovModel(TRUTH, 'baseline'), MarkovModel(FAR, 'dropout'),
              MarkovModel(TRUTH, 'dropout', encoding='lookback_rnn')]
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('likelihood'), monkeypatch, models,
                                 MELODIES)
    return comparison, make_section(comparison)


def test_the_table_has_the_mean_of_the_melodies_under_themselves_and_the_reference(made):
    comparison, section = made
    rows = table_of(section, 'likelihood_basic_rnn')
    baseline, dropout = comparison.groups[0].runs[0], comparison.groups[1].runs[0]
    continuations = comparison.continuations[dropout.label]
    for column, model in (('under itself [95%]', dropout.model),
                          ('under the reference [95%]', baseline.model)):
        cell = rows[comparison.groups[1].label][column]
        assert cell.value == pytest.approx(
            np.mean([mean_log_likelihood(model, each, 16) for each in continuations]), rel=1e-5)
        assert cell.low < cell.value < cell.high
    for name, measure in (('repetition', repetition), ('entropy of events', entropy_nats)):
        assert rows[comparison.groups[1].label][f'{name} [95%]'].value == pytest.approx(np.mean(
            [[measure(events[16:]) for events in each] for each in continuations]))
    assert len(continuations) == 2
    assert rows[REAL]['under itself [95%]'].value is None
    assert rows[REAL]['repetition [95%]'].value == pytest.approx(
        np.mean([repetition(events[16:]) for events in comparison.held_out.melodies]))


def test_an_encoding_has_its_own_tables_figures_and_measures(made):
    section = made[1]
    names = {table.name for table in section.tables}
    assert {'likelihood_basic_rnn', 'likelihood_lookback_rnn'} <= names
    assert set(table_of(section, 'likelihood_lookback_rnn')) == {
        'dropout (lookback_rnn)', REAL}
    # One group has no pair but that with the held-out melodies.
    assert list(table_of(section, 'likelihood_differences_lookback_rnn')) == [
        f'dropout (lookback_rnn) \N{MINUS SIGN} {REAL}']
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
    assert numbers['references']['basic_rnn'] == label


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
    # Its column of three cells, and its row under the other run.
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
