"""The section on quality and variety: a curve a method, and why there is none."""

import json

import numpy as np
import pytest

from magenta_reg.analysis.quality.measure import cached_curve, judges_of
from magenta_reg.analysis.quality.section import GENERATED_NLL, REAL_NLL, make_section
from tests.analysis.fake_comparison import make_comparison
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

TRUTH = make_transitions(0)
MELODIES = make_melodies(TRUTH, 30, 48)
MODELS = [MarkovModel(TRUTH, 'baseline'), MarkovModel(0.9 * TRUTH + 0.1 / 6, 'baseline', seed=1),
          MarkovModel(make_transitions(1), 'dropout')]


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('quality'), monkeypatch, MODELS,
                                     MELODIES)
        yield comparison, make_section(comparison)


def test_every_method_has_a_row_a_temperature_with_the_means_of_its_melodies(made):
    comparison, section = made
    assert [figure.name for figure in section.figures] == ['quality_temperatures']
    rows = [dict(zip(section.tables[0].columns, row, strict=True))
            for row in section.tables[0].rows]
    assert [row['temperature'] for row in rows] == [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3] * 2
    assert [row['seeds'] for row in rows] == [2] * 7 + [1] * 7
    dropout = comparison.groups[1].runs[0]
    curve = cached_curve(comparison, dropout)
    assert rows[7][f'{GENERATED_NLL} [95%]'].value == pytest.approx(curve.generated_nll[0].mean())
    assert rows[10][f'{REAL_NLL} [95%]'].value == pytest.approx(curve.real_nll[3].mean())
    assert rows[10][f'{REAL_NLL} [95%]'].value > rows[3][f'{REAL_NLL} [95%]'].value + 0.1
    numbers = json.loads(json.dumps(section.numbers, allow_nan=False))['temperatures']
    assert numbers[7]['generated_nll']['value'] == pytest.approx(curve.generated_nll[0].mean())


def test_no_network_judges_itself_or_one_of_its_seed(made):
    comparison, section = made
    seeds = {run.label: [judge.model.seed for judge in judges_of(comparison, run)]
             for run in comparison.runs}
    assert seeds == {'baseline (seed 0)': [1], 'baseline (seed 1)': [0], 'dropout': [1]}
    assert 'baseline' in section.text


def test_a_judge_that_is_given_judges_all(made):
    comparison, _ = made
    judge = comparison.runs[2]
    comparison = comparison._replace(judges=[judge])
    assert all(judges_of(comparison, run) == [judge] for run in comparison.runs)
    assert 'learned from other music' in make_section(comparison).text


def test_without_a_judge_the_section_says_why_and_a_method_that_has_one_is_shown(made):
    comparison, _ = made
    groups = [comparison.groups[0]._replace(runs=comparison.runs[:1], seeds=[0]),
              comparison.groups[1]]
    section = make_section(comparison._replace(groups=groups))
    assert (section.figures, section.tables) == ([], [])
    assert 'baseline, dropout' in section.notes[0]
    assert '--judge_run_dirs' in section.notes[0]
    other = MODELS[2].__class__(TRUTH, 'dropout', seed=5)
    run = comparison.groups[1].runs[0]._replace(model=other)
    groups[1] = groups[1]._replace(runs=[run], seeds=[5])
    section = make_section(comparison._replace(groups=groups))
    assert {row[0] for row in section.tables[0].rows} == {'dropout'}
    assert 'baseline' in section.notes[0]
    assert np.isfinite(section.tables[0].rows[0][2].value)
