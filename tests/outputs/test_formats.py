"""Every format is written atomically; MIDI is what note_seq makes of the melody."""

import io
import resource
from contextlib import contextmanager

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.outputs.formats import OUTPUT_FORMATS, midi, note_sequence_writer
from magenta_reg.readers.tfrecord import read_records
from tests.outputs.melodies import any_events, long_melody, make_melody

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
    OUTPUT_FORMATS[name].writer(make_melody([60, -2, 64, -1]), path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes().startswith(BEGINNINGS[name])


@pytest.mark.parametrize('name', OUTPUT_FORMATS)
def test_a_folder_that_is_not_there_is_one_line(name, tmp_path):
    with pytest.raises(UserError, match=r'^cannot write .*nowhere/melody: No such file[^\n]*$'):
        OUTPUT_FORMATS[name].writer(make_melody([60]), tmp_path / 'nowhere' / 'melody')


@pytest.mark.parametrize('name', OUTPUT_FORMATS)
def test_on_a_full_disk_the_old_file_stays(name, tmp_path):
    path = tmp_path / 'melody'
    path.write_text('before')
    with room_for(100), pytest.raises(UserError, match=r'^cannot write .*melody: File too large$'):
        OUTPUT_FORMATS[name].writer(long_melody(64), path)
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


@given(any_events, st.floats(20, 400))
@settings(max_examples=40)
def test_midi_has_the_content_that_note_seq_writes(events, qpm):
    note_seq = import_note_seq()
    melody = note_seq.Melody(events.tolist())
    theirs = io.BytesIO()
    note_seq.note_sequence_to_pretty_midi(melody.to_sequence(qpm=qpm)).write(theirs)
    ours = midi(make_melody(events, qpm=qpm))
    read = [mido.MidiFile(file=io.BytesIO(data)) for data in (theirs.getvalue(), ours)]
    assert read[0].ticks_per_beat == read[1].ticks_per_beat
    assert messages(read[0]) == messages(read[1])


def messages(file):
    """Returns what is played, when, in order: a note's end as the note-on of velocity 0 it is."""
    found = []
    for track in file.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == 'set_tempo':
                found.append((ticks, 'tempo', message.tempo))
            elif message.type == 'time_signature':
                found.append((ticks, 'meter', message.numerator, message.denominator))
            elif message.type in ('note_on', 'note_off'):
                velocity = message.velocity if message.type == 'note_on' else 0
                found.append((ticks, 'note', velocity, message.note))
    return sorted(found, key=str)


def test_midi_reads_back(tmp_path):
    events = [60, -2, 62, -1, -2, 64, -2, -2]
    OUTPUT_FORMATS['midi'].writer(make_melody(events, qpm=120.0), tmp_path / 'melody.mid')
    melody = import_note_seq().midi_file_to_melody(str(tmp_path / 'melody.mid'))
    assert list(melody) == events


MELODIES = [make_melody([60, -2, 64, -1], name='first', title='One'),
            make_melody([72, -2], qpm=90.0, name='second')]


def test_note_sequences_read_back(tmp_path):
    path = tmp_path / 'melodies.tfrecord'
    with note_sequence_writer(path) as write:
        for melody in MELODIES:
            write(melody)
        assert not path.exists()
    NoteSequence = import_note_seq().NoteSequence
    read = [NoteSequence.FromString(record) for record in read_records(path)]
    assert [(each.id, each.sequence_metadata.title) for each in read] == [('first', 'One'),
                                                                         ('second', '')]
    for sequence, melody in zip(read, MELODIES, strict=True):
        assert list(sequence.notes) == list(melody.sequence().notes)
        assert sequence.tempos[0].qpm == melody.qpm


def write_one_and_stop(path):
    with note_sequence_writer(path) as write:
        write(MELODIES[0])
        raise KeyboardInterrupt


def test_an_error_leaves_the_old_note_sequences(tmp_path):
    path = tmp_path / 'melodies.tfrecord'
    path.write_text('before')
    with pytest.raises(KeyboardInterrupt):
        write_one_and_stop(path)
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_note_sequences_in_a_folder_that_is_not_there_are_one_line(tmp_path):
    with pytest.raises(UserError, match=r'^cannot write .*: No such file[^\n]*$'), \
            note_sequence_writer(tmp_path / 'nowhere' / 'melodies.tfrecord'):
        pass
