"""Tune books in ABC notation into Pieces, one a tune.

Source: note_seq.abc_parser.
"""

import re

from magenta_reg.data.pieces import Piece, notes_of_sequence


def read_tune_book(data, name):
    """Reads an ABC file.

    Args:
        data: bytes, the file's contents.
        name: str, the file's name; a piece is called 'NAME#NUMBER TITLE'.

    Returns:
        list of Pieces; a group is a title without its spelling, for books share tunes.
    """
    header, tunes = _split_tune_book(data.decode('utf-8', errors='replace'))
    pieces = []
    for number, lines in enumerate(tunes, 1):
        title = next((line[2:].strip() for line in lines if line.startswith('T:')), '')
        full_name = f'{name}#{number} {title}'.strip()
        group = re.sub(r'\W+', ' ', title.casefold()).strip() or full_name
        pieces.append(_read_tune(header + lines, Piece(full_name, group, None, None)))
    return pieces


def _read_tune(lines, piece):
    from note_seq.abc_parser import ABCParseError, ABCTune
    try:
        return piece._replace(notes=notes_of_sequence(ABCTune(lines).note_sequence))
    # The parser also runs into plain errors where a tune is malformed.
    except (ABCParseError, ValueError, LookupError, ArithmeticError, TypeError) as error:
        return piece.failed(f'unreadable: {type(error).__name__}', error)


def _split_tune_book(text):
    """Returns the lines of the header and of each tune: blank lines part them.

    Source: note_seq's `parse_abc_tunebook`, which stops at the first number that comes twice.
    """
    sections = [[line.strip() for line in section.splitlines()]
                for section in re.split(r'\n\s*\n', text.strip()) if section]
    if len(sections) > 1 and not any(line.startswith('X:') for line in sections[0]):
        return sections[0], sections[1:]
    return [], sections
