"""Killed anywhere, a folder holds the old data set or the new one, once somebody looks at it.

A data set is known by what its parts hold.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.dataset.folder import (
    dataset_identity,
    dataset_sha256,
    finish_interrupted_move,
    replacing_dataset,
)

NAMES = ('training_melodies.tfrecord', 'eval_melodies.tfrecord', 'test_melodies.tfrecord')
# Every change that is made to a folder, those within shutil too, raises one of these events.
WRITER = '''
import json, os, signal, sys
from pathlib import Path
from magenta_reg.dataset.folder import replacing_dataset

changes_left = int(sys.argv[2])

def kill_at_a_change(event, _):
    global changes_left
    if event in ('os.rename', 'os.remove', 'os.mkdir', 'os.rmdir'):
        changes_left -= 1
        if changes_left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill_at_a_change)
with replacing_dataset(Path(sys.argv[1])) as folder:
    for name, content in json.loads(sys.argv[3]).items():
        (folder / name).write_text(content)
'''


def dataset(content, num_parts, plot=None):
    """Returns the files of a data set as a dict of names and contents."""
    parts = {name: {'file': name} for name in NAMES[:num_parts]}
    files = {name: f'{content} {name}' for name in parts}
    if plot:
        files[plot] = f'{content} plot'
    return files | {'dataset.json': json.dumps({'of': content, 'parts': parts, 'plot': plot})}


def write(folder, files):
    with replacing_dataset(folder) as partial:
        for name, content in files.items():
            (partial / name).write_text(content)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


OLD, NEW = dataset('old', 3, 'dataset.png'), dataset('new', 2)


@pytest.mark.parametrize(('old', 'new'), [(OLD, NEW), (NEW, OLD), ({}, NEW)],
                         ids=['fewer files', 'more files', 'the first'])
def test_a_run_killed_at_any_change_leaves_one_data_set_whole(old, new, tmp_path):
    seen, num_changes, status = [], 0, None
    while status != 0:
        folder = tmp_path / str(num_changes)
        folder.mkdir()
        mine = {'notes.txt': 'mine', 'dataset.old': 'mine'}
        for name, content in mine.items():
            (folder / name).write_text(content)
        if old:
            write(folder, old)
        status = subprocess.run([sys.executable, '-c', WRITER, folder, str(num_changes),
                                 json.dumps(new)], check=False).returncode
        assert status in (0, -signal.SIGKILL)
        finish_interrupted_move(folder)
        found = contents(folder)
        assert found in (old | mine, new | mine)
        seen.append(found == new | mine)
        write(folder, new)
        assert contents(folder) == new | mine
        assert set(os.listdir(folder)) == set(new | mine)
        num_changes += 1
    # Once it is the new one it stays so, and both were seen.
    assert seen == sorted(seen)
    assert not seen[0]
    assert sum(seen) > 3


def test_an_error_while_writing_leaves_the_old_data_set(tmp_path):
    write(tmp_path, OLD)
    with pytest.raises(TypeError):
        write(tmp_path, NEW | {NAMES[1]: None})
    assert contents(tmp_path) == OLD
    assert set(os.listdir(tmp_path)) == set(OLD)


def test_files_that_no_report_names_stay(tmp_path):
    (tmp_path / NAMES[2]).write_text('mine')
    write(tmp_path, NEW)
    assert contents(tmp_path) == NEW | {NAMES[2]: 'mine'}


def test_a_report_cannot_name_files_outside_its_folder(tmp_path):
    (tmp_path / 'mine').write_text('mine')
    folder = tmp_path / 'out'
    folder.mkdir()
    (folder / 'dataset.json').write_text(
        json.dumps({'parts': {'training': {'file': '../mine'}}, 'plot': '..'}))
    write(folder, NEW)
    assert (tmp_path / 'mine').read_text() == 'mine'


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    with replacing_dataset(tmp_path) as partial:
        with pytest.raises(UserError, match='another process is writing'), \
                replacing_dataset(tmp_path):
            pass
        (partial / 'dataset.json').write_text(OLD['dataset.json'])
    write(tmp_path, NEW)


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
