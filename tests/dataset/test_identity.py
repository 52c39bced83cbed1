"""A data set is known by what its parts hold."""

import hashlib
import json
import shutil

from magenta_reg.dataset.folder import dataset_identity, dataset_sha256

PARTS = {'training': b'abc', 'eval': b'de'}


def write_dataset(folder, parts):
    folder.mkdir()
    hashes = {part: hashlib.sha256(content).hexdigest() for part, content in parts.items()}
    for part, content in parts.items():
        (folder / f'{part}_melodies.tfrecord').write_bytes(content)
    (folder / 'dataset.json').write_text(json.dumps(
        {'parts': {part: {'sha256': own} for part, own in hashes.items()}}))
    return hashes


def test_every_part_of_a_data_set_has_the_identity_of_the_whole(tmp_path):
    hashes = write_dataset(tmp_path / 'one', PARTS)
    expected = hashlib.sha256(
        f'training {hashes["training"]}\neval {hashes["eval"]}\n'.encode()).hexdigest()
    for part in PARTS:
        assert dataset_identity(tmp_path / f'one/{part}_melodies.tfrecord') == expected


def test_a_copy_is_the_same_data_set_and_other_contents_are_another(tmp_path):
    write_dataset(tmp_path / 'one', PARTS)
    write_dataset(tmp_path / 'two', PARTS | {'eval': b'df'})
    shutil.copytree(tmp_path / 'one', tmp_path / 'copy')
    name = 'training_melodies.tfrecord'
    one, two, copy = (dataset_identity(tmp_path / folder / name)
                      for folder in ('one', 'two', 'copy'))
    assert one == copy != two


def test_the_order_of_the_parts_does_not_matter_but_their_names_do():
    assert dataset_sha256({'eval': 'a', 'training': 'b'}) == dataset_sha256(
        {'training': 'b', 'eval': 'a'}) != dataset_sha256({'training': 'a', 'eval': 'b'})


def test_a_file_that_was_changed_or_comes_from_elsewhere_has_none(tmp_path):
    write_dataset(tmp_path / 'one', PARTS)
    path = tmp_path / 'one/eval_melodies.tfrecord'
    path.write_bytes(b'other')
    assert dataset_identity(path) is None
    path.with_name('dataset.json').write_text('[no json')
    assert dataset_identity(path) is None
    path.with_name('dataset.json').write_text('[1]')
    assert dataset_identity(path) is None
    assert dataset_identity(tmp_path / 'nowhere.tfrecord') is None
