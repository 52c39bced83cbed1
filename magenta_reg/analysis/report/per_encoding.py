"""A section of what compares within one encoding only: a part for each, never one table of both."""

from typing import NamedTuple

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.section import Section


class Part(NamedTuple):
    """What a section has of one encoding.

    Attributes:
        figures: list of Figure.
        tables: list of Table.
        measured: claims.Measured, or None.
        numbers: dict of str to dict or list; those of all encodings are put together.
        notes: list of str.
    """

    figures: list
    tables: list
    measured: object
    numbers: dict
    notes: list


class Naming(NamedTuple):
    """How names and titles of an encoding's figures and tables end.

    Attributes:
        name: str, such as '_lookback_rnn'; empty where there is one encoding.
        title: str, such as ' (lookback_rnn)', or empty.
    """

    name: str
    title: str


def section_of_parts(material, name, title, text, make_part):
    """Makes a section of a part an encoding.

    Args:
        material: Material.
        name: str.
        title: str.
        text: str.
        make_part: function of Material, list of Group of one encoding, and Naming, to Part.

    Returns:
        Section, or None if it would be empty.
    """
    encodings = by_encoding(material.groups)
    parts = {}
    for encoding, groups in encodings.items():
        naming = Naming(f'_{encoding}', f' ({encoding})') if len(encodings) > 1 else Naming('', '')
        parts[encoding] = make_part(material, groups, naming)
    if not any(part.figures or part.tables or part.notes for part in parts.values()):
        return None
    measured = {encoding: part.measured for encoding, part in parts.items() if part.measured}
    return Section(name, title, text, *(
        [each for part in parts.values() for each in getattr(part, field)]
        for field in ('figures', 'tables')), measured, _merged(parts.values()),
        [note for part in parts.values() for note in part.notes])


def _merged(parts):
    """Puts the numbers of all encodings together: dicts are joined, lists follow each other."""
    numbers = {}
    for part in parts:
        for key, value in part.numbers.items():
            if isinstance(value, dict):
                numbers.setdefault(key, {}).update(value)
            else:
                numbers.setdefault(key, []).extend(value)
    return numbers
