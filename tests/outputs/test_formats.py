"""Every format is written whole or not at all; MIDI is what note_seq makes of the melody."""

import resource
from contextlib import contextmanager

import pytest

from magenta_reg.compat import import_magenta
from magenta_reg.errors import UserError
from magenta_reg.outputs.formats import OUTPUT_FORMATS
from tests.outputs.pieces import long_piece, make_piece

BEGINNINGS = {'midi': b'MThd', 'musicxml': b'<?xml', 'wav': b'RIFF', 'png': b'\x89PNG'}


@contextmanager
def room_for(num_bytes):
    """Files cannot grow beyond this, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize('name', OUTPUT_FORMATS)
def test_a_file_is_written_and_nothing_else(name, tmp_path):
    path = tmp_path / f'melody{OUTPUT_FORMATS[name].suffix}'
    OUTPUT_FORMATS[name].writer(make_piece([60, -2, 64, -1]), path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes().startswith(BEGINNINGS[name])


@pytest.mark.parametrize('name', OUTPUT_FORMATS)
def test_a_folder_that_is_not_there_is_one_line(name, tmp_path):
    with pytest.raises(UserError, match=r'^cannot write .*nowhere/melody: No such file[^\n]*$'):
        OUTPUT_FORMATS[name].writer(make_piece([60]), tmp_path / 'nowhere' / 'melody')


@pytest.mark.parametrize('name', OUTPUT_FORMATS)
def test_on_a_full_disk_the_old_file_stays(name, tmp_path):
    path = tmp_path / 'melody'
    path.write_text('before')
    with room_for(100), pytest.raises(UserError, match=r'^cannot write .*melody: File too large$'):
        OUTPUT_FORMATS[name].writer(long_piece(64), path)
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_midi_is_what_note_seq_writes(tmp_path):
    note_seq = import_magenta('note_seq')
    melody = note_seq.Melody([60, -2, 62, -1, -2, 64, -2, -2])
    note_seq.sequence_proto_to_midi_file(melody.to_sequence(qpm=97.0), str(tmp_path / 'theirs.mid'))
    OUTPUT_FORMATS['midi'].writer(make_piece(list(melody), qpm=97.0), tmp_path / 'ours.mid')
    assert (tmp_path / 'ours.mid').read_bytes() == (tmp_path / 'theirs.mid').read_bytes()


def test_midi_reads_back(tmp_path):
    events = [60, -2, 62, -1, -2, 64, -2, -2]
    OUTPUT_FORMATS['midi'].writer(make_piece(events, qpm=120.0), tmp_path / 'melody.mid')
    melody = import_magenta('note_seq').midi_file_to_melody(str(tmp_path / 'melody.mid'))
    assert list(melody) == events
