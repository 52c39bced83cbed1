"""Any input gives its melodies as data sets have them."""

import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.create import create_dataset
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.piece_melodies import read_piece_melodies
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.readers.tfrecord import write_record
from tests.small import make_melodies, write_examples

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


@pytest.fixture
def music(fill, midi_bytes):
    """A folder of four tunes, one of two voices, and a file that is no music."""
    tunes = {f'{key}.mid': midi_bytes([pitch + key for pitch in SCALE * 9], 1 + (key == 20))
             for key in (0, 7, 13, 20)}
    return fill({**tunes, 'broken.mid': b'MThd'})


@pytest.mark.parametrize('config', ENCODINGS)
def test_melodies_are_those_of_a_data_set_of_the_same_rules(music, tmp_path, config):
    encoding = ENCODINGS[config]
    dataset = create_dataset(music, encoding, tmp_path / 'set', eval_ratio=0.5, seed=1,
                             keep_duplicates=True)
    expected = [events.tolist() for part in dataset.parts.values()
                for events in read_examples(part.path, encoding).events]
    pieces = list(read_piece_melodies(music, encoding, MAGENTA_RULES))
    found = [events.tolist() for piece in pieces for events in piece.melodies]
    assert len(found) == 5
    assert sorted(found) == sorted(expected)
    assert [piece.name for piece in pieces if piece.reason] == ['broken.mid']


@pytest.mark.parametrize('config', ENCODINGS)
def test_sequence_examples_come_back_as_the_melodies_they_encode(tmp_path, config):
    melodies = make_melodies(6, seed=1)
    path = write_examples(tmp_path / 'some.tfrecord', melodies, ENCODINGS[config])
    for given in (path, f'{tmp_path}/*.tfrecord'):
        pieces = list(read_piece_melodies(given, ENCODINGS[config], MAGENTA_RULES))
        for piece, melody in zip(pieces, melodies, strict=True):
            np.testing.assert_array_equal(piece.melodies, [melody])
    assert pieces[3].name == '*.tfrecord, record 3'


def test_note_sequences_give_what_their_midi_files_give(music, tmp_path):
    note_seq = import_note_seq()
    with open(tmp_path / 'sequences', 'wb') as file:
        for path in sorted(music.glob('[0-9]*.mid')):
            sequence = note_seq.midi_file_to_note_sequence(str(path))
            sequence.filename = path.name
            write_record(file, sequence.SerializeToString())
    of_files, of_records = ({piece.name: [events.tolist() for events in piece.melodies]
                             for piece in read_piece_melodies(path, ENCODINGS['basic_rnn'],
                                                              MAGENTA_RULES) if not piece.reason}
                            for path in (music, tmp_path / 'sequences'))
    assert len(of_files) == 4
    assert of_records == of_files


def test_examples_of_another_encoding_are_refused(tmp_path):
    path = write_examples(tmp_path / 'some', make_melodies(2, seed=1), ENCODINGS['lookback_rnn'])
    with pytest.raises(UserError, match='--config=lookback_rnn'):
        list(read_piece_melodies(path, ENCODINGS['basic_rnn'], MAGENTA_RULES))


@pytest.mark.parametrize(('path', 'named'), [
    ('nothing_here', '^[^-].*nothing_here does not exist'), ('*.nothing', 'no file matches'),
    ('empty', '^[^-].*empty has no music files'), ('text.txt', 'text.txt: no TFRecord')])
def test_what_holds_no_music_is_named(tmp_path, path, named):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text.txt').write_text('neither music nor records')
    with pytest.raises(UserError, match=named):
        list(read_piece_melodies(tmp_path / path, ENCODINGS['basic_rnn'], MAGENTA_RULES))
