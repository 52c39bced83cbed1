"""Which files an input has, and where each belongs, before any of them is read."""

import posixpath

from magenta_reg.data.formats import printable
from magenta_reg.data.pieces import Piece


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
