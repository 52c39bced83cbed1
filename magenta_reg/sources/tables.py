"""Which composition and split each file of an input belongs to: by a table, or by its name.

Tables have MAESTRO's form: CSV with a header; JSON by columns, {"midi_filename": {"0": ...}, ...},
as MAESTRO's own; or JSON as a list of one object a file. Two of one stem describe the same files,
and the CSV is taken.

Source: https://magenta.tensorflow.org/datasets/maestro.
"""

import csv
import io
import json
import posixpath
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import file_piece, has_suffix
from magenta_reg.sources.compositions import compositions, folder_of

SPLITS = ('train', 'validation', 'test')
_FILE_COLUMN = 'midi_filename'
_COLUMNS = ('canonical_composer', 'canonical_title', _FILE_COLUMN)
TABLE_SUFFIXES = ('.csv', '.json')


class FileTable(NamedTuple):
    """What a table says of its files.

    Attributes:
        name: str, of the table.
        places: dict of str, a file relative to the table, to (composition, split or None).
        splits: tuple of str, the SPLITS that occur.
    """

    name: str
    places: dict
    splits: tuple


def place_files(names, table, by_folder=False):
    """Returns a list of (file, Piece without notes) of the files of music of an input; and a line.

    Without a table a group is one of the `compositions`, and the line is what they say, or ''. With
    one, the files come in its order and a group is a composition; a file that it does not name is
    left out.

    Args:
        names: list of str, the files, relative, with '/'.
        table: FileTable or None.
        by_folder: bool, a group is a folder in any case.
    """
    if table:
        return _place_by_table(set(names), table, by_folder), ''
    groups, line = compositions(names)
    if by_folder:
        groups, line = {name: folder_of(name) for name in names}, ''
    return [(name, file_piece(name, groups[name])) for name in _in_order(names)], line


def _place_by_table(names, table, by_folder):
    placed = []
    for name, (group, split) in table.places.items():
        piece = file_piece(name, folder_of(name) if by_folder else group, split)
        if name not in names:
            piece = piece.failed('unreadable: missing', f'{table.name} names it, but there is no '
                                 'such file of music')
        placed.append((name, piece))
    return placed + [(name, file_piece(name).failed('not_in_csv',
                                                    f'{table.name} does not name it'))
                     for name in _in_order(names - set(table.places))]


def _in_order(names):
    return sorted(names, key=lambda name: name.split('/'))


def is_table_place(name):
    """Returns whether a member of an archive is where a table is looked for."""
    return has_suffix(name, TABLE_SUFFIXES) and name.removeprefix('./').count('/') <= 1


def may_be_table(data):
    """Returns whether a file's bytes, in whatever encoding, name MAESTRO's column of files."""
    return _FILE_COLUMN.encode() in data.replace(b'\0', b'')


def read_table(where, files):
    """Returns the one FileTable among files, or None; UserError if there are several, or it is bad.

    Args:
        where: str or Path, the input, for messages.
        files: dict of str, name of a .csv or .json file, to its bytes.
    """
    found = {}
    for name, data in sorted(files.items()):
        path = posixpath.join(str(where), name)
        stem, suffix = posixpath.splitext(name)
        is_csv = suffix.lower() == '.csv'
        columns, rows = (_csv_rows if is_csv else _json_rows)(path, data)
        if _FILE_COLUMN in columns and (stem not in found or is_csv):
            found[stem] = name, path, columns, rows
    if len(found) > 1:
        first, second, *_ = [name for name, *_ in found.values()]
        raise UserError(f'--input={where} has several tables (CSV or JSON) with a column '
                        f'{_FILE_COLUMN}: {first}, {second}; leave one')
    return _table(*found.popitem()[1]) if found else None


def _csv_rows(path, data):
    """Returns the column names and (place, dict) of each row."""
    try:
        reader = csv.DictReader(io.StringIO(data.decode('utf-8-sig'), newline=''))
        return reader.fieldnames or (), [(f'line {line}', row) for line, row in
                                         enumerate(reader, 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'{path} is no CSV file in UTF-8: {error}') from error


def _json_rows(path, data):
    """Returns the column names and (place, dict) of each row; no columns if it is no table."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(f'{path} names a {_FILE_COLUMN}, but is no JSON: {error}') from error
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        return set().union(*content), [(f'row {index}', row) for index, row in enumerate(content)]
    files = content.get(_FILE_COLUMN) if isinstance(content, dict) else None
    if not isinstance(files, dict):
        return (), []
    columns = {name: column for name, column in content.items() if isinstance(column, dict)}
    return columns, [(f'row {key}', {name: column.get(key) for name, column in columns.items()})
                     for key in files]


def _table(name, path, columns, rows):
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        raise UserError(f'{path} has no column {missing[0]!r}; it needs {", ".join(_COLUMNS)}')
    has_split = 'split' in columns
    places = {}
    for place, row in rows:
        split = row.get('split') if has_split else None
        if has_split and split not in SPLITS:
            raise UserError(f'{path}, {place}: split is {split!r}, not one of '
                            f'{", ".join(SPLITS)}')
        group = f'{row.get("canonical_composer")} / {row.get("canonical_title")}'
        file = posixpath.normpath(str(row.get(_FILE_COLUMN) or ''))
        if places.setdefault(file, (group, split)) != (group, split):
            raise UserError(f'{path}, {place}: {file} is named twice, as different music; '
                            'leave one')
    used = {split for _, split in places.values()}
    return FileTable(name, places, tuple(split for split in SPLITS if split in used))
