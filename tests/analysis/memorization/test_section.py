import json

import numpy as np
import pytest

from magenta_reg.analysis.memorization import section as memorization_section
from magenta_reg.analysis.memorization.measure import measure_memorization
from magenta_reg.analysis.memorization.section import make_section
from magenta_reg.analysis.report.tables import csv_text
from magenta_reg.measures.copied_passages import TrainingIndex
from tests.analysis.fake_comparison import make_comparison, table_of
from tests.analysis.fake_runs import MarkovModel, make_melodies

# Events that are all as likely: chance makes few long passages.
CHANCE = np.full([6, 6], 1 / 6)
MELODIES = make_melodies(CHANCE, 30, 64)
TRAINING = make_melodies(CHANCE, 80, 64, seed=11)


class Copying(MarkovModel):
    """Goes on with a training melody, two semitones up, whatever the primer is."""

    def generate(self, primers, num_steps, seed, temperature=1.0, batch_size=64):
        return [np.concatenate([primer, _up(melody[:num_steps - len(primer)])]).astype(np.int32)
                for primer, melody in zip(primers, TRAINING, strict=False)]


def _up(events):
    return np.where(events >= 0, events + 2, events)


MODELS = [MarkovModel(CHANCE, 'baseline'), MarkovModel(CHANCE, 'baseline', seed=1),
          Copying(0.9 * CHANCE + 0.1 / 6, 'dropout')]


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """The Comparison and the Section of a method that knows nothing and one that copies."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        comparison = make_comparison(tmp_path_factory.mktemp('memorization'), monkeypatch, MODELS,
                                 MELODIES, has_training=True, num_steps=64)
        training = comparison.training._replace(events=TRAINING, sha256='1' * 64)
        comparison = comparison._replace(training=training)
        yield comparison, make_section(comparison)


def test_copying_is_found_and_chance_is_not(made):
    rows = table_of(made[1], 'memorization_differences')
    assert [rows['dropout'][name] for name in ('longest runs', '4-grams')] == ['more'] * 2
    assert rows['dropout']['longest run, events [95%]'].low > 20
    assert rows['dropout']['share of new 4-grams of notes [95%]'].high < 0
    assert [rows['baseline'][name] for name in ('longest runs', '4-grams')] == [
        'undecided'] * 2
    difference = rows['baseline']['longest run, events [95%]']
    assert difference.low < 0 < difference.high


def test_the_held_out_melodies_are_the_floor(made):
    rows = table_of(made[1], 'memorization')
    assert list(rows) == ['baseline', 'dropout', 'held-out melodies']
    column = 'longest run, events [95%]'
    differences = table_of(made[1], 'memorization_differences')
    for label in ('baseline', 'dropout'):
        assert rows[label][column].value - rows['held-out melodies'][column].value == (
            pytest.approx(differences[label][column].value))
    assert [row['seeds'] for row in rows.values()] == [2, 1, None]


def test_where_no_melody_differs_there_is_no_interval_to_believe_in(made):
    rows = table_of(made[1], 'memorization')
    name = next(name for name in rows['dropout'] if 'rare run' in name)
    assert rows['dropout'][name][:3] == (1.0, None, None)


def test_the_longest_passages_are_where_the_table_says(made):
    comparison, section = made
    table = next(table for table in section.tables if table.name == 'memorization_longest')
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert {row['music'] for row in rows} == {*comparison.generated, 'held-out melodies'}
    for row in rows:
        melodies = comparison.generated.get(row['music'], comparison.held_out.melodies)
        begin, size = row['begins at its step (from 0)'], row['events']
        own = melodies[row['held-out melody (from 0)']][begin:begin + size]
        training = TRAINING[row['training melody (from 0)']][row['begins at its step']:][:size]
        moved = np.where(training >= 0, training + row['transposed by, semitones'], training)
        assert np.array_equal(own, moved)
        assert row['events of the run'] == ' '.join(map(str, own))
        assert begin >= 16
    counts = measure_memorization(
        TrainingIndex(TRAINING), comparison.held_out.melodies[:, 16:])
    for counted, expected in (('events', counts.num_events), ('notes', counts.num_notes)):
        assert [row[counted] for row in rows if row['music'] == 'held-out melodies'
                and row['those with most'] == counted] == sorted(expected)[:-4:-1]
    copied = [row for row in rows if row['music'] == 'dropout']
    assert copied[0]['events'] >= 45
    assert copied[0]['transposed by, semitones'] == 2


def test_numbers_are_json_and_tables_are_rectangles(made):
    _, section = made
    json.dumps(section.numbers, allow_nan=False)
    assert set(section.numbers['groups']) == {'baseline', 'dropout'}
    assert section.numbers['groups']['dropout']['differences']['longest_run']['shares'] == 'more'
    for table in section.tables:
        assert csv_text(table).count('\n') == len(table.rows) + 1
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert [figure.name for figure in section.figures] == ['memorization']


def test_p_values_are_corrected_over_all_groups_and_measures(made):
    table = next(table for table in made[1].tables if table.name == 'memorization_tests')
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert len(rows) == 10
    least = min(row['p'] for row in rows)
    assert min(row['p (Holm)'] for row in rows) == pytest.approx(10 * least)


def test_a_second_call_computes_nothing_and_searches_nothing(made, monkeypatch):
    comparison, section = made
    monkeypatch.setattr(memorization_section, 'TrainingIndex', None)
    before = comparison.cache.num_computed
    assert make_section(comparison).numbers == section.numbers
    assert comparison.cache.num_computed == before


def test_other_training_music_is_searched_again(made, monkeypatch):
    comparison, section = made
    monkeypatch.setattr(memorization_section, '_draw', lambda *_: None)
    other = comparison.training._replace(events=TRAINING[40:], sha256='2' * 64)
    found = make_section(comparison._replace(training=other)).numbers
    for label, own in section.numbers['groups'].items():
        assert found['groups'][label]['novelty_4']['value'] > own['novelty_4']['value']


@pytest.mark.parametrize(('training', 'said'), [
    (None, '--training_sequence_example_file'), ([np.array([-2, -1])], 'has no note')])
def test_without_training_music_a_note_says_what_is_missing(made, training, said):
    comparison, _ = made
    given = training and comparison.training._replace(events=training)
    section = make_section(comparison._replace(training=given))
    assert said in section.notes[0]
    assert [section.figures, section.tables, section.numbers] == [[], [], {}]
