"""Music in a folder, searched with all folders in it, and music in one file."""

import functools
import os

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import (
    FORMATS,
    MAX_BYTES,
    has_suffix,
    is_music,
    printable,
    read_music,
)
from magenta_reg.readers.notes import Piece
from magenta_reg.sources.listing import Source, catalogue
from magenta_reg.sources.tables import TABLE_SUFFIXES, may_be_table, read_table


def folder_source(folder):
    """Returns the Source of a folder; a table in MAESTRO's form counts if it is at its top.

    Raises:
        UserError: If there is no music in it, or its table cannot be used.
    """
    table = read_table(folder, dict(_possible_tables(folder)))
    closed = []
    names = list(_names(folder, closed))
    if not names and not closed:
        raise UserError(f'--input={folder} has no music files ({", ".join(FORMATS)}) in it or '
                        'below it')
    items = closed + catalogue(names, table)
    return Source(items, len(items), functools.partial(_read, os.fspath(folder)),
                  splits=table.splits if table else ())


def file_source(path):
    """Returns the Source of one file of music."""
    item = (path.name, Piece(path.name, path.name, None, None))
    return Source([item], 1, functools.partial(_read, os.fspath(path.parent)))


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
    """Yields the music files of a folder and all below it, relative to it.

    Args:
        folder: Path.
        closed: list that gets an item for each folder that cannot be looked into.
    """
    def below(path):
        return os.path.relpath(path, folder).replace(os.sep, '/')

    def add_closed(error):
        name = below(error.filename)
        piece = Piece(printable(name), printable(name), None, None)
        closed.append((name, piece.failed('unreadable', f'folder: {error.strerror}')))

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
