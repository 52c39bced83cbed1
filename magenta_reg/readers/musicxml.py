"""MusicXML, plain or compressed, into Notes.

As in note_seq, tied notes are struck again and repeats are played once. What differs: every part is
an instrument of its own, with or without a MIDI channel, and grace notes, which last no time, are
left out.

Source: note_seq.musicxml_parser and musicxml_reader.
"""

import io
import zipfile
from xml.etree import ElementTree
from xml.parsers import expat

from magenta_reg.readers.notes import MAX_BYTES, Notes, notes_of_sequence

_ZIP = b'PK'
_COLUMNS = Notes._fields[:6]


def read_musicxml(data):
    """Returns the Notes of a score-partwise document, or of a zip archive (.mxl) that has one.

    ValueError if its bytes are no MusicXML that can be read.
    """
    from note_seq.musicxml_parser import MusicXMLParseError
    from note_seq.musicxml_reader import musicxml_to_sequence_proto
    root = _root(_main_document(data) if data.startswith(_ZIP) else data)
    if root.tag != 'score-partwise':
        raise ValueError(f'the document is <{root.tag}>, not <score-partwise>')
    try:
        sequence = musicxml_to_sequence_proto(_document(root))
    # The parser also runs into plain errors where a score is malformed.
    except (MusicXMLParseError, LookupError, ArithmeticError, TypeError,
            AttributeError) as error:
        raise ValueError(f'no readable MusicXML: {type(error).__name__}: {error}') from error
    for note in sequence.notes:
        note.instrument = note.part
    notes = notes_of_sequence(sequence)
    lasts = notes.ends_secs > notes.starts_secs
    return notes._replace(**{name: getattr(notes, name)[lasts] for name in _COLUMNS})


def _document(root):
    """Returns note_seq's MusicXMLDocument of a parsed score."""
    from note_seq.musicxml_parser import MusicXMLDocument

    class Document(MusicXMLDocument):
        _get_score = staticmethod(lambda root: root)

    return Document(root)


def _root(document):
    """Returns the root element of an XML document that declares no entities."""
    checker = expat.ParserCreate()
    checker.EntityDeclHandler = _refuse_entity
    try:
        checker.Parse(document, True)
        return ElementTree.fromstring(document)
    except (expat.ExpatError, ElementTree.ParseError, LookupError) as error:
        raise ValueError(f'no XML: {error}') from error


def _refuse_entity(name, *_):
    # Entities can grow without bound, or name files; scores have no use for them.
    raise ValueError(f'the document declares the entity {name!r}')


def _main_document(data):
    """Returns the bytes of the score in a compressed MusicXML file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            container = _root(_read(archive, 'META-INF/container.xml'))
            paths = [element.get('full-path') for element in container.findall('.//{*}rootfile')]
            if not paths or not paths[0]:
                raise ValueError('META-INF/container.xml names no score')
            return _read(archive, paths[0])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, NotImplementedError, RuntimeError,
            EOFError, OSError, zipfile.zlib.error) as error:
        raise ValueError(f'no readable compressed MusicXML: {error}') from error


def _read(archive, name):
    with archive.open(name) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f'{name} has more than {MAX_BYTES >> 20} MB')
    return data
