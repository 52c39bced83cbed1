"""The numbers as published: one network a method, with the measures that were at hand."""

import csv
import json

import numpy as np
import pytest

from magenta_reg.analysis.published.measure import (
    MAGENTA_GAP,
    MAGENTA_LOSS,
    PRINTED,
    published_numbers,
    read_claims,
)
from magenta_reg.analysis.published.section import make_section
from magenta_reg.analysis.report.claims import CLAIMS, EVALUATION, LOOP_LOSS, Measured
from magenta_reg.analysis.report.section import Section
from magenta_reg.analysis.report.verdicts import ClaimVerdict
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']


@pytest.fixture(scope='module')
def comparison(tmp_path_factory):
    models = [MarkovModel(make_transitions(index), method, seed)
              for index, method in enumerate(METHODS) for seed in range(2)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        return make_comparison(tmp_path_factory.mktemp('published'), monkeypatch, models,
                               make_melodies(TRUTH, 30, 48), num_steps=48)


def rows_of(run):
    with open(run.run_dir / 'metrics.csv', newline='') as file:
        return list(csv.DictReader(file))


def test_losses_are_those_of_the_loop_and_of_magentas_evaluation(comparison):
    numbers = published_numbers(comparison, comparison.groups, {})
    group = comparison.groups[1]
    rows = rows_of(group.runs[1])
    last = [float(row['loss_magenta']) for row in rows if row['split'] == 'eval'][-1]
    loop = [float(row['loss']) for row in rows if row['split'] == 'train'
            and int(row['step']) > 270]
    assert numbers[MAGENTA_LOSS]['dropout'][1] == last
    assert numbers[LOOP_LOSS]['dropout'][1] == pytest.approx(np.mean(loop))
    assert numbers[MAGENTA_GAP]['dropout'][1] == pytest.approx(last - np.mean(loop))


def test_the_printed_likelihood_has_the_given_beginning_in_it(comparison):
    numbers = published_numbers(comparison, comparison.groups, {})
    run = comparison.groups[2].runs[0]
    scores = run.model.score(list(comparison.generated[run.label])).log_probs
    assert numbers[PRINTED]['scheduled_sampling'][0] == pytest.approx(np.mean(scores), abs=1e-6)


def test_a_claim_is_read_from_the_order_of_one_seeds_networks(comparison):
    numbers = {name: {method: {0: 2.0, 1: 2.0} for method in METHODS}
               for name in published_numbers(comparison, comparison.groups, {})}
    numbers[MAGENTA_LOSS]['scheduled_sampling'] = {0: 1.9, 1: 2.1}
    found = {reading.claim: reading for reading in read_claims(comparison.groups, numbers)}
    assert set(found) == set(CLAIMS)
    assert found['lower_held_out_loss_scheduled_sampling'].is_so == {0: True, 1: False}
    assert found['lower_held_out_loss_professor_forcing'].is_so == {0: False, 1: False}


def test_the_section_says_where_the_usual_way_leads_to_another_conclusion(comparison):
    words = dict.fromkeys(CLAIMS, 'undecided')
    readings = {reading.claim: reading for reading in read_claims(
        comparison.groups, published_numbers(comparison, comparison.groups, {}))}
    claim, reading = next(iter(readings.items()))
    words[claim] = 'confirmed' if reading.is_so[0] else 'contradicted'
    losses = {method: np.full([2, 9], index + 1.0) for index, method in enumerate(METHODS)}
    sections = [Section('losses', '', '', measured={
        'basic_rnn': Measured({EVALUATION: losses})})]
    found = {'basic_rnn': [ClaimVerdict(name, word, [], '') for name, word in words.items()]}
    section = make_section(comparison, sections, found)
    rows = [dict(zip(section.tables[0].columns, row, strict=True))
            for row in section.tables[0].rows]
    assert [row['changes'] for row in rows] == [
        'no' if name == claim else 'yes' for name in readings]
    numbers = table_of(section, 'published_numbers')['dropout']
    assert numbers[f'exact: {EVALUATION}'] == 2.0
    assert numbers[PRINTED] == pytest.approx(np.mean(list(
        published_numbers(comparison, comparison.groups, {})[PRINTED]['dropout'].values())))
    json.dumps(section.numbers, allow_nan=False)


def test_without_dropout_no_claim_can_be_read(comparison):
    groups = [group for group in comparison.groups if group.method != 'dropout']
    assert read_claims(groups, published_numbers(comparison, groups, {})) == []
