"""Files in a zip archive, in any order; each process opens it once."""

import functools
import lzma
import os
import posixpath
import stat
import struct
import zipfile
import zlib

from magenta_reg.base.errors import UserError, explain
from magenta_reg.readers.formats import read_music, too_large
from magenta_reg.readers.notes import MAX_BYTES
from magenta_reg.sources.source import Listing
from magenta_reg.sources.tables import is_table_place, may_be_table

_ENCRYPTED_FLAG = 1
_MAX_PATH_BYTES = 4096
_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
           RuntimeError, ValueError, LookupError, OverflowError, MemoryError)


def list_files(path):
    """Returns the Listing of a zip archive; of two members with one name the last counts.

    A place is an index in the archive's directory, and a damaged directory is a UserError.
    """
    listing = Listing({}, {}, {})
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            files = {info.filename: index for index, info in enumerate(infos)
                     if not info.is_dir()}
            for name, index in files.items():
                target = _link_target(archive, infos[index])
                if target is not None:
                    listing.links[name] = posixpath.join(posixpath.dirname(name), target)
                    continue
                listing.files[name] = index
                if is_table_place(name) and may_be_table(
                        data := _start(archive, infos[index], MAX_BYTES)):
                    listing.tables[name] = data
    except _ERRORS as error:
        raise UserError(f'{path} is no zip archive, or a damaged one: {explain(error)}; make or '
                        'download it again') from error
    return listing


def _link_target(archive, info):
    """Returns the path that a symbolic link holds; None for a file, or where it cannot be read."""
    if not stat.S_ISLNK(info.external_attr >> 16):
        return None
    try:
        return _start(archive, info, _MAX_PATH_BYTES).decode(errors='replace')
    except _ERRORS:
        return None


def _start(archive, info, max_bytes):
    with archive.open(info) as file:
        return file.read(max_bytes)


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
        return [piece.failed('unreadable', error)]


@functools.lru_cache(maxsize=1)
def _open(path, process, modified_ns):
    """Opens the archive; a forked process must not share its parent's place in the file."""
    del process, modified_ns
    return zipfile.ZipFile(path)
