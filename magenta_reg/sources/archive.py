"""Music in a zip or tar archive, read member by member: nothing is ever unpacked to disk."""

import functools
import itertools
import os
import posixpath
import re

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, file_piece, has_suffix, is_music
from magenta_reg.sources import tar_files, zip_files
from magenta_reg.sources.other_files import but_others, count_others
from magenta_reg.sources.source import Source
from magenta_reg.sources.tables import place_files, read_table

_TAR_SUFFIXES = ('.tar', '.tar.gz', '.tgz', '.tar.bz2', '.tbz2', '.tar.xz', '.txz')
ARCHIVE_SUFFIXES = ('.zip', *_TAR_SUFFIXES)

_MAX_LINKS = 40
_LINKS = 'links to no file in it'
_LEADS_OUT = re.compile(r'/|[A-Za-z]:/|(.*/)?\.\.(/|\Z)', re.DOTALL)


def archive_source(path, by_folder=False):
    """Returns the Source of an archive: the same pieces as the folder that was packed gives.

    One folder that holds all the rest is taken for the folder. A table in MAESTRO's form counts if
    it is at the top. A tar is read in its own order, from start to end. A link to a file in the
    archive is that file; others are never followed.
    """
    is_tar = has_suffix(path.name, _TAR_SUFFIXES)
    listing = (tar_files if is_tar else zip_files).list_files(path)
    members = {member: posixpath.normpath(_slashed(member))
               for member in listing.files | listing.links
               if not _LEADS_OUT.match(_slashed(member))}
    links = {members[member]: target and posixpath.normpath(_slashed(target))
             for member, target in listing.links.items() if member in members}
    files = {members[member]: place for member, place in listing.files.items()
             if member in members}
    files |= {link: files.get(_destination(link, links)) for link in links}
    items = [(None, file_piece(member).failed('unreadable: unsafe_path',
                                              'its path leads out of the archive'))
             for member in listing.files | listing.links if member not in members]
    top = _top_folder(files)
    names = [name.removeprefix(top) for name in files]
    table = read_table(path, {members[member].removeprefix(top): data
                              for member, data in listing.tables.items() if member in members
                              and '/' not in members[member].removeprefix(top)})
    others = count_others([name for name in names if files[top + name] is not None],
                          table and table.name)
    names = list(filter(is_music, names))
    # They lead to a folder, whose files are there by their own names, or out of the archive.
    if num_links := sum(place is None and not is_music(name) for name, place in files.items()):
        others[_LINKS] = num_links
    if not names and not items:
        raise UserError(f'--input={path} has no music files ({", ".join(FORMATS)}) in '
                        f'it{but_others(others)}')
    placed, line = place_files(names, table, by_folder)
    for name, piece in placed:
        place = files.get(top + name)
        if place is None and not piece.reason:
            piece = _failed_link(piece, links[top + name])
        items.append((place, piece))
    num_items = len(items) + listing.num_damages
    items, read = ((tar_files.read_items(path, items), tar_files.read) if is_tar else
                   (items, functools.partial(zip_files.read, os.fspath(path))))
    return Source(items, num_items, read, splits=table.splits if table else (), others=others,
                  grouping=line)


def _slashed(name):
    return name.replace('\\', '/')


def _destination(name, links):
    """Returns the path in the archive that a name leads to by links; None for nowhere."""
    for _ in range(_MAX_LINKS):
        prefixes = itertools.accumulate(name.split('/'), '{}/{}'.format)
        link = next(filter(links.__contains__, prefixes), None)
        if link is None or not links[link]:
            return name if link is None else None
        name = posixpath.normpath(posixpath.join(links[link], name[len(link) + 1:]))
    return None


def _failed_link(piece, target):
    if target is None:
        return piece.failed('unreadable', 'it is no regular file')
    return piece.failed('unreadable: broken_link', f'a link to {target}, which is not in the '
                        'archive')


def _top_folder(names):
    """Returns the one folder that all files are in, with a '/', or ''."""
    tops = {name.partition('/')[0] if '/' in name else '' for name in names}
    top = tops.pop() if len(tops) == 1 else ''
    return top and top + '/'
