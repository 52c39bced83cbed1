"""Archives give what their folder gives, and nothing in one can hurt."""

import bz2
import gzip
import io
import lzma
import multiprocessing
import pickle
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.create import create_dataset
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources import tar_files, zip_files
from magenta_reg.sources.open_source import open_source

TABLE = (b'canonical_composer,canonical_title,split,midi_filename\n'
         b'Bach,Fugue,train,x/2.mid\nBach,Fugue,train,x/1.mid\nLiszt,Waltz,test,x/3.mid\n')
ABC = b'X:1\nT:The Reel\nK:C\nCDEF|\n'
TARS = {'music.tar': bytes, 'music.tar.gz': gzip.compress, 'music.TGZ': gzip.compress,
        'music.tar.bz2': bz2.compress, 'music.tar.xz': lzma.compress}


def make_zip(path, files, **options):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data, **options)
    return path


def tar_bytes(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def make_tar(path, files):
    path.write_bytes(TARS[path.name](tar_bytes(files)))
    return path


def make(path, files):
    return (make_zip if path.suffix == '.zip' else make_tar)(path, files)


def read(path):
    """Returns (name, group, split, reason, notes as bytes) of each piece."""
    source = open_source(path)
    pieces = [piece for item in source.items for piece in source.read(pickle.loads(
        pickle.dumps(item)))]
    return [(piece.name, piece.group, piece.split, piece.reason, pickle.dumps(piece.notes))
            for piece in pieces]


def reasons(path):
    return {name: reason for name, _, _, reason, _ in read(path)}


@pytest.mark.parametrize('top', ['', 'packed/', './'])
@pytest.mark.parametrize('name', ['music.zip', *TARS])
@pytest.mark.parametrize('files', [
    {'a/1.mid': None, 'a/2.MIDI': None, 'b-c/3.mid': b'no music', 'read me.txt': b'',
     'b/4.mid': b''},
    {'maestro.csv': TABLE, 'x/1.mid': None, 'x/2.mid': None, 'x/4.mid': None, 'x/5.txt': b''},
    {'one.mid': None, 'two.mid': None, 'book.abc': ABC},
])
def test_an_archive_gives_what_its_folder_gives(files, name, top, fill, tune, tmp_path):
    files = {path: data if data is not None else tune for path, data in files.items()}
    folder = read(fill(files))
    archive = read(make(tmp_path / name, {top + path: data for path, data in files.items()}))
    if name == 'music.zip':
        assert archive == folder
    assert sorted(archive) == sorted(folder)
    assert open_source(tmp_path / name).splits == open_source(tmp_path / 'music').splits


def test_nothing_is_unpacked_to_disk(tune, tmp_path):
    (tmp_path / 'inner').mkdir()
    for name in ('music.zip', 'music.tar.gz'):
        make(tmp_path / 'inner' / name, {'a/1.mid': tune, '../2.mid': tune})
        read(tmp_path / 'inner' / name)
    assert sorted(path.name for path in tmp_path.rglob('*') if path.is_file()) == [
        'music.tar.gz', 'music.zip']


@pytest.mark.parametrize('name', ['music.zip', 'music.tar'])
def test_paths_that_lead_out_are_named_and_skipped(name, tune, tmp_path):
    files = dict.fromkeys(['../1.mid', '/2.mid', 'x/../../3.mid', 'C:\\4.mid', '..\\5.mid',
                           'safe..mid'], tune)
    seen = reasons(make(tmp_path / name, files))
    assert seen.pop('safe..mid') is None
    assert seen == dict.fromkeys(['../1.mid', '/2.mid', 'x/../../3.mid', 'C:\\4.mid', '..\\5.mid'],
                                 'unreadable: unsafe_path')


@pytest.mark.parametrize('name', ['music.zip', 'music.tar.gz'])
def test_files_that_fill_memory_are_named_and_skipped(name, tune, tmp_path):
    files = {'bomb.mid': bytes(MAX_BYTES + 1), 'whole.mid': tune}
    assert reasons(make(tmp_path / name, files)) == {'bomb.mid': 'unreadable: too_large',
                                                     'whole.mid': None}


def test_a_file_in_a_folder_has_the_same_limit(fill, tune):
    folder = fill({'whole.mid': tune, 'huge.mid': b''})
    with open(folder / 'huge.mid', 'wb') as file:
        file.truncate(2 ** 40)  # No disk holds it: it is one hole.
    assert reasons(folder) == {'huge.mid': 'unreadable: too_large', 'whole.mid': None}


def test_a_zip_that_lies_about_a_size_is_not_believed(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'liar.mid': bytes(10 ** 8), 'whole.mid': tune})
    true_size = (10 ** 8).to_bytes(4, 'little')
    assert path.read_bytes().count(true_size) == 2
    path.write_bytes(path.read_bytes().replace(true_size, (10 ** 3).to_bytes(4, 'little')))
    assert reasons(path) == {'liar.mid': 'unreadable', 'whole.mid': None}


def test_damaged_zip_members_are_named_and_the_rest_is_read(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'bad.mid': tune, 'whole.mid': tune})
    data = bytearray(path.read_bytes())
    data[60:70] = bytes(10)
    path.write_bytes(data)
    assert reasons(path) == {'bad.mid': 'unreadable', 'whole.mid': None}


def test_encrypted_zip_members_are_named(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'1.mid': tune})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # The flag in the member's own header ...
    data[data.index(b'PK\x01\x02') + 8] |= 1  # ... and in the directory.
    path.write_bytes(data)
    assert reasons(path) == {'1.mid': 'unreadable: encrypted'}


@pytest.mark.parametrize(('name', 'data'), [
    ('a.zip', b'no archive'), ('a.zip', b''), ('a.tar', b'no archive' * 100), ('a.tar', b''),
    ('a.tar.gz', b'no archive'), ('a.tar.gz', gzip.compress(b'no archive' * 100, mtime=0)),
    ('a.tgz', b'\x1f\x8b'), ('a.tar.xz', b'\xfd7zXZ\x00no'), ('a.tar.bz2', b'BZhno'),
])
def test_a_file_that_is_no_archive_is_an_error_of_one_line(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=f'{name} is no (zip|tar) archive') as raised:
        open_source(tmp_path / name)
    assert '\n' not in str(raised.value)


def test_a_zip_without_its_end_is_an_error(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'1.mid': tune, '2.mid': tune})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UserError, match='is no zip archive, or a damaged one'):
        open_source(path)


@pytest.mark.parametrize('name', ['music.zip', 'music.tar'])
def test_an_archive_without_music_is_an_error(name, tmp_path):
    with pytest.raises(UserError, match='has no music files'):
        open_source(make(tmp_path / name, {'1.txt': b'words'}))


@pytest.mark.parametrize('pack', [bytes, gzip.compress])
def test_a_tar_cut_in_the_middle_gives_what_is_whole(pack, tune, tmp_path):
    whole = tar_bytes({f'{index}.mid': tune for index in range(4)})
    cut = whole[:whole.index(b'3.mid') + 600]
    data = bytes(cut) if pack is bytes else gzip.compress(cut)[:-8]
    path = tmp_path / 'a.tar'
    path.write_bytes(data)
    assert reasons(path) == {
        '0.mid': None, '1.mid': None, '2.mid': None, '3.mid': 'unreadable',
        'a.tar, after 3.mid': 'unreadable: damaged_archive'}
    source = open_source(path)
    assert source.num_items == len(list(source.items)) == 5


def test_a_damaged_header_does_not_end_a_tar_in_silence(tune, tmp_path):
    data = bytearray(tar_bytes({'0.mid': tune, '1.mid': tune, '2.mid': tune}))
    start = data.index(b'1.mid')
    data[start:start + 512] = b'\xff' * 512
    path = tmp_path / 'a.tar'
    path.write_bytes(data)
    assert reasons(path) == {'0.mid': None,
                             'a.tar, after 0.mid': 'unreadable: damaged_archive'}


def test_a_tar_header_that_claims_gigabytes_stops_it_there(tune, tmp_path):
    info = tarfile.TarInfo('long name')
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2 ** 33
    data = tar_bytes({'0.mid': tune}).rstrip(b'\0')
    data += bytes(-len(data) % 512) + info.tobuf(tarfile.GNU_FORMAT) + bytes(2 ** 16)
    path = tmp_path / 'a.tar'
    path.write_bytes(data)
    assert reasons(path) == {'0.mid': None,
                             'a.tar, after 0.mid': 'unreadable: damaged_archive'}


def test_a_tar_that_unpacks_without_end_is_left(tune, tmp_path, monkeypatch):
    monkeypatch.setattr(tar_files, '_MIN_BOMB_BYTES', 2 ** 21)
    path = make_tar(tmp_path / 'music.tar.gz', {'0.mid': tune, 'bomb.bin': bytes(2 ** 22),
                                                '1.mid': tune})
    assert reasons(path) == {'0.mid': None,
                             'music.tar.gz, after bomb.bin': 'unreadable: damaged_archive'}


def _names(path, indices):
    source = open_source(path)
    return [piece.name for index in indices for piece in source.read(source.items[index])
            if piece.notes is not None]


def test_forked_processes_read_one_zip_at_once(midi_bytes, tmp_path):
    files = {f'{index:03}.mid': midi_bytes([60 + index % 12] * 200) for index in range(60)}
    path = make_zip(tmp_path / 'a.zip', files)
    assert len(_names(path, range(60))) == 60  # Here, so that the children inherit an open file.
    with multiprocessing.get_context('fork').Pool(4) as pool:
        found = pool.starmap(_names, [(path, range(60))] * 8)
    assert found == [list(files)] * 8


def test_a_zip_is_opened_once_for_all_its_files(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {f'{index}.mid': tune for index in range(20)})
    zip_files._open.cache_clear()
    read(path)
    assert zip_files._open.cache_info().misses == 1


def test_twins_that_macos_writes_are_no_music(tune, tmp_path):
    path = make_zip(tmp_path / 'a.zip', {'x/1.mid': tune, '__MACOSX/x/._1.mid': b'twin'})
    assert reasons(path) == {'x/1.mid': None}


def test_of_two_members_with_one_name_the_last_counts(midi_bytes, tmp_path):
    path = tmp_path / 'a.tar'
    first, last = tar_bytes({'1.mid': b'old'}), tar_bytes({'1.mid': midi_bytes([60])})
    path.write_bytes(first[:1024] + last)
    assert reasons(path) == {'1.mid': None}


@pytest.fixture(scope='module')
def packed():
    """A small archive of each kind, by its suffix."""
    files = {'t.csv': TABLE, 'x/1.mid': b'MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0',
             'x/2.mid': b'', 'book.abc': ABC}
    buffer = io.BytesIO()
    make_zip(buffer, files)
    tar = tar_bytes(files)[:-15 * 512]
    return {'.zip': buffer.getvalue(), '.tar': tar, '.tar.gz': gzip.compress(tar),
            '.tar.xz': lzma.compress(tar), '.tar.bz2': bz2.compress(tar)}


@given(suffix=st.sampled_from(['.zip', '.tar', '.tar.gz', '.tar.xz', '.tar.bz2']),
       changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=8)),
                        max_size=4), end=st.floats(0.5, 1))
@settings(max_examples=200, deadline=None)
def test_no_damage_to_an_archive_is_worse_than_a_line(packed, suffix, changes, end):
    data = bytearray(packed[suffix])
    for place, replacement in changes:
        start = int(place * len(data))
        data[start:start + len(replacement)] = replacement
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data[:int(end * len(data))] if end < 0.9 else data)
        file.flush()
        try:
            seen, message = reasons(Path(file.name)), ''
        except UserError as error:
            seen, message = {}, str(error)
    assert '\n' not in message
    assert all(reason is None or reason == 'not_in_csv' or reason.startswith('unreadable')
               for reason in seen.values())


@pytest.mark.parametrize('name', ['music.zip', 'music.tar.gz'])
def test_the_data_set_of_an_archive_is_that_of_its_folder_to_the_byte(name, fill, midi_bytes,
                                                                      tmp_path):
    files = {f'{part}/{shift}.mid': midi_bytes([60 + shift, 62, 64, 65, 67, 69 + part, 71, 72] * 10)
             for part in range(6) for shift in range(2)}
    archive = make(tmp_path / name, {'top/' + path: data for path, data in files.items()})
    of_folder, of_archive = (
        create_dataset(source, get_encoding('basic_rnn'), tmp_path / out, 0.5, num_workers=workers)
        for source, out, workers in [(fill(files), 'first', 1), (archive, 'second', 2)])
    assert of_folder.parts['training'].num_melodies > 0
    assert [part.sha256 for part in of_folder.parts.values()] == [
        part.sha256 for part in of_archive.parts.values()]
