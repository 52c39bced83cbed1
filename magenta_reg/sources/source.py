"""What every kind of input becomes: items that are cheap to list, and how to read one."""

from collections import Counter
from typing import NamedTuple


class Source(NamedTuple):
    """Music to read.

    Attributes:
        items: iterable of what `read` takes; each is cheap to make and to send to a process.
        num_items: int, or None where that is known only at the end.
        read: function of an item that returns its list of Pieces; it can be pickled.
        unit: str, what an item is.
        splits: tuple of str, the SPLITS that the source's own split has; empty without one.
        others: Counter of the suffixes of the files that are not read.
        grouping: str, a line on what counts as a composition, or '' where that is plain.
    """

    items: object
    num_items: int | None
    read: object
    unit: str = 'file'
    splits: tuple = ()
    others: Counter = Counter()
    grouping: str = ''


class Listing(NamedTuple):
    """What an archive holds, by names as they are written in it.

    Attributes:
        files: dict of str, a name, to the place of the file's bytes, as its module's `read` takes
            it.
        links: dict of str, a name, to the path in the archive that it links to, which may lead
            out or nowhere; None for a device or a pipe.
        tables: dict of str, a name, to the bytes of what may be a table.
        num_damages: int, 1 if the archive cannot be read to its end, else 0.
    """

    files: dict
    links: dict
    tables: dict
    num_damages: int = 0
