"""What a question hands to the report: text, figures, tables, numbers, and what claims need."""

from typing import NamedTuple

from magenta_reg.analysis.report.style import image_of


class Figure(NamedTuple):
    """A figure of the report.

    Attributes:
        name: str, also its files' name, without .png and .svg.
        title: str.
        caption: str, how to read it.
        png: bytes.
        svg: bytes, the same drawing for print.
    """

    name: str
    title: str
    caption: str
    png: bytes
    svg: bytes


class Table(NamedTuple):
    """A table of the report, also written as tables/NAME.csv.

    Attributes:
        name: str.
        title: str.
        note: str, how to read it.
        columns: list of str, with units.
        rows: list of list of str, int, float, `Estimate` or None; the first cell names the row.
        is_shown: bool, whether the page has it; long ones are files only.
    """

    name: str
    title: str
    note: str
    columns: list
    rows: list
    is_shown: bool = True


class Section(NamedTuple):
    """One question of the report, with its answers.

    Attributes:
        name: str, its key in results.json.
        title: str.
        text: str, what was asked and how it was measured, for someone who has not read the paper.
        figures: list of Figure.
        tables: list of Table.
        measured: dict of encoding to claims.Measured, as far as this section fills it: what the
            claims are tested on.
        numbers: dict, for results.json: plain types only.
        notes: list of str, what could not be measured and why.
    """

    name: str
    title: str
    text: str
    figures: list = ()
    tables: list = ()
    measured: dict = {}
    numbers: dict = {}
    notes: list = ()


def of_encoding(part, encoding):
    """Returns a Figure or Table whose name and title end with an encoding."""
    return part._replace(name=f'{part.name}_{encoding}', title=f'{part.title} ({encoding})')


def report_figure(name, title, caption, drawn):
    """Returns a report's Figure of a matplotlib Figure in the common style."""
    return Figure(name, title, caption, image_of(drawn, 'png'), image_of(drawn, 'svg'))
