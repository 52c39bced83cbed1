"""Music in a folder, searched with all folders in it, and music in one file."""

import functools
import os

from magenta_reg.data.catalogue import catalogue
from magenta_reg.data.formats import FORMATS, MAX_BYTES, has_suffix, is_music, read_music
from magenta_reg.data.pieces import Piece
from magenta_reg.data.source import Source
from magenta_reg.data.tables import TABLE_SUFFIXES, may_be_table, read_table
from magenta_reg.errors import UserError


def folder_source(folder):
    """Returns the Source of a folder; a table in MAESTRO's form counts if it is at its top.

    Raises:
        UserError: If there is no music in it, or its table cannot be used.
    """
    tables = {path.name: _read_start(path) for path in folder.iterdir()
              if has_suffix(path.name, TABLE_SUFFIXES) and path.is_file()}
    table = read_table(folder, {name: data for name, data in tables.items()
                                if may_be_table(data)})
    names = list(_names(folder))
    if not names:
        raise UserError(f'--input={folder} has no music files ({", ".join(FORMATS)}) in it or '
                        'below it')
    items = catalogue(names, table)
    return Source(items, len(items), functools.partial(_read, os.fspath(folder)),
                  splits=table.splits if table else ())


def file_source(path):
    """Returns the Source of one file of music."""
    item = (path.name, Piece(path.name, path.name, None, None))
    return Source([item], 1, functools.partial(_read, os.fspath(path.parent)))


def _read_start(path):
    try:
        with open(path, 'rb') as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise UserError(f'{path} cannot be read: {error.strerror}') from error


def _names(folder):
    """Yields the music files of a folder and all below it, relative to it."""
    for parent, _, names in os.walk(folder):
        below = os.path.relpath(parent, folder).replace(os.sep, '/')
        for name in names:
            if is_music(name) and os.path.isfile(os.path.join(parent, name)):
                yield name if below == '.' else f'{below}/{name}'


def _read(folder, item):
    name, piece = item
    if piece.reason:
        return [piece]
    try:
        with open(os.path.join(folder, name), 'rb') as file:
            return read_music(file, piece)
    except OSError as error:
        return [piece.failed('unreadable', error.strerror)]
