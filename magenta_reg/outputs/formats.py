"""The formats that a melody is written in: name -> suffix and writer."""

import io
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from magenta_reg.compat import import_magenta
from magenta_reg.errors import UserError
from magenta_reg.files import replacing
from magenta_reg.outputs.piano_roll import piano_roll_png
from magenta_reg.outputs.score import musicxml
from magenta_reg.outputs.synthesis import encoded


class OutputFormat(NamedTuple):
    """How a piece becomes a file.

    Attributes:
        suffix: str, with its dot.
        writer: function of (Piece, path) that writes the file, whole or not at all, and raises
            UserError if it cannot.
    """

    suffix: str
    writer: object


@contextmanager
def writing(path):
    """Yields a temporary path beside `path`, as `files.replacing`, for what a user named.

    Raises:
        UserError: If the block or the renaming fails for want of a folder, of rights or of room.
    """
    try:
        with replacing(Path(path)) as temporary:
            yield temporary
    except OSError as error:
        raise UserError(f'cannot write {path}: {error.strerror or error}') from error


def midi(piece):
    """Returns a piece as the bytes of a MIDI file.

    Source: note_seq.sequence_proto_to_midi_file, which leaves its file to be closed by chance: on a
    full disk the error is lost, and the file is cut.
    """
    buffer = io.BytesIO()
    import_magenta('note_seq').note_sequence_to_pretty_midi(piece.sequence()).write(buffer)
    return buffer.getvalue()


def _writer_of(to_bytes):
    """Returns a writer of what `to_bytes` makes of a piece."""
    def write(piece, path):
        data = to_bytes(piece)
        with writing(path) as temporary:
            temporary.write_bytes(data)

    return write


OUTPUT_FORMATS = {
    'midi': OutputFormat('.mid', _writer_of(midi)),
    'musicxml': OutputFormat('.musicxml', _writer_of(musicxml)),
    'wav': OutputFormat('.wav', _writer_of(lambda piece: encoded(piece, 'wav'))),
    'png': OutputFormat('.png', _writer_of(piano_roll_png)),
}
