"""TFRecords of NoteSequences, as Magenta's convert_dir_to_note_sequences writes them."""

from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS
from magenta_reg.readers.notes import Piece, notes_of_sequence
from magenta_reg.readers.tfrecord import read_records
from magenta_reg.sources.listing import Source


def record_source(path):
    """Returns the Source of a TFRecord, one NoteSequence an item, read as they are asked for."""
    return Source(_items(path), None, _read, 'record')


def _items(path):
    """Yields (place, record or error) of a TFRecord; one that is not a TFRecord raises at once."""
    index = 0
    try:
        for index, record in enumerate(read_records(path), 1):
            yield f'{path.name}, record {index - 1}', record
    except UserError as error:
        if not index:
            raise UserError(f'{error}; or, if it is music, let its name end in '
                            f'{", ".join(FORMATS)}') from error
        yield f'{path.name}, record {index}', error


def _read(item):
    place, record = item
    piece = Piece(place, place, None, None)
    if isinstance(record, UserError):
        return [piece.failed('unreadable', record)]
    from google.protobuf.message import DecodeError
    from note_seq.protobuf.music_pb2 import NoteSequence
    try:
        sequence = NoteSequence.FromString(record)
        name = Path(sequence.filename or sequence.id or place)
        group = name if name.parent == Path() else name.parent
        piece = piece._replace(name=name.as_posix(), group=group.as_posix())
        return [piece._replace(notes=notes_of_sequence(sequence))]
    except (DecodeError, ValueError) as error:
        return [piece.failed('unreadable', error)]
