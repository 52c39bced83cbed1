"""What every kind of input becomes: items that are cheap to list, and how to read one."""

from typing import NamedTuple


class Source(NamedTuple):
    """Music to read.

    Attributes:
        items: iterable of what `read` takes; each is cheap to make and to send to a process.
        num_items: int, or None where that is known only at the end.
        read: function of an item that returns its list of Pieces; it can be pickled.
        unit: str, what an item is.
        splits: tuple of str, the SPLITS that the source's own split has; empty without one.
    """

    items: object
    num_items: int | None
    read: object
    unit: str = 'file'
    splits: tuple = ()
