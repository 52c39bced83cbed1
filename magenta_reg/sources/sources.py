"""Where music comes from: one reader an input kind, all giving Pieces.

A source lists items that are cheap to make and to send to another process, and reads one item into
its pieces; nothing is read before that. What cannot be read becomes a piece with a reason, and the
rest goes on.
"""

from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.readers.formats import FORMATS, has_suffix
from magenta_reg.sources.archive import ARCHIVE_SUFFIXES, archive_source
from magenta_reg.sources.folder import file_source, folder_source
from magenta_reg.sources.known_sets import fetch_maestro, folk_source
from magenta_reg.sources.listing import Source
from magenta_reg.sources.records import record_source
from magenta_reg.sources.tables import SPLITS

__all__ = ['FOLK', 'MAESTRO', 'SPLITS', 'Source', 'open_source']

FOLK = 'folk'
MAESTRO = 'maestro'


def open_source(path):
    """Finds out what kind of input this is.

    Args:
        path: str or Path, a folder or an archive (zip, tar, compressed tar) of MIDI, ABC and
            MusicXML files, with or without a table in MAESTRO's form (CSV or JSON); one such file;
            a TFRecord of NoteSequences; 'folk', the tune books in the music21 package; or
            'maestro', MAESTRO v3.0.0, downloaded once.

    Returns:
        Source.

    Raises:
        UserError: If there is nothing of these kinds.
    """
    if str(path) == FOLK:
        return folk_source()
    if str(path) == MAESTRO:
        return archive_source(fetch_maestro())
    path = Path(path)
    if path.is_dir():
        return folder_source(path)
    if not path.exists():
        raise UserError(f'--input={path} does not exist: give a folder or an archive of music, a '
                        f'TFRecord of NoteSequences, {FOLK!r} or {MAESTRO!r}')
    if has_suffix(path.name, ARCHIVE_SUFFIXES):
        return archive_source(path)
    if has_suffix(path.name, FORMATS):
        return file_source(path)
    return record_source(path)
