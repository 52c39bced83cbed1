"""What a question hands to the report: text, figures, tables, numbers, and what claims need."""

from typing import NamedTuple

from magenta_reg.analysis.report.style import PNG_DPI, image_of
from magenta_reg.analysis.report.texts import texts


class ReportFigure(NamedTuple):
    """A figure of the report.

    Attributes:
        name: str, also its files' name, without .png and .svg.
        title: str.
        caption: str, how to read it, in paragraphs.
        png: bytes.
        svg: bytes, the same drawing for print.
    """

    name: str
    title: str
    caption: str
    png: bytes
    svg: bytes

    @property
    def size_px(self):
        """Width and height on the page, where 96 pixels are an inch: int, int."""
        return tuple(round(int.from_bytes(self.png[start:start + 4], 'big') * 96 / PNG_DPI)
                     for start in (16, 20))


class Table(NamedTuple):
    """A table of the report, also written as tables/NAME.csv.

    Attributes:
        name: str.
        title: str.
        note: str, how to read it, in paragraphs.
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
        text: str, in paragraphs with an empty line between two: the first for someone who has not
            read the papers, the others in exact terms.
        figures: list of ReportFigure.
        tables: list of Table.
        measured: dict of encoding to claims.Measured, as far as this section fills it: what the
            claims are tested on.
        numbers: dict, for results.json: plain types only.
        notes: list of str, what could not be measured and why.
        compute: dict, for compute.json: what depends on seconds, which equal runs do not share.
    """

    name: str
    title: str
    text: str
    figures: list = ()
    tables: list = ()
    measured: dict = {}
    numbers: dict = {}
    notes: list = ()
    compute: dict = {}


def of_encoding(part, encoding):
    """Returns a ReportFigure or Table whose name and title end with an encoding."""
    return part._replace(name=f'{part.name}_{encoding}', title=f'{part.title} ({encoding})')


def report_figure(room, name, drawn, **fields):
    """Returns the ReportFigure of a matplotlib figure, with the words of the room's text.md.

    `fields` are those of its caption.
    """
    return ReportFigure(name, *_words(room, f'figure {name}', fields), image_of(drawn, 'png'),
                        image_of(drawn, 'svg'))


def report_table(room, name, columns, rows, **fields):
    """Returns a Table for the page, with the words of the room's text.md."""
    return Table(name, *_words(room, f'table {name}', fields), columns, rows)


def file_table(name, columns, rows):
    """Returns a Table that is a file only."""
    return Table(name, '', '', columns, rows, is_shown=False)


def _words(room, name, fields):
    words = texts(room)
    return words[f'title of {name}'], words[name].format(**fields)
