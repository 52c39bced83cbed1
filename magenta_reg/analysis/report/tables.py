"""Tables as the page shows them and as CSV files hold them.

Numbers as tables have them and as results.json holds them: what is not finite is None.

Measured numbers as JSON has them.
"""

import csv
import io
import math
import re

import numpy as np

from magenta_reg.analysis.report.section import Bounded, Table
from magenta_reg.analysis.statistics.holm import holm

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


DIFFERENCE_COLUMNS = ['compared', 'quantity', 'difference [95%]', 'p', 'p (Holm)', 'melodies',
                      'seeds', 'test']


def finite(value):
    """Returns a number as float, None if it is None or not finite."""
    return None if value is None or not np.isfinite(value) else float(value)


def bounded(found):
    """Returns a Bounded.

    Args:
        found: Interval or Difference of one number, or None.
    """
    if found is None:
        return Bounded(None, None, None)
    return Bounded(finite(found.value), finite(found.low), finite(found.high))


def difference_table(name, title, note, differences):
    """Returns the Table of all pairs' differences.

    Args:
        name: str.
        title: str.
        note: str.
        differences: dict of quantity to dict of (label, label) to Difference. The p-values are
            corrected over all of them.

    Returns:
        list of one Table, of none if there is no pair.
    """
    found = [(quantity, pair, each) for quantity, pairs in differences.items()
             for pair, each in pairs.items()]
    tested = [index for index, (_, _, each) in enumerate(found) if finite(each.p) is not None]
    adjusted = dict(zip(tested, holm([found[index][2].p for index in tested]), strict=True))
    rows = [[' \N{MINUS SIGN} '.join(pair), quantity, bounded(each), finite(each.p),
             adjusted.get(index), each.n_melodies, each.n_seeds,
             f'none: {each.reason}' if each.reason else each.test]
            for index, (quantity, pair, each) in enumerate(found)]
    note = (f'{note} p (Holm) is corrected for the number of tests in this table.').strip()
    return [Table(name, title, note, DIFFERENCE_COLUMNS, rows)] if rows else []


def plain_differences(differences):
    """Returns what `difference_table` takes as results.json holds it: list of dict."""
    return [{'quantity': quantity, 'first': first, 'second': second, **plain(bounded(each)),
             'p': finite(each.p), 'p_melodies': finite(each.p_melodies),
             'standardized': finite(each.standardized), 'n_melodies': each.n_melodies,
             'n_seeds': each.n_seeds, 'over': each.over, 'test': each.test, 'reason': each.reason}
            for quantity, pairs in differences.items()
            for (first, second), each in pairs.items()]


def plain(value):
    """Returns a value in JSON's types: NamedTuples as dicts, what is not finite as None.

    Args:
        value: NamedTuple, dict, list, tuple, NumPy array or number, str or None, nested at will.
    """
    if hasattr(value, '_asdict'):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
