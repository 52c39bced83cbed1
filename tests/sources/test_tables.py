"""MAESTRO's table is understood in each form it comes in; what does not fit is said in one line."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.sources.open_source import open_source
from magenta_reg.sources.tables import SPLITS, read_table

ROWS = [
    {'canonical_composer': 'Bach', 'canonical_title': 'Fugue, in C', 'split': 'train',
     'year': 2008, 'midi_filename': 'x/1.mid'},
    {'canonical_composer': 'Frédéric Chopin', 'canonical_title': 'Étude "Torrent"',
     'split': 'validation', 'year': 2009, 'midi_filename': 'x/2.mid'},
    {'canonical_composer': 'Liszt', 'canonical_title': 'Waltz', 'split': 'test', 'year': 2011,
     'midi_filename': 'y/3.mid'},
]


def as_csv(rows, encoding='utf-8'):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator='\r\n')
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode(encoding)


def as_columns(rows):
    return json.dumps({column: {str(index): row[column] for index, row in enumerate(rows)}
                       for column in rows[0]}).encode()


def as_records(rows):
    return json.dumps(rows).encode()


def read(path):
    source = open_source(path)
    return source, [piece for item in source.items for piece in source.read(item)]


@pytest.mark.parametrize('tables', [
    {'m.csv': as_csv(ROWS)}, {'M.CSV': as_csv(ROWS, 'utf-8-sig')}, {'m.json': as_columns(ROWS)},
    {'m.json': as_records(ROWS)},
    {'m.csv': as_csv(ROWS), 'm.json': as_columns(ROWS[:1]), 'other.json': b'{"a": [1]}'},
])
def test_every_form_says_the_same(tables, fill, tune):
    files = dict.fromkeys(['x/1.mid', 'x/2.mid', 'y/3.mid', 'z/4.mid'], tune)
    source, pieces = read(fill(tables | files))
    assert source.splits == SPLITS
    assert [(piece.name, piece.group, piece.split, piece.reason) for piece in pieces] == [
        ('x/1.mid', 'Bach / Fugue, in C', 'train', None),
        ('x/2.mid', 'Frédéric Chopin / Étude "Torrent"', 'validation', None),
        ('y/3.mid', 'Liszt / Waltz', 'test', None),
        ('z/4.mid', 'z/4.mid', None, 'not_in_csv')]


@given(st.lists(st.builds(
    lambda text, split, name: {'canonical_composer': text, 'canonical_title': text[::-1],
                               'split': split, 'midi_filename': f'{name}.mid'},
    st.text(st.characters(codec='utf-8', exclude_characters='\r\0'), max_size=8),
    st.sampled_from(SPLITS), st.integers(0, 10 ** 6)),
    min_size=1, max_size=6, unique_by=lambda row: row['midi_filename']))
def test_csv_and_json_are_one(rows):
    first = read_table('here', {'a.csv': as_csv(rows)})
    assert first.places == {
        row['midi_filename']: (f'{row["canonical_composer"]} / {row["canonical_title"]}',
                               row['split']) for row in rows}
    for write in (as_columns, as_records):
        other = read_table('here', {'a.json': write(rows)})
        assert (other.places, other.splits) == (first.places, first.splits)


def test_a_table_cannot_name_files_outside_of_its_folder(fill, tune):
    rows = [ROWS[0] | {'midi_filename': name}
            for name in ('../secret.mid', '/etc/passwd', './x/../in.mid', '')]
    folder = fill({'m.csv': as_csv(rows), 'in.mid': tune})
    (folder.parent / 'secret.mid').write_bytes(tune)
    _, pieces = read(folder)
    assert {piece.name: piece.reason for piece in pieces} == {
        '../secret.mid': 'unreadable: missing', '/etc/passwd': 'unreadable: missing',
        'in.mid': None, '.': 'unreadable: missing'}


@pytest.mark.parametrize(('name', 'data', 'message'), [
    ('m.json', b'{"midi_filename": {"0": "1.mid"', r'm.json names a midi_filename, but is no JSON'),
    ('m.json', b'[' * 10 ** 5 + b'midi_filename', r'm.json names a midi_filename, but is no JSON'),
    ('m.json', as_columns([{'midi_filename': 'x/1.mid'}]), "no column 'canonical_composer'"),
    ('m.json', as_columns([ROWS[0] | {'split': 'tarin'}]), "row 0: split is 'tarin'"),
    ('m.json', as_records([*ROWS, {'midi_filename': 'x/9.mid'}]), 'row 3: split is None'),
    ('m.csv', as_csv(ROWS, 'utf-16'), 'm.csv is no CSV file in UTF-8'),
    ('m.csv', as_csv([*ROWS, ROWS[0] | {'split': 'test'}]), r'line 5: x/1.mid is named twice'),
])
def test_a_table_that_cannot_be_used_is_an_error_of_one_line(name, data, message, fill, tune):
    folder = fill({name: data, 'x/1.mid': tune})
    with pytest.raises(UserError, match=message) as raised:
        open_source(folder)
    assert '\n' not in str(raised.value)


@pytest.mark.parametrize('data', [
    b'', b'null', b'{"midi_filename": 3}', b'["midi_filename"]', b'"midi_filename"', b'{broken',
])
def test_other_json_is_no_table(data, fill, tune):
    source, pieces = read(fill({'m.json': data, 'x/1.mid': tune, 'y/2.mid': tune}))
    assert source.splits == ()
    assert [piece.group for piece in pieces] == ['x', 'y']
