"""Tables as the page shows them and as CSV files hold them."""

import csv
import io
import re

from magenta_reg.analysis.section import Bounded

MISSING = '\u2013'


def csv_text(table):
    """Returns a section.Table as CSV: a bounded number takes three columns, None is empty.

    A column whose cells are Bounded becomes NAME, NAME_low and NAME_high; names are in lower case
    and with underscores, for a program to read.
    """
    is_bounded = [any(isinstance(row[index], Bounded) for row in table.rows)
                  for index in range(len(table.columns))]
    header = [_tidy(name) + end for name, bounded in zip(table.columns, is_bounded, strict=True)
              for end in (('', '_low', '_high') if bounded else ('',))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(header)
    for row in table.rows:
        writer.writerow([value for cell, bounded in zip(row, is_bounded, strict=True)
                         for value in _values(cell, bounded)])
    return text.getvalue()


def _tidy(name):
    return re.sub(r'\W+', '_', name.removesuffix(' [95%]').lower()).strip('_')


def _values(cell, is_bounded):
    if not is_bounded:
        return ['' if cell is None else cell]
    bounds = cell if isinstance(cell, Bounded) else Bounded(cell, None, None)
    return ['' if value is None else value for value in bounds]


def cell_lines(cell):
    """Returns what a cell shows: its text and, below it, its interval or ''.

    Args:
        cell: str, int, float, Bounded or None.
    """
    if isinstance(cell, Bounded):
        if cell.value is None or cell.low is None:
            return number_text(cell.value), ''
        return number_text(cell.value), f'[{number_text(cell.low)}, {number_text(cell.high)}]'
    return number_text(cell), ''


def number_text(value):
    """Returns a value as people read it: three digits behind the point, small ones by powers."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        tiny = 0 < abs(value) < 0.0005
        return (f'{value:.1e}' if tiny else f'{value:.3f}').replace('-', '\u2212')
    return str(value).replace('_', ' ') if isinstance(value, str) else f'{value:,}'
