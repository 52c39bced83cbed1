import json

import numpy as np
import pytest

from magenta_reg.analysis.music import section as music_section
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.measure import compare_music
from magenta_reg.analysis.music.section import TRAINING, make_section
from magenta_reg.analysis.report.tables import csv_text
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

TRUTH, FAR = make_transitions(0), make_transitions(1)
MELODIES = make_melodies(TRUTH, 60, 64)
MODELS = [MarkovModel(TRUTH, 'baseline'), MarkovModel(TRUTH, 'baseline', seed=1),
          MarkovModel(FAR, 'dropout')]
SIZES = {'num_melodies': 40, 'num_steps': 64}


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """The Comparison and the Section of two methods, one of them as the music is."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('music'), monkeypatch, MODELS,
                                     MELODIES, has_training=True, **SIZES)
        yield comparison, make_section(comparison)


@pytest.fixture
def no_figures(monkeypatch):
    """Drawing takes seconds: left out where figures are not looked at."""
    monkeypatch.setattr(music_section, '_draw', lambda *_: [])


def test_a_generator_of_the_same_music_is_not_told_apart_and_another_is(made):
    rows = table_of(made[1], 'music')
    assert list(rows) == ['baseline', 'dropout', 'training music']
    assert rows['dropout']['told apart [95%]'].low > 0.8
    assert rows['dropout']['p'] == 0.001
    for like in ('baseline', 'training music'):
        assert rows[like]['told apart [95%]'].low < 0.5
        assert rows[like]['p'] > 0.05
        assert rows[like]['features that differ'].split()[0] == '0'
        assert (rows['dropout']['overlap [95%]'].value
                < rows[like]['overlap [95%]'].value)
    assert [row['seeds'] for row in rows.values()] == [2, 1, None]


def test_what_is_compared_is_what_follows_the_primer(made):
    comparison, section = made
    label = comparison.runs[0].label
    expected = compare_music(comparison.generated[label][:, 16:],
                             comparison.held_out.melodies[:, 16:], 0)
    own = section.numbers['runs'][label]
    assert own['accuracy']['mean'] == expected.accuracy.value
    assert own['features']['intervals']['overlap']['mean'] == (
        expected.distances['intervals'].overlap.value)
    assert section.numbers['events'] == 48


def test_each_feature_of_each_network_is_in_the_file(made):
    _, section = made
    table = next(table for table in section.tables if table.name == 'music_features')
    assert not table.is_shown
    assert [tuple(row[:2]) for row in table.rows] == [
        (label, name) for label in section.numbers['runs'] for name in FEATURES]
    for row in table.rows:
        own = section.numbers['runs'][row[0]]['features'][row[1]]
        assert dict(zip(table.columns, row, strict=True))['p (Holm)'] == own['p_holm']


def test_numbers_are_json_and_tables_are_rectangles(made):
    _, section = made
    assert set(section.numbers['groups']) == {'baseline', 'dropout', TRAINING}
    json.dumps(section.numbers, allow_nan=False)
    for table in section.tables:
        assert csv_text(table).count('\n') == len(table.rows) + 1
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert len(section.figures) == 4


def test_a_second_call_computes_nothing_and_another_run_only_its_own(made, no_figures):
    comparison, section = made
    before = comparison.cache.num_computed
    assert make_section(comparison).numbers == section.numbers
    assert comparison.cache.num_computed == before
    changed = comparison.runs[2].label
    keys = {**comparison.keys, changed: 'other weights'}
    make_section(comparison._replace(keys=keys))
    # The run's own comparison, and the figures that show all of them.
    assert comparison.cache.num_computed == before + 2


def test_other_training_music_is_compared_anew(made, no_figures):
    comparison, section = made
    other = comparison.training._replace(events=make_melodies(FAR, 60, 64), sha256='1' * 64)
    found = make_section(comparison._replace(training=other)).numbers
    assert found['groups']['baseline'] == section.numbers['groups']['baseline']
    assert found['groups'][TRAINING]['accuracy']['value'] > 0.8


def test_without_training_music_there_is_no_such_row_and_a_note(
        tmp_path, monkeypatch, no_figures):
    comparison = make_comparison(tmp_path, monkeypatch, MODELS[:1], MELODIES)
    section = make_section(comparison)
    assert list(table_of(section, 'music')) == ['baseline']
    assert any('--training_sequence_example_file' in note for note in section.notes)


def test_too_little_training_music_is_said(made, no_figures):
    comparison, _ = made
    few = comparison.training._replace(events=MELODIES[:30])
    section = make_section(comparison._replace(training=few))
    assert list(table_of(section, 'music')) == ['baseline', 'dropout']
    assert any('30 training melodies have 64 events, 40 are needed' in note
               for note in section.notes)


def test_a_network_that_plays_nothing_is_reported_and_not_a_crash(tmp_path, monkeypatch):
    silent = np.full([6, 6], 1e-9)
    silent[:, 0] = 1 - 5e-9
    comparison = make_comparison(tmp_path, monkeypatch,
                             [MODELS[0], MarkovModel(silent, 'dropout')], MELODIES)
    section = make_section(comparison)
    assert any('No number for pitch range, semitones of dropout' in note
               for note in section.notes)
    assert table_of(section, 'music')['dropout']['told apart [95%]'].value > 0.9
    json.dumps(section.numbers, allow_nan=False)
