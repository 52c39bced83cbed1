"""Links to music and to folders are music; one that leads nowhere is named, and none runs wild."""

import io
import os
import pickle
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.sources.open_source import open_source

BROKEN = 'unreadable: broken_link'


def reasons(path):
    source = open_source(path)
    pieces = [piece for item in source.items for piece in source.read(item)]
    assert len(pieces) == len({piece.name for piece in pieces}) == source.num_items
    return {piece.name: piece.reason for piece in pieces}


def details(path):
    source = open_source(path)
    return {piece.name: piece.detail for item in source.items for piece in source.read(item)}


def test_a_linked_folder_is_searched(fill, tune):
    folder = fill({'here/1.mid': tune})
    (folder / 'there').symlink_to(fill({'2.mid': tune, 'below/3.mid': tune}, 'elsewhere'))
    assert reasons(folder) == {'here/1.mid': None, 'there/2.mid': None, 'there/below/3.mid': None}


def test_a_folder_that_is_linked_twice_is_read_once_and_by_its_own_name(fill, tune):
    folder = fill({'z/1.mid': tune})
    (folder / 'a').symlink_to(folder / 'z')
    elsewhere = fill({'2.mid': tune}, 'elsewhere')
    (folder / 'c').symlink_to(elsewhere)
    (folder / 'b').symlink_to(elsewhere)
    assert reasons(folder) == {'z/1.mid': None, 'b/2.mid': None}


def test_links_in_a_circle_end(fill, tune):
    folder = fill({'1.mid': tune, 'x/2.mid': tune})
    (folder / 'x' / 'top').symlink_to(folder)
    (folder / 'self').symlink_to('self')
    other = fill({'3.mid': tune}, 'other')
    (folder / 'other').symlink_to(other)
    (other / 'back').symlink_to(folder / 'x')
    (other / 'again').symlink_to(other)
    assert reasons(folder) == {'1.mid': None, 'x/2.mid': None, 'other/3.mid': None}


def test_a_link_to_all_of_the_disk_is_named_and_not_followed(fill, tune, tmp_path):
    folder = fill({'1.mid': tune})
    (folder / 'z').symlink_to('/')
    (folder / 'up').symlink_to('..')
    assert reasons(folder) == {'1.mid': None, 'z': 'unreadable', 'up': 'unreadable'}
    assert 'holds the input itself' in details(folder)['z']


def test_an_input_that_is_a_link_is_its_folder(fill, tune, tmp_path):
    (tmp_path / 'link').symlink_to(fill({'x/1.mid': tune}))
    assert reasons(tmp_path / 'link') == {'x/1.mid': None}


def test_what_is_no_file_is_named_and_not_opened(fill, tune):
    folder = fill({'1.mid': tune})
    (folder / '2.mid').symlink_to('gone.mid')
    os.mkfifo(folder / '3.mid')
    assert reasons(folder) == {'1.mid': None, '2.mid': BROKEN, '3.mid': 'unreadable'}
    assert details(folder)['2.mid'] == 'a link to gone.mid, which is not there'


def write_tar(path, members):
    """Writes members in their order: bytes, or (type, target)."""
    with tarfile.open(path, 'w:gz' if path.suffix == '.gz' else 'w') as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return path


def write_zip(path, members):
    """Writes members in their order: bytes, or (any, target) for a symbolic link."""
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            if not isinstance(content, bytes):
                info.external_attr, content = (stat.S_IFLNK | 0o777) << 16, content[1].encode()
            archive.writestr(info, content)
    return path


SYMBOLIC, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


def pitches(path):
    """Returns the first pitch of each piece, or its reason."""
    source = open_source(path)
    pieces = [piece for item in source.items for piece in source.read(pickle.loads(
        pickle.dumps(item)))]
    assert len(pieces) == source.num_items
    return {piece.name: piece.reason or int(piece.notes.pitches[0]) for piece in pieces}


@pytest.fixture
def tunes(midi_bytes):
    """Two tunes whose first notes are 60 and 61."""
    return [midi_bytes([first, 62, 64, 65, 67, 69, 71] * 10) for first in (60, 61)]


@pytest.mark.parametrize('name', ['a.tar', 'a.tar.gz'])
@pytest.mark.parametrize('top', ['', './', 'packed/'])
def test_hard_links_in_a_tar_have_the_bytes_of_their_member(name, top, tunes, tmp_path):
    path = write_tar(tmp_path / name, [
        (f'{top}x/1.mid', tunes[0]), (f'{top}x/2.mid', (HARD, f'{top}x/1.mid')),
        (f'{top}y/3.mid', (HARD, f'{top}x/2.mid')), (f'{top}y/4.mid', tunes[1])])
    assert pitches(path) == {'x/1.mid': 60, 'x/2.mid': 60, 'y/3.mid': 60, 'y/4.mid': 61}


def test_a_hard_link_has_what_its_member_held_there(tunes, tmp_path):
    path = write_tar(tmp_path / 'a.tar', [
        ('1.mid', tunes[0]), ('2.mid', (HARD, '1.mid')), ('1.mid', tunes[1])])
    assert pitches(path) == {'1.mid': 61, '2.mid': 60}


def test_a_member_with_the_name_of_an_earlier_link_replaces_it(tunes, tmp_path):
    path = write_tar(tmp_path / 'a.tar', [
        ('1.mid', tunes[0]), ('2.mid', (HARD, '1.mid')), ('2.mid', tunes[1]), ('3.mid', tunes[0]),
        ('3.mid', (SYMBOLIC, '2.mid'))])
    assert pitches(path) == {'1.mid': 60, '2.mid': 61, '3.mid': 61}


def test_a_tool_that_packs_hard_links_is_understood(fill, tunes, tmp_path):
    folder = fill({'a/1.mid': tunes[0]})
    os.link(folder / 'a' / '1.mid', folder / '2.mid')
    (folder / '3.mid').symlink_to('a/1.mid')
    with tarfile.open(tmp_path / 'a.tar', 'w') as archive:
        archive.add(folder, 'packed')
    assert pitches(tmp_path / 'a.tar') == pitches(folder) == {
        'a/1.mid': 60, '2.mid': 60, '3.mid': 60}


@pytest.mark.parametrize('write', [write_tar, write_zip])
@pytest.mark.parametrize('top', ['', 'packed/'])
def test_symbolic_links_to_a_member_are_that_member_before_it_and_behind(
        write, top, tunes, tmp_path):
    members = [('x/before.mid', (SYMBOLIC, '../y/1.mid')), ('y/1.mid', tunes[0]),
               ('y/behind.mid', (SYMBOLIC, './1.mid')), ('chain.mid', (SYMBOLIC, 'x/before.mid')),
               ('folder', (SYMBOLIC, 'y')), ('through.mid', (SYMBOLIC, 'folder/1.mid')),
               ('2.mid', tunes[1])]
    path = write(tmp_path / 'archive', [(top + name, content) for name, content in members])
    path = path.rename(tmp_path / ('a.tar' if write is write_tar else 'a.zip'))
    assert pitches(path) == {'x/before.mid': 60, 'y/1.mid': 60, 'y/behind.mid': 60,
                             'chain.mid': 60, 'through.mid': 60, '2.mid': 61}


@pytest.mark.parametrize('write', [write_tar, write_zip])
def test_links_that_lead_out_or_in_a_circle_are_named_and_not_followed(write, tunes, tmp_path):
    outside = tmp_path / 'outside.mid'
    outside.write_bytes(tunes[0])
    path = write(tmp_path / 'archive', [
        ('1.mid', tunes[0]), ('2.mid', (SYMBOLIC, str(outside))), ('3.mid', (SYMBOLIC, '3.mid')),
        ('4.mid', (SYMBOLIC, '5.mid')), ('5.mid', (SYMBOLIC, '4.mid')),
        ('6.mid', (SYMBOLIC, '../outside.mid')), ('7.mid', (SYMBOLIC, ''))])
    path = path.rename(tmp_path / ('a.tar' if write is write_tar else 'a.zip'))
    assert pitches(path) == {'1.mid': 60, **{f'{number}.mid': BROKEN for number in range(2, 8)}}
    assert str(outside) in details(path)['2.mid']


def test_links_to_folders_or_out_of_an_archive_are_counted(tunes, tmp_path):
    path = write_tar(tmp_path / 'a.tar', [
        ('top/x/1.mid', tunes[0]), ('top/y', (SYMBOLIC, 'x')), ('top/z', (SYMBOLIC, '/')),
        ('top/README', b'?'), ('top/notes', (SYMBOLIC, 'README'))])
    assert pitches(path) == {'x/1.mid': 60}
    assert open_source(path).others == {'without a suffix': 2, 'links to no file in it': 2}


def test_hard_links_to_what_is_not_there_and_devices_are_named(tunes, tmp_path):
    path = write_tar(tmp_path / 'a.tar', [
        ('1.mid', tunes[0]), ('2.mid', (HARD, '/etc/passwd')), ('3.mid', (tarfile.CHRTYPE, '')),
        ('4.mid', (tarfile.FIFOTYPE, ''))])
    assert reasons(path) == {'1.mid': None, '2.mid': BROKEN, '3.mid': 'unreadable',
                             '4.mid': 'unreadable'}


def test_a_link_in_a_table_is_its_file(tunes, tmp_path):
    table = (b'canonical_composer,canonical_title,midi_filename\n'
             b'Bach,Fugue,2.mid\nBach,Air,1.mid\nLiszt,Waltz,3.mid\n')
    path = write_tar(tmp_path / 'a.tar', [
        ('t.csv', table), ('1.mid', tunes[0]), ('2.mid', (HARD, '1.mid')),
        ('3.mid', (SYMBOLIC, 'gone'))])
    assert pitches(path) == {'2.mid': 60, '1.mid': 60, '3.mid': BROKEN}


names = st.sampled_from(['a', 'b', 'a/1.mid', 'b/2.mid', '3.mid', '4.mid', '../5.mid'])
contents = st.one_of(st.just(b'X'), st.tuples(st.sampled_from([SYMBOLIC, HARD]), st.one_of(
    names, st.sampled_from(['', '.', '..', '../a', '/a/1.mid', '../a/1.mid', '//', 'a/../3.mid']))))


@given(st.lists(st.tuples(names, contents), max_size=8))
def test_no_web_of_links_is_worse_than_a_line(tmp_path_factory, members):
    members = [('0.mid', b'X'), *members]
    path = write_tar(tmp_path_factory.mktemp('links') / 'a.tar', members)
    seen = reasons(path)
    assert set(seen) >= {name for name, _ in members if name.endswith('.mid')}
    assert all(reason.startswith('unreadable') for reason in seen.values())
