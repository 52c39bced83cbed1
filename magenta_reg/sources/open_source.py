"""Any input as a Source; nothing is read yet, and a bad file is a Piece with a reason."""

from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.readers.formats import FORMATS, file_piece, has_suffix
from magenta_reg.readers.notes import notes_of_sequence
from magenta_reg.readers.tfrecord import read_records
from magenta_reg.sources.archive import ARCHIVE_SUFFIXES, archive_source
from magenta_reg.sources.compositions import folder_of
from magenta_reg.sources.folder import file_source, folder_source
from magenta_reg.sources.known_sets import fetch_maestro, folk_source
from magenta_reg.sources.other_files import is_unread_music
from magenta_reg.sources.source import Source

FOLK = 'folk'
MAESTRO = 'maestro'


def open_source(path, by_folder=False):
    """Returns the Source of an input; UserError if it is none.

    Args:
        path: str or Path, a folder or an archive (zip, tar, compressed tar) of MIDI, ABC and
            MusicXML files, with or without a table in MAESTRO's form (CSV or JSON); one such file;
            a TFRecord of NoteSequences; 'folk', the tune books in the music21 package, or
            'folk:NAME,NAME', some of them; or 'maestro', MAESTRO v3.0.0, downloaded once.
        by_folder: bool, files are grouped by their folder, not by composition.
    """
    if str(path) == FOLK:
        return folk_source()
    if str(path).startswith(f'{FOLK}:'):
        return folk_source(str(path).removeprefix(f'{FOLK}:').split(','))
    if str(path) == MAESTRO:
        return archive_source(fetch_maestro(), by_folder)
    path = Path(path)
    if path.is_dir():
        return folder_source(path, by_folder)
    if not path.exists():
        raise UserError(f'--input={path} does not exist: give a folder or an archive of music, a '
                        f'TFRecord of NoteSequences, {FOLK!r} or {MAESTRO!r}')
    if has_suffix(path.name, ARCHIVE_SUFFIXES):
        return archive_source(path, by_folder)
    if has_suffix(path.name, FORMATS):
        return file_source(path)
    if is_unread_music(suffix := path.suffix.lower()):
        raise UserError(f'--input={path}: {suffix} files are not read; save the music as MIDI, ABC '
                        f'or MusicXML ({", ".join(FORMATS)})')
    return Source(_records(path), None, _read_record, 'record')


def _records(path):
    """Yields (place, record or error) of a TFRecord; a file that is no TFRecord raises."""
    index = 0
    try:
        for index, record in enumerate(read_records(path), 1):
            yield f'{path.name}, record {index - 1}', record
    except UserError as error:
        if not index:
            raise UserError(f'{error}; or, if it is music, let its name end in '
                            f'{", ".join(FORMATS)}') from error
        yield f'{path.name}, record {index}', error


def _read_record(item):
    """Returns the Piece of a NoteSequence as Magenta's convert_dir_to_note_sequences writes it."""
    place, record = item
    piece = file_piece(place)
    if isinstance(record, UserError):
        return [piece.failed('unreadable', record)]
    from google.protobuf.message import DecodeError
    music_pb2 = import_note_seq('note_seq.protobuf.music_pb2')
    try:
        sequence = music_pb2.NoteSequence.FromString(record)
        name = Path(sequence.filename or sequence.id or place).as_posix()
        piece = file_piece(name, folder_of(name))
        return [piece._replace(notes=notes_of_sequence(sequence), reader='NoteSequence')]
    except (DecodeError, ValueError) as error:
        return [piece.failed('unreadable', error)]
