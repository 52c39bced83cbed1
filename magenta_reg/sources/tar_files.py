"""Files in a tar archive, plain or compressed, from start to end: a compressed one has no index."""

import bz2
import gzip
import io
import lzma
import os
import posixpath
import tarfile
import zlib

from magenta_reg.base.errors import UserError, explain
from magenta_reg.readers.formats import file_piece, read_music, too_large
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources.source import Listing
from magenta_reg.sources.tables import is_table_place, may_be_table

_DECOMPRESSORS = {b'\x1f\x8b': gzip.open, b'BZh': bz2.open, b'\xfd7zXZ\x00': lzma.open}
_MAX_RATIO = 200
_MIN_BOMB_BYTES = 2 ** 30
_ERRORS = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
           OverflowError)


def list_files(path):
    """Returns the Listing of a tar archive; of two members with one name the last counts.

    A place is an offset. A hard link has the place of what its target is at that point.
    """
    listing, name = Listing({}, {}, {}), None
    try:
        for archive, member in _walk(path):
            name = member.name
            if member.isdir():
                continue
            for known in (listing.files, listing.links):
                known.pop(name, None)
            _add(listing, member)
            if member.isreg() and is_table_place(name) and may_be_table(
                    data := _data(archive, member)):
                listing.tables[name] = data
    except _ERRORS as error:
        if name is None:
            raise UserError(f'{path} is no tar archive, or a damaged one: {explain(error)}; '
                            'make or download it again') from error
        return listing._replace(num_damages=1)
    return listing


def _add(listing, member):
    if member.isreg():
        listing.files[member.name] = member.offset
    elif member.islnk() and member.linkname in listing.files:
        listing.files[member.name] = listing.files[member.linkname]
    elif member.islnk():
        listing.links[member.name] = member.linkname
    elif member.issym():
        listing.links[member.name] = posixpath.join(posixpath.dirname(member.name),
                                                    member.linkname)
    else:
        listing.links[member.name] = None


def read_items(path, items):
    """Yields (Piece, bytes of the file), in the archive's order; at a damage, a Piece that says so.

    Args:
        path: Path of the archive.
        items: list of (int, offset of a file in the archive, or None; Piece without notes); links
            have the offset of their file.
    """
    yield from ((piece, b'') for _, piece in items if piece.reason)
    wanted = {}
    for offset, piece in items:
        if not piece.reason:
            wanted.setdefault(offset, []).append(piece)
    place = path.name
    try:
        for archive, member in _walk(path):
            pieces = wanted.pop(member.offset, ())
            place = f'{path.name}, after {member.name}'
            if pieces and member.size > MAX_BYTES:
                yield from ((too_large(piece), b'') for piece in pieces)
            elif pieces:
                yield from _member_items(archive, member, pieces)
    except _ERRORS as error:
        yield file_piece(place).failed('unreadable: damaged_archive', error), b''


def read(item):
    """Returns the Pieces of one file."""
    piece, data = item
    return [piece] if piece.reason else read_music(io.BytesIO(data), piece)


def _walk(path):
    """Yields (TarFile, TarInfo) of each member; one of _ERRORS where it cannot be read on."""
    with open(path, 'rb') as file:
        stream = _Unpacked(file)
        with tarfile.open(fileobj=stream, mode='r:') as archive:
            while member := archive.next():
                archive.members.clear()  # It keeps all that it has seen.
                yield archive, member
        if any(stream.last_read) or len(stream.last_read) < tarfile.BLOCKSIZE:
            raise tarfile.ReadError('the archive ends without an end mark, or is damaged')


def _member_items(archive, member, pieces):
    try:
        data = _data(archive, member)
    except _ERRORS:
        why = 'the archive ends inside it or is damaged'
        return [(piece.failed('unreadable', why), b'') for piece in pieces]
    return [(piece, data) for piece in pieces]


def _data(archive, member):
    return archive.extractfile(member).read(MAX_BYTES + 1)


class _Unpacked:
    """The unpacked bytes of an archive, which no header can make read without end."""

    def __init__(self, file):
        start = file.read(max(map(len, _DECOMPRESSORS)))
        file.seek(0)
        unpack = next((opened for magic, opened in _DECOMPRESSORS.items()
                       if start.startswith(magic)), lambda plain: plain)
        self._file = unpack(file)
        self._max_bytes = max(_MIN_BOMB_BYTES, _MAX_RATIO * os.fstat(file.fileno()).st_size)
        self.tell = self._file.tell
        self.last_read = b''

    def read(self, size):
        if size > MAX_BYTES + 1:
            raise tarfile.ReadError(f'a header says that it has {size} bytes')
        self._check(self.tell() + size)
        self.last_read = self._file.read(size)
        return self.last_read

    def seek(self, position):
        self._check(position)
        return self._file.seek(position)

    def _check(self, position):
        if position > self._max_bytes:
            raise tarfile.ReadError(f'it unpacks to over {_MAX_RATIO} times its size')
