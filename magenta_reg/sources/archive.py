"""Music in a zip or tar archive, read member by member: nothing is ever unpacked to disk."""

import functools
import os
import posixpath
import re

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, has_suffix, is_music, printable
from magenta_reg.readers.notes import Piece
from magenta_reg.sources import tar_files, zip_files
from magenta_reg.sources.listing import Source, catalogue
from magenta_reg.sources.tables import read_table

_TAR_SUFFIXES = ('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz')
ARCHIVE_SUFFIXES = ('.zip', *_TAR_SUFFIXES)

_DRIVE = re.compile('[A-Za-z]:/')


def archive_source(path):
    """Returns the Source of an archive: the same pieces as the folder that was packed gives.

    One folder that holds all the rest is taken for the folder. A table in MAESTRO's form counts if
    it is at the top. A tar is read in its own order, from start to end.

    Args:
        path: Path, with one of ARCHIVE_SUFFIXES.

    Raises:
        UserError: If it is no such archive, has no music in it, or its table cannot be used.
    """
    is_tar = has_suffix(path.name, _TAR_SUFFIXES)
    listing = (tar_files if is_tar else zip_files).list_files(path)
    members, plan = {}, []
    for name, place in listing.members.items():
        clean = name.replace('\\', '/')
        if clean.startswith('/') or _DRIVE.match(clean) or '..' in clean.split('/'):
            piece = Piece(printable(name), printable(name), None, None)
            plan.append((None, piece.failed('unreadable: unsafe_path',
                                            'its path leads out of the archive')))
        else:
            members[posixpath.normpath(clean)] = name, place
    top = _top_folder(members)
    names = [name.removeprefix(top) for name in members if is_music(name)]
    if not names and not plan:
        raise UserError(f'--input={path} has no music files ({", ".join(FORMATS)}) in it')
    table = read_table(path, {name.removeprefix(top): listing.tables[member]
                              for name, (member, _) in members.items()
                              if member in listing.tables and '/' not in name.removeprefix(top)})
    for name, piece in catalogue(names, table):
        _, place = members.get(top + name, (None, None))
        plan.append((place, piece))
    splits = table.splits if table else ()
    if is_tar:
        num_items = len(plan) + (listing.damage is not None)
        return Source(tar_files.items(path, plan), num_items, tar_files.read, splits=splits)
    return Source(plan, len(plan), functools.partial(zip_files.read, os.fspath(path)),
                  splits=splits)


def _top_folder(names):
    """Returns the one folder that all files are in, with a '/', or ''."""
    tops = {name.partition('/')[0] if '/' in name else '' for name in names}
    top = tops.pop() if len(tops) == 1 else ''
    return top and top + '/'
