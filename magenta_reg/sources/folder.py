"""Music in a folder, searched with all folders in it, and music in one file."""

import functools
import os

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, file_piece, has_suffix, is_music, read_music
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources.source import Source
from magenta_reg.sources.tables import TABLE_SUFFIXES, may_be_table, place_files, read_table


def folder_source(folder):
    """Returns the Source of a folder; a table in MAESTRO's form counts if it is at its top."""
    table = read_table(folder, dict(_possible_tables(folder)))
    closed = []
    names = list(_names(folder, closed))
    if not names and not closed:
        raise UserError(f'--input={folder} has no music files ({", ".join(FORMATS)}) in it or '
                        'below it')
    items = closed + place_files(names, table)
    return Source(items, len(items), functools.partial(_read, os.fspath(folder)),
                  splits=table.splits if table else ())


def file_source(path):
    """Returns the Source of one file of music."""
    return Source([(path.name, file_piece(path.name))], 1,
                  functools.partial(_read, os.fspath(path.parent)))


def _possible_tables(folder):
    """Yields the name and the bytes of each file that may be a table."""
    try:
        for path in folder.iterdir():
            if has_suffix(path.name, TABLE_SUFFIXES) and path.is_file():
                with open(path, 'rb') as file:
                    data = file.read(MAX_BYTES)
                if may_be_table(data):
                    yield path.name, data
    except OSError as error:
        raise UserError(f'{error.filename} cannot be read: {error.strerror}') from error


def _names(folder, closed):
    """Yields the music files below a folder; `closed` gets an item for each unreadable folder."""
    def below(path):
        return os.path.relpath(path, folder).replace(os.sep, '/')

    def add_closed(error):
        name = below(error.filename)
        closed.append((name, file_piece(name).failed('unreadable', f'folder: {error.strerror}')))

    for parent, _, names in os.walk(folder, onerror=add_closed):
        prefix = '' if parent == os.fspath(folder) else below(parent) + '/'
        for name in names:
            if is_music(name) and os.path.isfile(os.path.join(parent, name)):
                yield prefix + name


def _read(folder, item):
    name, piece = item
    if piece.reason:
        return [piece]
    try:
        with open(os.path.join(folder, name), 'rb') as file:
            return read_music(file, piece)
    except OSError as error:
        return [piece.failed('unreadable', error.strerror)]
