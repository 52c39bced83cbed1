"""Judges take no side: they are of the runs' encoding and saw none of the melodies compared."""

import pytest
import yaml

from magenta_reg.analysis.comparison import judges as judges_module
from magenta_reg.analysis.comparison.judges import load_judges
from magenta_reg.analysis.comparison.runs import group_runs, load_runs
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.examples import Examples
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_runs, make_transitions

TRUTH = make_transitions(0)
MELODIES = make_melodies(TRUTH, 6, 20)
HELD_OUT = Examples(MELODIES[:3], 'D/test.tfrecord', 'h' * 64)
TRAINING = Examples(MELODIES[3:], 'D/training.tfrecord', 't' * 64)


@pytest.fixture
def load(tmp_path, monkeypatch):
    def load_with(data, encoding='basic_rnn', training=TRAINING, held_out=HELD_OUT, seed=9):
        models = [MarkovModel(TRUTH), MarkovModel(TRUTH, 'dropout'),
                  MarkovModel(TRUTH, 'dropout', seed, encoding)]
        run_dirs = make_runs(tmp_path, monkeypatch, models, MELODIES)
        for run_dir, model, trained_on in zip(run_dirs, models, ('a', 'b', data), strict=True):
            content = {'name': model.name, 'seed': 0, **(
                {'data': {'train': trained_on * 64}} if trained_on else {})}
            (run_dir / 'config.yaml').write_text(yaml.safe_dump(content))
        groups = group_runs(load_runs(run_dirs[:2])[0])
        return load_judges(run_dirs[2:], groups, held_out, training)

    return load_with


def test_a_judge_of_other_melodies_is_loaded_under_a_label_of_its_own(load):
    judges, notes = load('j')
    assert [judge.label for judge in judges] == ['judge dropout']
    assert notes == []


def test_without_folders_there_is_no_judge():
    assert load_judges([], [], HELD_OUT, TRAINING) == ([], [])


@pytest.mark.parametrize(('data', 'said'), [
    ('b', 'that dropout was trained on, too'), ('h', 'that are held out'),
    ('t', 'that are the training file')])
def test_a_judge_that_was_trained_on_what_is_compared_is_refused(load, data, said):
    with pytest.raises(UserError, match=f'run2 was trained on melodies {said}.*--judge_ratio'):
        load(data)


def test_one_of_several_held_out_files_is_enough_to_refuse_it(load):
    with pytest.raises(UserError, match='that are held out'):
        load('j', held_out=HELD_OUT._replace(file_sha256s=('i' * 64, 'j' * 64)))


def test_another_encoding_is_refused(load):
    with pytest.raises(UserError, match='run2 is lookback_rnn, the compared runs are basic_rnn'):
        load('j', encoding='lookback_rnn')


def test_a_judge_that_did_not_record_its_melodies_is_named(load):
    _, (note,) = load('')
    assert note.startswith('What the judge ')
    assert note.endswith('config.yaml does not say.')


def test_a_judge_that_began_with_the_weights_of_a_compared_network_is_named(load):
    _, (note,) = load('j', seed=0)
    assert note.endswith('has seed 0 as compared networks have: it began with the same weights.')


def test_melodies_that_a_judges_own_part_shares_are_counted(load, tmp_path, monkeypatch):
    (tmp_path / 'dataset.json').write_text(
        '{"parts": {"judge": {"file": "judge.tfrecord", "sha256": "' + 'j' * 64 + '"}}}')
    (tmp_path / 'judge.tfrecord').write_bytes(b'')
    monkeypatch.setattr(judges_module, 'read_examples', lambda path, encoding: Examples(
        MELODIES[2:5], str(path), 'j' * 64))
    _, notes = load('j', training=TRAINING._replace(path=str(tmp_path / 'training.tfrecord')))
    assert [note[:20] for note in notes] == ['2 of the 3 melodies ', '1 of the 3 melodies ']
    assert all(f'are in {tmp_path}/judge.tfrecord, which a judge' in note for note in notes)
