"""Music in a folder, searched with all folders in it, linked ones too, and music in one file."""

import functools
import os

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, file_piece, has_suffix, is_music, read_music
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources.other_files import but_others, count_others
from magenta_reg.sources.source import Source
from magenta_reg.sources.tables import TABLE_SUFFIXES, may_be_table, place_files, read_table


def folder_source(folder, by_folder=False):
    """Returns the Source of a folder; a table in MAESTRO's form counts if it is at its top."""
    table = read_table(folder, dict(_possible_tables(folder)))
    closed = []
    names = list(_names(folder, closed))
    others = count_others(names, table and table.name)
    names = [name for name in names if is_music(name)]
    if not names and not closed:
        raise UserError(f'--input={folder} has no music files ({", ".join(FORMATS)}) in it or '
                        f'below it{but_others(others)}')
    placed, line = place_files(names, table, by_folder)
    items = closed + placed
    return Source(items, len(items), functools.partial(_read, os.fspath(folder)),
                  splits=table.splits if table else (), others=others, grouping=line)


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
    """Yields the files below a folder; `closed` gets an item for each unreadable folder.

    Links to folders are followed, each folder once: by its own name if it has one below, else by
    that of the first link, in order. A link to a folder that holds this one is not: it may be all
    of the disk.
    """
    def below(path):
        return os.path.relpath(path, folder).replace(os.sep, '/')

    def add_closed(error):
        add(error.filename, f'folder: {error.strerror}')

    def add(path, why):
        closed.append((below(path), file_piece(below(path)).failed('unreadable', why)))

    home, seen, tops = os.path.realpath(folder), set(), [folder]
    for top in tops:
        target = os.path.realpath(top)
        if target != home and os.path.commonpath([target, home]) == target:
            add(top, f'a link to {target}, a folder that holds the input itself')
            continue
        for parent, folders, names in os.walk(top, onerror=add_closed):
            status = os.stat(parent)
            if (status.st_dev, status.st_ino) in seen:
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            folders.sort()
            paths = [os.path.join(parent, name) for name in folders]
            tops += filter(os.path.islink, paths)
            prefix = '' if parent == os.fspath(folder) else below(parent) + '/'
            yield from (prefix + name for name in names)


def _read(folder, item):
    name, piece = item
    path = os.path.join(folder, name)
    if piece.reason:
        return [piece]
    try:
        if os.path.islink(path) and not os.path.exists(path):
            return [piece.failed('unreadable: broken_link', f'a link to {os.readlink(path)}, '
                                 'which is not there')]
        if os.path.exists(path) and not os.path.isfile(path):  # Opening a pipe would not return.
            return [piece.failed('unreadable', 'it is no regular file')]
        with open(path, 'rb') as file:
            return read_music(file, piece)
    except OSError as error:
        return [piece.failed('unreadable', error.strerror)]
