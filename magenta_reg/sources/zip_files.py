"""Files in a zip archive, in any order; each process opens it once."""

import functools
import lzma
import os
import struct
import zipfile
import zlib

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import MAX_BYTES, read_music, too_large
from magenta_reg.sources.listing import Listing, may_have_table
from magenta_reg.sources.tables import may_be_table

# MIDI and XML shrink to a third or a twentieth; what shrinks more than this is made to fill memory.
_MAX_RATIO = 200
_MIN_BOMB_BYTES = 2 ** 20
_ENCRYPTED_FLAG = 1

_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
           RuntimeError, ValueError, LookupError, OverflowError, MemoryError)


def list_files(path):
    """Returns the Listing of a zip archive; a place is an index in its directory.

    Raises:
        UserError: If it is none, or its directory is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = {info.filename: index for index, info in enumerate(archive.infolist())
                     if not info.is_dir()}
            tables = {name: _read_table(archive, archive.infolist()[index])
                      for name, index in files.items() if may_have_table(name)}
    except _ERRORS as error:
        raise UserError(f'{path} is no zip archive, or a damaged one: {error}; make or download '
                        'it again') from error
    return Listing(files, {name: data for name, data in tables.items() if may_be_table(data)})


def _read_table(archive, info):
    with archive.open(info) as file:
        return file.read(MAX_BYTES)


def read(path, item):
    """Returns the Pieces of one file.

    Args:
        path: str, of the archive.
        item: (int, index in its directory; Piece without notes).
    """
    index, piece = item
    if piece.reason:
        return [piece]
    try:
        archive = _open(path, os.getpid(), os.stat(path).st_mtime_ns)
        info = archive.infolist()[index]
        if info.flag_bits & _ENCRYPTED_FLAG:
            return [piece.failed('unreadable: encrypted', 'it is encrypted')]
        if info.file_size > MAX_BYTES:
            return [too_large(piece)]
        if info.file_size > max(_MIN_BOMB_BYTES, _MAX_RATIO * info.compress_size):
            return [too_large(piece, f'it unpacks to over {_MAX_RATIO} times its size')]
        with archive.open(info) as file:
            return read_music(file, piece)
    except _ERRORS as error:
        return [piece.failed('unreadable', error or type(error).__name__)]


@functools.lru_cache(maxsize=1)
def _open(path, process, modified_ns):
    """Opens the archive; a forked process must not share its parent's place in the file."""
    del process, modified_ns
    return zipfile.ZipFile(path)
