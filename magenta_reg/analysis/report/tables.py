"""Tables as the page shows them and as CSV files hold them."""

import csv
import io
import re

from magenta_reg.analysis.report.section import report_table
from magenta_reg.analysis.statistics.estimate import Estimate, finite
from magenta_reg.analysis.statistics.holm import corrected

MISSING = '\u2013'


def csv_text(table):
    """Returns a Table as CSV; None is empty.

    A column of Estimates becomes NAME, NAME_low and NAME_high; names are in lower case and with
    underscores, for a program to read.
    """
    is_bounded = [any(isinstance(row[index], Estimate) for row in table.rows)
                  for index in range(len(table.columns))]
    header = [_tidy(name) + end for name, bounded in zip(table.columns, is_bounded, strict=True)
              for end in (('', '_low', '_high') if bounded else ('',))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(header)
    for row in table.rows:
        writer.writerow(['' if value is None else value
                         for cell, bounded in zip(row, is_bounded, strict=True)
                         for value in (_ends(cell) if bounded else [cell])])
    return text.getvalue()


def _tidy(name):
    return re.sub(r'\W+', '_', name.removesuffix(' [95%]').lower()).strip('_')


def _ends(cell):
    """Returns value, low and high of a cell in a column of Estimates, None for a reason."""
    if isinstance(cell, str):
        return [None] * 3
    estimate = cell if isinstance(cell, Estimate) else Estimate(cell)
    return [finite(end) for end in estimate[:3]]


def cell_lines(cell):
    """Returns what a cell (str, int, float, Estimate, None) shows: text, and interval or ''."""
    if not isinstance(cell, Estimate):
        return number_text(cell), ''
    value, low, high = _ends(cell)
    if value is None or low is None:
        return number_text(value), ''
    return number_text(value), f'[{number_text(low)}, {number_text(high)}]'


def number_text(value):
    """Returns a value as people read it: three digits behind the point, small ones by powers."""
    if value is None:
        return MISSING
    if isinstance(value, float):
        tiny = 0 < abs(value) < 0.0005
        return (f'{value:.1e}' if tiny else f'{value:.3f}').replace('-', '\u2212')
    return str(value).replace('_', ' ') if isinstance(value, str) else f'{value:,}'


def range_text(values, form=',d'):
    """Returns the least and the largest of some numbers as text, one where they are the same."""
    ends = dict.fromkeys(format(end, form) for end in (min(values), max(values)))
    return ' \N{EN DASH} '.join(ends)


_DIFFERENCE_COLUMNS = ['compared', 'quantity', 'difference [95%]', 'p', 'p (Holm)', 'melodies',
                       'seeds', 'test']


def difference_table(room, name, differences):
    """Returns a list of the Table of all pairs' differences; an empty one if there is no pair.

    Args:
        room, name: str, as of `report_table`.
        differences: dict of quantity to dict of (label, label) to Estimate; p is corrected over
            all of them.
    """
    found = corrected({(quantity, pair): each for quantity, pairs in differences.items()
                       for pair, each in pairs.items()})
    rows = [[' \N{MINUS SIGN} '.join(pair), quantity, each, finite(each.p), each.p_holm,
             each.n_melodies, each.n_seeds, f'none: {each.reason}' if each.reason else each.test]
            for (quantity, pair), each in found.items()]
    return [report_table(room, name, _DIFFERENCE_COLUMNS, rows)] if rows else []


def plain_differences(differences):
    """Returns what `difference_table` takes as results.json holds it: list of dict."""
    return [{'quantity': quantity, 'first': first, 'second': second, **plain_difference(each)}
            for quantity, pairs in differences.items()
            for (first, second), each in pairs.items()]


def plain_difference(difference):
    """Returns an Estimate of a difference as results.json holds it: dict."""
    return difference.plain('p', 'p_melodies', 'standardized', 'n_melodies', 'n_seeds', 'over',
                            'test', 'reason')
