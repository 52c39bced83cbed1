"""Files in a zip archive, in any order; each process opens it once."""

import functools
import lzma
import os
import struct
import zipfile
import zlib

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import read_music, too_large
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources.tables import is_table_place, may_be_table

_ENCRYPTED_FLAG = 1
_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
           RuntimeError, ValueError, LookupError, OverflowError, MemoryError)


def list_files(path):
    """Lists the files of a zip archive; of two with one name the last, as when it is unpacked.

    Returns:
        dict of str, a name, to its index in the archive's directory; dict of str, a name, to the
        bytes of what may be a table; 0, for a damaged directory is a UserError.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            files = {info.filename: index for index, info in enumerate(infos)
                     if not info.is_dir()}
            tables = {}
            for name in filter(is_table_place, files):
                with archive.open(infos[files[name]]) as file:
                    if may_be_table(data := file.read(MAX_BYTES)):
                        tables[name] = data
    except _ERRORS as error:
        raise UserError(f'{path} is no zip archive, or a damaged one: {error}; make or download '
                        'it again') from error
    return files, tables, 0


def read(path, item):
    """Returns the Pieces of one file; an item is its index in the directory and its Piece."""
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
        with archive.open(info) as file:
            return read_music(file, piece)
    except _ERRORS as error:
        return [piece.failed('unreadable', error or type(error).__name__)]


@functools.lru_cache(maxsize=1)
def _open(path, process, modified_ns):
    """Opens the archive; a forked process must not share its parent's place in the file."""
    del process, modified_ns
    return zipfile.ZipFile(path)
