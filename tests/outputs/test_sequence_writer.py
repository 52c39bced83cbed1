"""A TFRecord of NoteSequences reads back, and is there whole or not at all."""

import pytest

from magenta_reg.base.compat import import_magenta
from magenta_reg.base.errors import UserError
from magenta_reg.outputs.sequence_writer import NoteSequenceWriter
from magenta_reg.readers.tfrecord import read_records
from tests.outputs.pieces import make_piece

PIECES = [make_piece([60, -2, 64, -1], name='first', title='One'),
          make_piece([72, -2], qpm=90.0, name='second')]


def test_what_is_written_reads_back(tmp_path):
    path = tmp_path / 'melodies.tfrecord'
    with NoteSequenceWriter(path) as writer:
        for piece in PIECES:
            writer.write(piece)
        assert not path.exists()
    NoteSequence = import_magenta('note_seq').NoteSequence
    read = [NoteSequence.FromString(record) for record in read_records(path)]
    assert [(each.id, each.sequence_metadata.title) for each in read] == [('first', 'One'),
                                                                         ('second', '')]
    for sequence, piece in zip(read, PIECES, strict=True):
        assert list(sequence.notes) == list(piece.sequence().notes)
        assert sequence.tempos[0].qpm == piece.qpm


def write_one_and_stop(path):
    with NoteSequenceWriter(path) as writer:
        writer.write(PIECES[0])
        raise KeyboardInterrupt


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / 'melodies.tfrecord'
    path.write_text('before')
    with pytest.raises(KeyboardInterrupt):
        write_one_and_stop(path)
    assert path.read_text() == 'before'
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r'^cannot write .*: No such file[^\n]*$'), \
            NoteSequenceWriter(tmp_path / 'nowhere' / 'melodies.tfrecord'):
        pass
