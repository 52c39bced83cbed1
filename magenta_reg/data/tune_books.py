"""Tune books in ABC, and those that the music21 package ships."""

import functools
import importlib.util
import re
from pathlib import Path

from magenta_reg.data.pieces import Piece, notes_of_sequence
from magenta_reg.data.source import Source
from magenta_reg.errors import UserError

_FOLK_BOOKS = ('essenFolksong', 'oneills1850', 'ryansMammoth', 'airdsAirs')


def folk_source():
    """Returns the Source of music21's tune books, one book an item; music21 is not imported.

    Raises:
        UserError: If the package is not installed.
    """
    spec = importlib.util.find_spec('music21')
    if spec is None:
        raise UserError('--input=folk reads the tune books of the music21 package, which is '
                        'not installed: pip install music21')
    corpus = Path(spec.origin).parent / 'corpus'
    books = [path for book in _FOLK_BOOKS for path in sorted((corpus / book).glob('*.abc'))]
    return Source(books, len(books), functools.partial(_read_book, corpus), 'book')


def _read_book(folder, path):
    return read_tune_book(path.read_bytes(), path.relative_to(folder).as_posix())


def read_tune_book(data, book):
    """Returns the tunes of an ABC file as Pieces; a group is a title: books share tunes."""
    from note_seq.abc_parser import ABCParseError, ABCTune
    header, tunes = _split_tune_book(data.decode('utf-8', errors='replace'))
    pieces = []
    for number, lines in enumerate(tunes, 1):
        title = next((line[2:].strip() for line in lines if line.startswith('T:')), '')
        name = f'{book}#{number} {title}'.strip()
        group = re.sub(r'\W+', ' ', title.casefold()).strip() or name
        piece = Piece(name, group, None, None)
        try:
            notes = notes_of_sequence(ABCTune(header + lines).note_sequence)
            pieces.append(piece._replace(notes=notes))
        # The parser also runs into plain errors where a tune is malformed.
        except (ABCParseError, ValueError, LookupError, ArithmeticError, TypeError) as error:
            pieces.append(piece.failed(f'unreadable: {type(error).__name__}', error))
    return pieces


def _split_tune_book(text):
    """Returns the lines of the header and of each tune: blank lines part them.

    Source: note_seq's `parse_abc_tunebook`, which stops at the first number that comes twice.
    """
    sections = [[line.strip() for line in section.splitlines()]
                for section in re.split(r'\n\s*\n', text.strip()) if section]
    if len(sections) > 1 and not any(line.startswith('X:') for line in sections[0]):
        return sections[0], sections[1:]
    return [], sections
