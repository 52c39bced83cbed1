"""The section on exposure bias: models that do and do not drift from what they were given."""

import json

import numpy as np
import pytest

from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.exposure.measure import (
    cached_exposures,
    excess_differences,
    mean_excess,
    run_exposure,
)
from magenta_reg.analysis.exposure.section import make_section
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

TRUTH, FAR = make_transitions(0), make_transitions(1)
MELODIES = make_melodies(TRUTH, 40, 64)


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Comparison of a network that is as the melodies are, of one that is not, and the section."""
    models = [MarkovModel(TRUTH, 'baseline'), MarkovModel(FAR, 'dropout')]
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('exposure'), monkeypatch, models,
                                     MELODIES, num_melodies=40, num_steps=64)
        return comparison, make_section(comparison)


def test_a_network_whose_own_events_are_others_has_an_excess_and_one_that_is_alike_has_none(made):
    rows = table_of(made[1], 'exposure')
    alike, other = (rows[label]['excess [95%]'] for label in ('baseline', 'dropout'))
    assert alike.low < 0 < alike.high
    assert other.low > alike.high
    assert rows['dropout']['p'] < 0.01


def test_the_table_has_the_means_of_the_bars(made):
    comparison, section = made
    run = comparison.runs[1]
    bias = run_exposure(run.model, comparison.held_out.melodies, comparison.generated[run.label],
                        16, comparison.seed).bias
    row = table_of(section, 'exposure')['dropout']
    assert row['excess [95%]'].value == pytest.approx(bias.excess.mean())
    assert row['divergence'] == pytest.approx(bias.value.mean())
    assert row['floor'] == pytest.approx(bias.floor.value.mean())
    assert (row['excess, first bar'], row['excess, last bar']) == pytest.approx(
        (bias.excess[0], bias.excess[-1]))
    bars = next(table for table in section.tables if table.name == 'exposure_bars')
    assert [tuple(row[2:4]) for row in bars.rows if row[0] == 'dropout'] == [
        (16, 32), (32, 48), (48, 64)]


def test_the_difference_is_that_of_the_means_and_found(made):
    comparison = made[0]
    exposures = cached_exposures(comparison, comparison.groups)
    found = excess_differences(exposures, seeds_of(comparison.groups))['baseline', 'dropout']
    means = [mean_excess(exposures[label], 0).value for label in ('baseline', 'dropout')]
    assert found.value == pytest.approx(means[0] - means[1])
    assert found.high < 0
    assert found.n_seeds == 1
    numbers = json.loads(json.dumps(made[1].numbers, allow_nan=False))
    assert numbers['differences'][0]['value'] == found.value


def test_what_is_not_finite_is_left_out_and_named(tmp_path, monkeypatch):
    wrong = MarkovModel(FAR, 'dropout')
    comparison = make_comparison(tmp_path, monkeypatch, [MarkovModel(TRUTH, 'baseline'), wrong],
                             MELODIES)
    wrong.transitions = np.full_like(FAR, np.nan)
    section = make_section(comparison)
    assert set(table_of(section, 'exposure')) == {'baseline'}
    assert section.notes == [
        'Not measured for dropout: distributions that are not finite: the training went wrong.']
    assert [table.name for table in section.tables] == ['exposure', 'exposure_bars']


def test_with_nothing_to_measure_there_is_only_the_note(tmp_path, monkeypatch):
    wrong = MarkovModel(FAR, 'dropout')
    comparison = make_comparison(tmp_path, monkeypatch, [wrong], MELODIES)
    wrong.transitions = np.full_like(FAR, np.nan)
    section = make_section(comparison)
    assert (section.figures, section.tables, len(section.notes)) == ([], [], 1)
