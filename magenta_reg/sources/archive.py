"""Music in a zip or tar archive, read member by member: nothing is ever unpacked to disk."""

import functools
import os
import posixpath
import re

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, file_piece, has_suffix, is_music
from magenta_reg.sources import tar_files, zip_files
from magenta_reg.sources.source import Source
from magenta_reg.sources.tables import place_files, read_table

_TAR_SUFFIXES = ('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz')
ARCHIVE_SUFFIXES = ('.zip', *_TAR_SUFFIXES)

_LEADS_OUT = re.compile(r'/|[A-Za-z]:/|(.*/)?\.\.(/|\Z)', re.DOTALL)


def archive_source(path):
    """Returns the Source of an archive: the same pieces as the folder that was packed gives.

    One folder that holds all the rest is taken for the folder. A table in MAESTRO's form counts if
    it is at the top. A tar is read in its own order, from start to end.
    """
    is_tar = has_suffix(path.name, _TAR_SUFFIXES)
    listed, tables, num_damages = (tar_files if is_tar else zip_files).list_files(path)
    places, members, items = {}, {}, []
    for member, place in listed.items():
        name = member.replace('\\', '/')
        if _LEADS_OUT.match(name):
            items.append((None, file_piece(member).failed(
                'unreadable: unsafe_path', 'its path leads out of the archive')))
        else:
            places[posixpath.normpath(name)], members[posixpath.normpath(name)] = place, member
    top = _top_folder(places)
    names = [name.removeprefix(top) for name in places if is_music(name)]
    if not names and not items:
        raise UserError(f'--input={path} has no music files ({", ".join(FORMATS)}) in it')
    table = read_table(path, {name.removeprefix(top): tables[member]
                              for name, member in members.items()
                              if member in tables and '/' not in name.removeprefix(top)})
    items += [(places.get(top + name), piece) for name, piece in place_files(names, table)]
    splits = table.splits if table else ()
    if is_tar:
        return Source(tar_files.read_items(path, items), len(items) + num_damages, tar_files.read,
                      splits=splits)
    return Source(items, len(items), functools.partial(zip_files.read, os.fspath(path)),
                  splits=splits)


def _top_folder(names):
    """Returns the one folder that all files are in, with a '/', or ''."""
    tops = {name.partition('/')[0] if '/' in name else '' for name in names}
    top = tops.pop() if len(tops) == 1 else ''
    return top and top + '/'
