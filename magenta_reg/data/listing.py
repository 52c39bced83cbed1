"""What an archive holds, as far as one look through it shows."""

from typing import NamedTuple

from magenta_reg.data.formats import has_suffix
from magenta_reg.data.tables import TABLE_SUFFIXES


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
