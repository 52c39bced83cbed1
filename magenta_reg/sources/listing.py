"""Which files an input has and where each belongs, before any of them is read."""

import posixpath
from typing import NamedTuple

from magenta_reg.readers.formats import has_suffix, printable
from magenta_reg.readers.notes import Piece
from magenta_reg.sources.tables import TABLE_SUFFIXES


class Source(NamedTuple):
    """Music to read.

    Attributes:
        items: iterable of what `read` takes; each is cheap to make and to send to a process.
        num_items: int, or None where that is known only at the end.
        read: function of an item that returns its list of Pieces; it can be sent as well.
        unit: str, what an item is.
        splits: tuple of str, the SPLITS that the source's own split has; empty without one.
    """

    items: object
    num_items: int | None
    read: object
    unit: str = 'file'
    splits: tuple = ()


class Listing(NamedTuple):
    """The files of an archive.

    Attributes:
        members: dict of str, a file's name in the archive, to its place there; of two with one
            name the last, as when it is unpacked.
        tables: dict of str, a name of `members`, to the bytes of what may be a table.
        damage: str, why it was not seen to its end, or None.
    """

    members: dict
    tables: dict
    damage: str | None = None


def may_have_table(name):
    """Returns whether a member is where a table of contents is looked for."""
    return has_suffix(name, TABLE_SUFFIXES) and name.removeprefix('./').count('/') <= 1


def catalogue(names, table):
    """Returns what is known of every file of an input.

    Without a table a group is a folder; a file beside all folders is one by itself, and so is each
    where all music is in one folder. With one, the files come in its order and a group is a
    composition; a file that it does not name is left out.

    Args:
        names: list of str, the files of music, relative, with '/'.
        table: Table or None.

    Returns:
        list of (str, Piece without notes), the file and its Piece.
    """
    if table:
        return _by_table(names, table)
    names = sorted(names, key=lambda name: name.split('/'))
    is_flat = len({posixpath.dirname(name) for name in names}) == 1
    return [(name, _piece(name, name if is_flat else posixpath.dirname(name) or name))
            for name in names]


def _by_table(names, table):
    present = set(names)
    listed = []
    for name, (group, split) in table.places.items():
        piece = _piece(name, group, split)
        if name not in present:
            piece = piece.failed('unreadable: missing', f'{table.name} names it, but there is no '
                                 'such file of music')
        listed.append((name, piece))
    others = sorted(present - set(table.places), key=lambda name: name.split('/'))
    return listed + [(name, _piece(name, name).failed('not_in_csv',
                                                      f'{table.name} does not name it'))
                     for name in others]


def _piece(name, group, split=None):
    return Piece(printable(name), printable(group), split, None)
