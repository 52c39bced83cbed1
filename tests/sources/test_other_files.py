"""What is not read is counted by suffix, and what plainly is music is said in one line."""

import re
import tarfile
import zipfile

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.sources.open_source import open_source
from magenta_reg.sources.other_files import count_others, lines_about

FILES = ['a.mid', 'x/B.GP5', 'x/b.gp5', 'x/c.mscz', 'song.mid.gz', 'song.MID.bak', 'old.mid~',
         'README', '.DS_Store', 'notes.txt', '__MACOSX/._a.mid', 'x/._c.mscz', 'more.zip',
         'title 2. in c', 'list.csv']
COUNTS = {'.gp5': 2, '.mscz': 1, '.mid.gz': 1, '.mid.bak': 1, '.mid~': 1, 'without a suffix': 3,
          '.txt': 1, '.zip': 1, '.csv': 1}


@pytest.fixture
def folder(fill, tune):
    return fill({name: tune if name == 'a.mid' else b'?' for name in FILES})


def test_the_files_of_a_folder_and_of_its_archives_are_counted_by_suffix(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as packed_zip, \
            tarfile.open(tmp_path / 'a.tar.gz', 'w:gz') as packed_tar:
        for name in FILES:
            packed_zip.write(folder / name, f'top/{name}')
        packed_tar.add(folder, 'top')
    for path in (folder, tmp_path / 'a.zip', tmp_path / 'a.tar.gz'):
        assert open_source(path).others == COUNTS


def test_music_that_is_not_read_and_archives_have_a_line_each():
    music, archives = lines_about(count_others(FILES))
    assert music == ('files that are not read: 2 .gp5, 1 .mscz, 1 .mid.gz, 1 .mid.bak, 1 .mid~; '
                     'save such music as MIDI, ABC or MusicXML')
    assert archives.startswith('archives in the input that are not opened: 1 .zip; unpack')


def test_what_is_no_music_has_no_line():
    assert lines_about(count_others(['a.mid', 'README.md', 'LICENSE', 'a.csv', 'a.png'])) == []


def test_the_table_that_is_used_counts_as_read(fill, tune):
    table = b'canonical_composer,canonical_title,midi_filename\nBach,Fugue,1.mid\n'
    folder = fill({'t.csv': table, 'other.csv': b'a,b\n', '1.mid': tune})
    assert open_source(folder).others == {'.csv': 1}


@pytest.mark.parametrize('suffix', [
    '.mscx', '.gp', '.gpx', '.sib', '.musx', '.ly', '.krn', '.mei', '.mp3', '.WAV', '.aiff'])
def test_a_single_file_of_unread_music_is_refused_by_its_suffix(suffix, tmp_path):
    (tmp_path / f'song{suffix}').write_bytes(b'?' * 100)
    with pytest.raises(UserError, match=f'{re.escape(suffix.lower())} files are not read; save'):
        open_source(tmp_path / f'song{suffix}')


def test_an_input_without_music_says_what_is_there_instead(fill, tmp_path):
    folder = fill({'1.gp5': b'?', '2.gp5': b'?', 'a.txt': b'?'})
    with pytest.raises(UserError, match=r'no music files .* below it, but 2 \.gp5, 1 \.txt$'):
        open_source(folder)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.writestr('1.gp5', b'?')
    with pytest.raises(UserError, match=r'no music files .* in it, but 1 \.gp5$'):
        open_source(tmp_path / 'a.zip')
