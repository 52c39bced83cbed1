"""Where music comes from: one reader an input kind, all giving Pieces.

A source lists items that are cheap to make and to send to another process, and reads one item into
its pieces; nothing is read before that. What cannot be read becomes a piece with a reason, and the
rest goes on.
"""

import csv
import functools
import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

from magenta_reg.data.midi import read_midi
from magenta_reg.data.pieces import Piece, notes_of_sequence
from magenta_reg.data.tfrecord import read_records
from magenta_reg.errors import UserError

FOLK = 'folk'
SPLITS = ('train', 'validation', 'test')

_FOLK_BOOKS = ('essenFolksong', 'oneills1850', 'ryansMammoth', 'airdsAirs')
_MIDI_SUFFIXES = ('.mid', '.midi')
_CSV_FILE_COLUMN = 'midi_filename'
_CSV_COLUMNS = ('canonical_composer', 'canonical_title', _CSV_FILE_COLUMN)


class Source(NamedTuple):
    """Music to read.

    Attributes:
        items: iterable of what `read` takes.
        num_items: int, or None where that is known only at the end.
        read: function of an item that returns its list of Pieces.
        unit: str, what an item is.
        splits: tuple of str, the SPLITS that the source's own split has; empty without one.
    """

    items: object
    num_items: int | None
    read: object
    unit: str = 'file'
    splits: tuple = ()


def open_source(path):
    """Finds out what kind of input this is.

    Args:
        path: str or Path, a folder of MIDI files, with or without a CSV in MAESTRO's form; a MIDI
            file; a TFRecord of NoteSequences; or 'folk', the tune books in the music21 package.

    Returns:
        Source.

    Raises:
        UserError: If there is nothing of these kinds.
    """
    if str(path) == FOLK:
        return _folk_source()
    path = Path(path)
    if path.is_dir():
        table = _find_csv(path)
        return _csv_source(path, table) if table else _folder_source(path)
    if not path.exists():
        raise UserError(f'--input={path} does not exist: give a folder of MIDI files, a TFRecord '
                        f'of NoteSequences, or {FOLK!r}')
    if path.suffix.lower() in _MIDI_SUFFIXES:
        return Source([(path, Piece(path.name, path.name, None, None))], 1, _read_midi_item)
    return Source(_record_items(path), None, _read_record_item, 'record')


def _midi_files(folder):
    """Returns the sorted paths of the MIDI files below a folder."""
    files = sorted(path for path in folder.rglob('*')
                   if path.suffix.lower() in _MIDI_SUFFIXES and path.is_file())
    if not files:
        raise UserError(f'--input={folder} has no MIDI files ({" or ".join(_MIDI_SUFFIXES)}) in '
                        'it or below it')
    return files


def _folder_source(folder):
    """A group is a folder, or where all files are in one folder, a file."""
    files = _midi_files(folder)
    is_flat = len({path.parent for path in files}) == 1
    items = []
    for path in files:
        name = path.relative_to(folder)
        group = name if is_flat else name.parent
        items.append((path, Piece(name.as_posix(), group.as_posix(), None, None)))
    return Source(items, len(items), _read_midi_item)


def _read_midi_item(item):
    path, piece = item
    if piece.reason:
        return [piece]
    try:
        return [piece._replace(notes=read_midi(path.read_bytes()))]
    except (OSError, ValueError) as error:
        return [piece.failed('unreadable', error)]


def _find_csv(folder):
    """Returns the one CSV file of a folder that has a column of MIDI files, or None."""
    tables = [path for path in sorted(folder.glob('*.csv'))
              if _CSV_FILE_COLUMN in (_read_csv(path)[0] or ())]
    if len(tables) > 1:
        raise UserError(f'--input={folder} has several CSV files with a column '
                        f'{_CSV_FILE_COLUMN}: {tables[0].name}, {tables[1].name}; leave one')
    return tables[0] if tables else None


def _read_csv(path):
    """Returns the column names, or None, and the rows as dicts."""
    try:
        with open(path, newline='', encoding='utf-8-sig') as file:
            reader = csv.DictReader(file)
            return reader.fieldnames, list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f'{path} is no CSV file in UTF-8: {error}') from error


def _csv_source(folder, table):
    """A group is a composition; a MIDI file that the table does not name is left out."""
    columns, rows = _read_csv(table)
    missing = [column for column in _CSV_COLUMNS if column not in columns]
    if missing:
        raise UserError(f'{table} has no column {missing[0]!r}; it needs {", ".join(_CSV_COLUMNS)}')
    has_split = 'split' in columns
    named = {}
    for line, row in enumerate(rows, 2):
        split = row['split'] if has_split else None
        if has_split and split not in SPLITS:
            raise UserError(f'{table}, line {line}: split is {split!r}, not one of '
                            f'{", ".join(SPLITS)}')
        group = f'{row["canonical_composer"]} / {row["canonical_title"]}'
        name = row[_CSV_FILE_COLUMN] or ''
        named[folder / name] = Piece(name, group, split, None)
    splits = tuple(split for split in SPLITS
                   if any(piece.split == split for piece in named.values()))
    for path in _midi_files(folder):
        if path not in named:
            name = path.relative_to(folder).as_posix()
            named[path] = Piece(name, name, None, None).failed(
                'not_in_csv', f'{table.name} does not name it')
    return Source(list(named.items()), len(named), _read_midi_item, splits=splits)


def _record_items(path):
    """Yields (place, record or error) of a TFRecord; one that is not a TFRecord raises at once."""
    index = 0
    try:
        for index, record in enumerate(read_records(path), 1):
            yield f'{path.name}, record {index - 1}', record
    except UserError as error:
        if not index:
            raise
        yield f'{path.name}, record {index}', error


def _read_record_item(item):
    place, record = item
    piece = Piece(place, place, None, None)
    if isinstance(record, UserError):
        return [piece.failed('unreadable', record)]
    from google.protobuf.message import DecodeError
    from note_seq.protobuf.music_pb2 import NoteSequence
    try:
        sequence = NoteSequence.FromString(record)
        name = Path(sequence.filename or sequence.id or place)
        group = name if name.parent == Path() else name.parent
        piece = piece._replace(name=name.as_posix(), group=group.as_posix())
        return [piece._replace(notes=notes_of_sequence(sequence))]
    except (DecodeError, ValueError) as error:
        return [piece.failed('unreadable', error)]


def _folk_source():
    spec = importlib.util.find_spec('music21')
    if spec is None:
        raise UserError(f'--input={FOLK} reads the tune books of the music21 package, which is '
                        'not installed: pip install music21')
    corpus = Path(spec.origin).parent / 'corpus'
    books = [path for book in _FOLK_BOOKS for path in sorted((corpus / book).glob('*.abc'))]
    return Source(books, len(books), functools.partial(_read_tune_book, corpus), 'book')


def _read_tune_book(folder, path):
    """Returns the tunes of an ABC file; a group is a title, since the books share tunes."""
    from note_seq.abc_parser import ABCParseError, ABCTune
    header, tunes = _split_tune_book(path.read_text(encoding='utf-8', errors='replace'))
    pieces = []
    for number, lines in enumerate(tunes, 1):
        title = next((line[2:].strip() for line in lines if line.startswith('T:')), '')
        name = f'{path.relative_to(folder).as_posix()}#{number} {title}'.strip()
        group = re.sub(r'\W+', ' ', title.casefold()).strip() or name
        piece = Piece(name, group, None, None)
        try:
            notes = notes_of_sequence(ABCTune(header + lines).note_sequence)
            pieces.append(piece._replace(notes=notes))
        # The parser also runs into plain errors where a tune is malformed.
        except (ABCParseError, ValueError, LookupError, ArithmeticError, TypeError) as error:
            pieces.append(piece.failed(f'unreadable: {type(error).__name__}', error))
    return pieces


def _split_tune_book(text):
    """Returns the lines of the header and of each tune: blank lines part them.

    Source: note_seq's `parse_abc_tunebook`, which stops at the first number that comes twice.
    """
    sections = [[line.strip() for line in section.splitlines()]
                for section in re.split(r'\n\s*\n', text.strip()) if section]
    if len(sections) > 1 and not any(line.startswith('X:') for line in sections[0]):
        return sections[0], sections[1:]
    return [], sections
