"""Files of music by their suffix, from bytes into Pieces; a bad one says so in its Piece."""

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.readers.abc import read_tune_book
from magenta_reg.readers.midi import read_midi
from magenta_reg.readers.musicxml import read_musicxml
from magenta_reg.readers.notes import MAX_BYTES, Piece


def has_suffix(name, suffixes):
    """Returns whether a file's name ends in one of the suffixes, in any case."""
    return name.lower().endswith(tuple(suffixes))


def is_music(name):
    """Returns whether a path's name is one of music; macOS writes '._' twins that are none."""
    return has_suffix(name, FORMATS) and not name.rpartition('/')[2].startswith('._')


def file_piece(name, group=None, split=None):
    """Returns the Piece of a file that is not read yet; without `group` it is one by itself.

    Line breaks and bytes that are no text are escaped in its names.
    """
    return Piece(printable(name), printable(name if group is None else group), split)


def read_music(file, piece):
    """Reads one file of music.

    Args:
        file: file of bytes; no more than MAX_BYTES + 1 of it are read.
        piece: Piece, without notes; the suffix of its name says what the file holds.

    Returns:
        list of Pieces: a tune book has several, all in the split of `piece`.
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return [too_large(piece)]
    if not data:
        return [piece.failed('unreadable', 'the file is empty')]
    read = next(reader for suffix, reader in FORMATS.items() if has_suffix(piece.name, [suffix]))
    try:
        return read(data, piece)
    except UserError:  # Of a library that is broken, not of the file.
        raise
    except ValueError as error:
        return [piece.failed('unreadable', error)]


def too_large(piece):
    """Returns the Piece of a file that is not read because of its size."""
    return piece.failed('unreadable: too_large', f'it has more than {MAX_BYTES >> 20} MB')


def _read_midi(data, piece):
    return [piece._replace(notes=read_midi(data), reader='midi')]


def _read_musicxml(data, piece):
    return [piece._replace(notes=read_musicxml(data), reader='musicxml')]


def _read_abc(data, piece):
    tunes = read_tune_book(data, piece.name)
    if not tunes:
        return [piece.failed('unreadable', 'there is no tune in it')]
    return [tune._replace(split=piece.split) for tune in tunes]


FORMATS = {**dict.fromkeys(('.mid', '.midi', '.kar', '.smf', '.rmi'), _read_midi),
           '.abc': _read_abc,
           **dict.fromkeys(('.xml', '.musicxml', '.mxl'), _read_musicxml)}
