"""MusicXML, plain or compressed: from bytes to the element that holds the score.

Source: MusicXML 4.0, compressed .mxl files.
"""

import io
import lzma
import struct
import unicodedata
import zipfile
import zlib
from xml.etree import ElementTree
from xml.parsers import expat

from magenta_reg.readers.musicxml_score import score_notes
from magenta_reg.readers.notes import MAX_BYTES

_ZIP = b'PK'
_CONTAINER = 'META-INF/container.xml'
_MEDIA_TYPES = ('application/vnd.recordare.musicxml+xml', 'application/vnd.recordare.musicxml')
_SCORES = ('score-partwise', 'score-timewise')
_MAX_TAGS = 2 ** 22  # 64 MB of empty elements would take gigabytes as a tree.
_MAX_CANDIDATES = 16
_ZIP_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
               LookupError, NotImplementedError, RuntimeError, EOFError, OSError, OverflowError,
               UnicodeDecodeError)


def read_musicxml(data):
    """Returns the Notes of a score, or of a zip archive (.mxl) that has one.

    ValueError if its bytes are no MusicXML that can be read.
    """
    return score_notes(_score_in_zip(data) if data.startswith(_ZIP) else _score(data))


def _score(document):
    root = _root(document)
    if root.tag not in _SCORES:
        raise ValueError(f'the document is <{root.tag[:40]}>, not <score-partwise>')
    return root


def _root(document):
    """Returns the root element of an XML document that declares no entities, tags unqualified."""
    if document.count(b'<') > _MAX_TAGS:
        raise ValueError(f'the document has more than {_MAX_TAGS:,} tags')
    checker = expat.ParserCreate()
    checker.EntityDeclHandler = _refuse_entity
    try:
        checker.Parse(document, True)
        root = ElementTree.fromstring(document)
    except (expat.ExpatError, ElementTree.ParseError, LookupError) as error:
        raise ValueError(f'no XML: {error}') from error
    for element in root.iter():
        element.tag = element.tag.rpartition('}')[2]
    return root


def _refuse_entity(name, *_):
    # Entities can grow without bound, or name files; scores have no use for them.
    raise ValueError(f'the document declares the entity {name!r}')


def _score_in_zip(data):
    """Returns the score's root element in a compressed MusicXML file: the first that is one."""
    try:
        with _opened(data) as archive:
            members = {_plain(info.filename): info for info in archive.infolist()}
            problem = None
            for name in _candidates(archive, members)[:_MAX_CANDIDATES]:
                try:
                    return _score(_read(archive, members, name))
                except ValueError as error:
                    problem = problem or error
            raise problem or ValueError('there is no .musicxml or .xml file in it')
    except _ZIP_ERRORS as error:
        raise ValueError(f'no readable compressed MusicXML: {error}') from error


def _opened(data):
    """Opens a zip archive; names that do not say how they are encoded are UTF-8 if they can be."""
    try:
        return zipfile.ZipFile(io.BytesIO(data), metadata_encoding='utf-8')
    except UnicodeDecodeError:
        return zipfile.ZipFile(io.BytesIO(data))


def _plain(name):
    return unicodedata.normalize('NFC', name.replace('\\', '/'))


def _candidates(archive, members):
    """Returns the names of what may be the score, the likeliest first.

    Of several files that the container names, one with MusicXML's media type comes first.
    """
    if _CONTAINER not in members:
        return sorted((name for name in members
                       if name.lower().endswith(('.musicxml', '.xml')) and
                       not name.startswith(('META-INF/', '__MACOSX/'))),
                      key=lambda name: name.lower().endswith('.xml'))
    files = [file for file in _root(_read(archive, members, _CONTAINER)).iter('rootfile')
             if file.get('full-path')]
    if not files:
        raise ValueError(f'{_CONTAINER} names no score')
    files.sort(key=lambda file: (file.get('media-type') not in _MEDIA_TYPES,
                                 file.get('media-type') is not None))
    return [_plain(file.get('full-path')) for file in files]


def _read(archive, members, name):
    if name not in members:
        raise ValueError(f'there is no {name!r} in it')
    with archive.open(members[name]) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f'{name} has more than {MAX_BYTES >> 20} MB')
    return data
