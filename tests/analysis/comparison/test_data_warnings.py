import hashlib
import json
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from magenta_reg.analysis.comparison.data_warnings import (
    chosen_notes,
    held_out_notes,
    notes_on,
    training_notes,
)
from magenta_reg.dataset.examples import Examples
from magenta_reg.dataset.folder import dataset_identity, dataset_sha256


def comparison(training, held_out, *of_groups, encodings='bbbb'):
    groups = [SimpleNamespace(label=f'group {index}', training_data=data, encoding=encoding)
              for index, (data, encoding) in enumerate(zip(of_groups, encodings, strict=False))]
    return SimpleNamespace(training=SimpleNamespace(sha256=training),
                           examples=SimpleNamespace(sha256=held_out), groups=groups)


def test_the_right_file_and_runs_that_recorded_none_need_no_note():
    assert training_notes(comparison('a', 'b', 'a', '')) == []
    # The same melodies for another encoding are another file.
    assert training_notes(comparison('a', 'b', 'a', 'c', encodings='bl')) == []


@pytest.mark.parametrize(('hashes', 'said'), [
    (('a', 'a', 'a'), 'are the same'), (('a', 'b', 'a', 'c'), 'not the one that group 1 was'),
])
def test_a_wrong_file_is_named(hashes, said):
    note, = training_notes(comparison(*hashes))
    assert said in note


def examples(sha256, *numbers, files=()):
    return Examples([np.array([60, number], np.int32) for number in numbers], 'x', sha256, files)


GROUPS = [SimpleNamespace(label=f'group {data}', training_data=data) for data in ('a', 'b', '')]


@pytest.mark.parametrize(('held_out', 'training', 'said'), [
    (examples('a', 1), None, 'group a was trained on'),
    (examples('ac', 1, files=('c', 'b')), None, 'among others the melodies that group b'),
    (examples('c', 1, 2, 3), examples('a', 2, 3, 4), '2 of the 3 melodies'),
])
def test_melodies_that_runs_were_trained_on_are_named_by_the_runs_own_record(
        held_out, training, said):
    note, = held_out_notes(GROUPS, held_out, training)
    assert note.startswith('Not ')
    assert said in note


def test_melodies_that_no_run_was_trained_on_need_no_note():
    assert held_out_notes(GROUPS, examples('c', 1), None) == []
    assert held_out_notes(GROUPS, examples('c', 1), examples('a', 2)) == []


def tuned(label, training_data='a', encoding='basic_rnn', **settings):
    return SimpleNamespace(label=label, n_seeds=2, encoding=encoding, training_data=training_data,
                           runs=[], settings=settings)


def test_other_training_data_are_said_within_one_encoding():
    other = tuned('b', 'c', learning_rate=0.1)
    assert any('trained on different data' in note
               for note in notes_on([tuned('a', learning_rate=0.1), other], []))
    other.encoding = 'lookback_rnn'
    assert not any('trained on different data' in note
                   for note in notes_on([tuned('a', learning_rate=0.1), other], []))


def test_settings_that_all_methods_have_should_be_the_same():
    rates = [tuned('baseline', **{'hparams.learning_rate': 0.001, 'hparams.dropout_keep_prob': 1}),
             tuned('dropout', **{'hparams.learning_rate': 0.001, 'hparams.dropout_keep_prob': 0.5}),
             tuned('seqgan', **{'hparams.learning_rate': 0.003, 'hparams.dropout_keep_prob': 1,
                                'hparams.rollouts': 4})]
    assert notes_on(rates[:2], []) == []
    note, = notes_on(rates, [])
    assert 'learning_rate 0.001 (baseline), 0.001 (dropout), 0.003 (seqgan)' in note
    assert 'rollouts' not in note
    assert 'dropout_keep_prob' not in note


@pytest.fixture
def dataset(tmp_path):
    """The folder of a data set of two parts, and the hash of each."""
    hashes = {}
    for part in ('training', 'eval'):
        (tmp_path / f'{part}.tfrecord').write_text(part)
        hashes[part] = hashlib.sha256(part.encode()).hexdigest()
    (tmp_path / 'dataset.json').write_text(json.dumps({'parts': {
        part: {'file': f'{part}.tfrecord', 'sha256': each} for part, each in hashes.items()}}))
    return tmp_path, hashes


@pytest.mark.parametrize(('data', 'part', 'is_said'), [
    ({'eval': 'eval'}, 'eval', True), ({'eval': 'other'}, 'eval', False),
    ({'eval': 'eval'}, 'training', False), ({'dataset': 'this'}, 'eval', True),
    ({'dataset': 'this'}, 'training', False), ({'dataset': 'another'}, 'eval', False),
    ({}, 'eval', False)])
def test_melodies_that_chose_the_best_checkpoint_are_said_to_be_no_test(
        dataset, data, part, is_said):
    folder, hashes = dataset
    path = folder / f'{part}.tfrecord'
    known = {**hashes, 'this': dataset_sha256(hashes)}
    assert dataset_identity(path) == known['this']
    (folder / 'config.yaml').write_text(yaml.safe_dump({'data': {
        'train': 'x', **{key: known.get(each, each) for key, each in data.items()}}}))
    group = SimpleNamespace(label='mine', runs=[SimpleNamespace(run_dir=folder)])
    notes = chosen_notes([group], Examples([], str(path), hashes[part]))
    assert len(notes) == is_said
    assert all('the best checkpoint of mine was chosen by its loss on' in note for note in notes)
