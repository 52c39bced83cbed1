"""Tune books in ABC notation into Pieces, one a tune.

note_seq's parser comes first, so that what Magenta can read gives Magenta's melodies: ties are
struck again and repeats are played once. What it refuses, two tunes of three, or is known to
misread, abc2midi reads.

Source: note_seq.abc_parser.
"""

import re

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.readers.abc2midi import read_tunes
from magenta_reg.readers.abc_text import is_field, split_tune_book
from magenta_reg.readers.notes import Piece, notes_of_sequence

NOTE_SEQ = 'note_seq'
ABC2MIDI = 'abc2midi'
_DOUBLE_BROKEN_RHYTHM = re.compile('<<|>>')


def read_tune_book(data, name):
    """Reads an ABC file.

    Args:
        data: bytes, the file's contents.
        name: str, the file's name; a piece is called 'NAME#NUMBER TITLE'.

    Returns:
        list of Pieces; a group is a title without its spelling, for books share tunes.
    """
    tunes = split_tune_book(data)
    pieces = [_read_tune(lines, _piece(lines, name, number))
              for number, lines in enumerate(tunes, 1)]
    refused = [index for index, piece in enumerate(pieces) if piece.notes is None]
    results = read_tunes([tunes[index] for index in refused])
    for index, result in zip(refused, results, strict=True):
        piece = pieces[index]
        if isinstance(result, ValueError):
            pieces[index] = piece.failed(piece.reason, f'{piece.detail}; {ABC2MIDI}: {result}')
        else:
            pieces[index] = Piece(*piece[:3], result, reader=ABC2MIDI)
    return pieces


def _piece(lines, book, number):
    title = next((line[2:].strip() for line in lines if line.startswith('T:')), '')
    name = f'{book}#{number} {title}'.strip()
    return Piece(name, re.sub(r'\W+', ' ', title.casefold()).strip() or name)


def _read_tune(lines, piece):
    """Returns the piece as note_seq reads it, or failed."""
    parser = import_note_seq('note_seq.abc_parser')
    # note_seq reads a>>b as 5/4 and 3/4 of a note. The ABC standard (4.4): 7/4 and 1/4.
    if any(_DOUBLE_BROKEN_RHYTHM.search(line) for line in lines if not is_field(line)):
        return piece.failed('unreadable', 'note_seq misreads >> and <<')
    try:
        notes = notes_of_sequence(parser.ABCTune(lines).note_sequence)
    # The parser also runs into plain errors where a tune is malformed.
    except (parser.ABCParseError, ValueError, LookupError, ArithmeticError, TypeError) as error:
        return piece.failed(f'unreadable: {type(error).__name__}', error)
    return piece._replace(notes=notes, reader=NOTE_SEQ)
