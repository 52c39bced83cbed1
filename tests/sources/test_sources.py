"""Every kind of input gives pieces of one shape; what cannot be read is named, the rest is read."""

import io
import os
import pickle
import zipfile

import note_seq
import numpy as np
import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.readers import formats, tfrecord
from magenta_reg.readers.tfrecord import write_record
from magenta_reg.sources.open_source import open_source

CSV_HEADER = 'canonical_composer,canonical_title,split,year,midi_filename,duration\n'


def read(path):
    """Returns the pieces of a source by their names."""
    source = open_source(path)
    pieces = [piece for item in source.items for piece in source.read(item)]
    by_name = {piece.name: piece for piece in pieces}
    assert len(by_name) == len(pieces)
    return by_name


def test_a_folder_is_searched_below_in_any_case_and_in_order(fill, tune):
    folder = fill({'b/two.MID': tune, 'a/one.midi': tune, 'a/notes.txt': b'no music'})
    pieces = read(folder)
    assert list(pieces) == ['a/one.midi', 'b/two.MID']
    assert [piece.group for piece in pieces.values()] == ['a', 'b']
    assert len(pieces['a/one.midi'].notes.pitches) == 80


def test_a_single_midi_file_is_a_source(fill, tune):
    assert list(read(fill({'one.mid': tune}) / 'one.mid')) == ['one.mid']


def test_broken_files_are_named_with_their_reason_and_the_rest_is_read(fill, tune):
    pieces = read(fill({'cut.mid': tune[:-20], 'empty.mid': b'', 'text.mid': b'I am not music.',
                        'whole.mid': tune}))
    assert {name: piece.reason for name, piece in pieces.items()} == {
        'cut.mid': 'unreadable', 'empty.mid': 'unreadable', 'text.mid': 'unreadable',
        'whole.mid': None}
    assert pieces['empty.mid'].detail == 'the file is empty'
    assert '\n' not in pieces['cut.mid'].detail


def test_a_suffix_that_lies_is_named_and_music_without_a_suffix_is_counted(fill, tune):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w') as archive:
        archive.writestr('1.mid', tune)
    folder = fill({'zip.mid': packed.getvalue(), 'abc.mid': b'X:1\nK:C\nCDEF|\n', 'midi.txt': tune,
                   'midi': tune, 'whole.mid': tune, 'midi.abc': tune, 'empty.abc': b'',
                   'blank.abc': b'  \n\n'})
    (folder / 'folder.mid').mkdir()
    pieces = read(folder)
    assert open_source(folder).others == {'without a suffix': 1, '.txt': 1}
    assert pieces.pop('whole.mid').reason is None
    assert {name.partition('#')[0] for name in pieces} == {
        'zip.mid', 'abc.mid', 'midi.abc', 'empty.abc', 'blank.abc'}
    assert all(piece.reason.startswith('unreadable') for piece in pieces.values())


SCORE = b"""<score-partwise><part-list><score-part id="P1"><part-name>P</part-name></score-part>
</part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration><voice>1</voice>
<type>quarter</type></note></measure></part></score-partwise>"""


def compressed_score():
    container = b'<container><rootfiles><rootfile full-path="s.xml"/></rootfiles></container>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('META-INF/container.xml', container)
        archive.writestr('s.xml', SCORE)
    return buffer.getvalue()


@pytest.mark.parametrize('name', ['a.xml', 'b.musicxml'])
def test_musicxml_is_read_in_a_folder_and_by_itself(name, fill):
    files = {name: compressed_score() if name == 'c.mxl' else SCORE, 'project.xml': b'<project/>'}
    folder = fill(files)
    assert read(folder)[name].notes.pitches.tolist() == [60]
    assert read(folder / name)[name].notes.pitches.tolist() == [60]
    assert read(folder)['project.xml'].reason == 'unreadable'


def test_names_that_are_no_text_can_be_written_down(fill, tune):
    folder = fill({'line\nbreak.mid': tune})
    with open(os.fsencode(folder) + b'/caf\xe9.mid', 'wb') as file:
        file.write(tune)
    pieces = read(folder)
    assert sorted(pieces) == ['caf\\udce9.mid', 'line\\nbreak.mid']
    assert all(piece.reason is None for piece in pieces.values())


def test_a_tune_book_in_a_folder_gives_its_tunes_in_the_split_of_its_row(fill):
    book = b'X:1\nT:Reel\nK:C\nCDEF|\n\nX:2\nT:Jig\nK:C\nCDEF|\n'
    row = 'Various,Book,validation,,books/a.abc,9\n'
    pieces = read(fill({'m.csv': (CSV_HEADER + row).encode(), 'books/a.abc': book}))
    assert {(piece.name, piece.group, piece.split) for piece in pieces.values()} == {
        ('books/a.abc#1 Reel', 'reel', 'validation'), ('books/a.abc#2 Jig', 'jig', 'validation')}


def test_a_folder_that_cannot_be_looked_into_is_named(fill, tune, monkeypatch):
    folder = fill({'open/1.mid': tune, 'closed/2.mid': tune})
    scandir = os.scandir

    def scandir_as_another_user(path):
        if os.fspath(path).endswith('closed'):
            raise PermissionError(13, 'Permission denied', path)
        return scandir(path)

    monkeypatch.setattr(os, 'scandir', scandir_as_another_user)
    assert {name: piece.reason for name, piece in read(folder).items()} == {
        'open/1.mid': None, 'closed': 'unreadable'}


def test_items_are_small_and_nothing_is_read_before_it_is_asked_for(fill, tune, monkeypatch):
    folder = fill({f'{index}.mid': tune for index in range(50)})
    monkeypatch.setattr(formats, 'read_midi', None)  # Calling it would raise.
    source = open_source(folder)
    assert source.num_items == 50
    assert max(len(pickle.dumps(item)) for item in source.items) < 300


def test_a_csv_gives_compositions_and_the_split(fill, tune):
    rows = ('Bach,"Fugue, in C",train,2008,x/1.mid,9\n'
            'Bach,"Fugue, in C",train,,x/2.mid,9\n'
            'Liszt,Waltz,test,2009,x/3.mid,9\n')
    folder = fill({'maestro.csv': (CSV_HEADER + rows).encode(), 'x/1.mid': tune, 'x/2.mid': tune,
                   'x/4.mid': tune})
    source = open_source(folder)
    assert source.splits == ('train', 'test')
    assert source.num_items == 4
    pieces = read(folder)
    assert pieces['x/1.mid'].group == pieces['x/2.mid'].group == 'Bach / Fugue, in C'
    assert pieces['x/1.mid'].split == 'train'
    assert pieces['x/3.mid'].reason == 'unreadable: missing'
    assert pieces['x/4.mid'].reason == 'not_in_csv'


def test_a_csv_without_a_split_gives_groups_alone(fill, tune):
    table = b'midi_filename,canonical_title,canonical_composer\n1.mid,Waltz,Liszt\n'
    folder = fill({'list.csv': table, '1.mid': tune})
    assert open_source(folder).splits == ()
    assert read(folder)['1.mid'].group == 'Liszt / Waltz'


def test_a_csv_of_something_else_is_no_table_of_contents(fill, tune):
    folder = fill({'other.csv': b'a,b\n1,2\n', 'x/1.mid': tune, 'y/2.mid': tune})
    assert [piece.group for piece in read(folder).values()] == ['x', 'y']


@pytest.mark.parametrize(('files', 'message'), [
    ({'a.csv': (CSV_HEADER + 'Bach,Fugue,tarin,,1.mid,9\n').encode()}, "line 2: split is 'tarin'"),
    ({'a.csv': b'midi_filename,canonical_title\n'}, "no column 'canonical_composer'"),
    ({'a.csv': CSV_HEADER.encode(), 'b.csv': CSV_HEADER.encode()}, 'several tables'),
    ({'a.csv': b'\xff\xfe\x00midi_filename'}, 'no CSV file in UTF-8'),
    ({'a.txt': b''}, 'has no music files'),
])
def test_a_folder_that_cannot_be_used_is_an_error(files, message, fill, tune):
    with pytest.raises(UserError, match=message):
        open_source(fill(files))


def test_a_missing_path_is_an_error(tmp_path):
    with pytest.raises(UserError, match='nowhere does not exist'):
        open_source(tmp_path / 'nowhere')


def write_sequences(path, sequences):
    with open(path, 'wb') as file:
        for sequence in sequences:
            write_record(file, sequence.SerializeToString())
    return path


def test_note_sequences_give_the_notes_of_their_midi_files(fill, tune, tmp_path):
    sequences = [note_seq.midi_to_note_sequence(tune) for _ in range(3)]
    for sequence, filename in zip(sequences, ['x/1.mid', '2.mid', ''], strict=True):
        sequence.filename = filename
    pieces = read(write_sequences(tmp_path / 'notes.tfrecord', sequences))
    assert {name: piece.group for name, piece in pieces.items()} == {
        'x/1.mid': 'x', '2.mid': '2', 'notes.tfrecord, record 2': 'notes tfrecord record 2'}
    midi = read(fill({'1.mid': tune}))['1.mid']
    for theirs, ours in zip(midi.notes, pieces['x/1.mid'].notes, strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_a_tfrecord_cut_in_the_middle_gives_what_is_whole(tune, tmp_path):
    sequences = [note_seq.midi_to_note_sequence(tune) for _ in range(2)]
    path = write_sequences(tmp_path / 'notes.tfrecord', sequences)
    path.write_bytes(path.read_bytes()[:-30])
    first, second = read(path).values()
    assert first.reason is None
    assert second.reason == 'unreadable'
    assert 'ends inside the record' in second.detail


def test_a_tfrecord_is_read_up_to_a_record_that_is_damaged(tune, tmp_path):
    sequences = [note_seq.midi_to_note_sequence(tune) for _ in range(3)]
    path = write_sequences(tmp_path / 'notes.tfrecord', sequences)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    first, second = read(path).values()
    assert first.reason is None
    assert second.reason == 'unreadable'
    assert 'is damaged' in second.detail


@pytest.mark.parametrize('size', [2 ** 31, 2 ** 40, 2 ** 64 - 1])
def test_a_record_that_claims_gigabytes_is_not_asked_for(size, tune, tmp_path):
    path = write_sequences(tmp_path / 'notes.tfrecord', [note_seq.midi_to_note_sequence(tune)])
    length = size.to_bytes(8, 'little')
    with open(path, 'ab') as file:
        file.write(length + tfrecord._masked_crc(length) + b'little')
    first, second = read(path).values()
    assert (first.reason, second.reason) == (None, 'unreadable')
    assert f'claims {size} bytes' in second.detail


def test_note_sequences_that_make_no_sense_are_named(tune, tmp_path):
    quantized = note_seq.quantize_note_sequence(note_seq.midi_to_note_sequence(tune), 4)
    backwards = note_seq.NoteSequence()
    backwards.notes.add(start_time=2.0, end_time=1.0, pitch=60)
    endless = note_seq.NoteSequence()
    endless.notes.add(end_time=float('inf'), pitch=60)
    still = note_seq.NoteSequence()
    still.tempos.add(qpm=0.0)
    high = note_seq.NoteSequence()
    high.notes.add(end_time=1.0, pitch=128)
    sequences = [quantized, backwards, endless, still, high]
    pieces = read(write_sequences(tmp_path / 'notes.tfrecord', sequences))
    assert [piece.reason for piece in pieces.values()] == ['unreadable'] * 5
    assert len({piece.detail for piece in pieces.values()}) == 5


def test_a_file_that_is_no_tfrecord_is_an_error(tmp_path):
    path = tmp_path / 'notes.tfrecord'
    path.write_text('This is a text of more than twelve bytes.')
    with pytest.raises(UserError, match=r'no TFRecord file at all.*let its name end in \.mid'):
        read(path)


def test_the_tune_books_give_what_note_seq_reads_of_them():
    source = open_source('folk')
    (book,) = [path for path in source.items if path.name == 'book1.abc']
    pieces = source.read(book)
    assert len(pieces) == sum(line.startswith('X:') for line in book.read_text().splitlines())
    tunes, _ = note_seq.abc_parser.parse_abc_tunebook_file(str(book))
    expected = [[note.pitch for note in tune.notes] for tune in tunes.values() if tune.notes]
    assert len(expected) > 50
    ours = iter([piece.notes.pitches.tolist() for piece in pieces if piece.notes is not None])
    assert all(pitches in ours for pitches in expected)  # In order; others may come between.


def test_some_tune_books_are_chosen_by_name_and_others_are_one_line():
    books = open_source('folk').items
    chosen = open_source('folk:airdsAirs,ryansMammoth').items
    assert set(chosen) < set(books)
    assert {path.parent.name for path in chosen} == {'airdsAirs', 'ryansMammoth'}
    with pytest.raises(UserError, match="unknown tune book 'airds': did you mean 'airdsAirs'"):
        open_source('folk:ryansMammoth,airds')


def test_tunes_of_one_title_are_one_group_in_every_book(tmp_path):
    book = 'X:1\nT:The Reel\nK:C\nCDEF|\n\nX:1\nT: THE REEL!\nK:C\nCDEF|\n\nX:3\nK:C\nCDEF|\n'
    path = tmp_path / 'book.abc'
    path.write_text(book)
    source = open_source(path)
    first, second, third = (piece for item in source.items for piece in source.read(item))
    assert first.group == second.group == 'the reel'
    assert third.group == third.name == 'book.abc#3'
