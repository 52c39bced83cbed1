"""All methods in one table: a row a method, its main numbers of all sections."""

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.report.section import of_encoding, report_table
from magenta_reg.analysis.report.tables import cell_lines
from magenta_reg.analysis.statistics.estimate import Estimate

COLUMNS = ['method', 'seeds', 'held-out loss', 'states told apart', 'floor', 'own log-lik.',
           'judge log-lik.', 'repetition']


def overview(numbers):
    """Returns a list of Table of what results.json holds, one an encoding.

    It has a row a group and one of the held-out melodies.
    """
    sections, tables = numbers['sections'], {}
    for encoding in dict.fromkeys(group['config'] for group in numbers['groups']):
        rows = [_row(sections, group) for group in numbers['groups']
                if group['config'] == encoding]
        tables[encoding] = report_table('report', 'overview', COLUMNS,
                                        [*rows, *_real_row(sections, encoding)])
    return [of_encoding(table, encoding) if len(tables) > 1 else table
            for encoding, table in tables.items()]


def text_lines(table):
    """Returns a Table as list of str, lines of aligned columns, without intervals."""
    cells = [table.columns, *([cell_lines(cell)[0] for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ['  '.join([row[0].ljust(widths[0]),
                       *(cell.rjust(width) for cell, width in
                         zip(row[1:], widths[1:], strict=True))]) for row in cells]


def _row(sections, group):
    losses, states, likelihood = (
        sections.get(name, {}).get('groups', {}).get(group['label'], {})
        for name in ('losses', 'states', 'likelihood'))
    classifier = states.get('classifier') or {}
    return [group['label'], len(group['seeds']), _cell(losses.get('held_out')),
            _told_apart(classifier), classifier.get('floor'),
            *(_cell(likelihood.get(name)) for name in ('own', 'judge', 'repetition'))]


def _told_apart(found):
    """Returns the Estimate at the size of the floor; its interval is that of the excess, moved."""
    value, floor = found.get('at_floor_size'), found.get('floor')
    if value is None or floor is None or found.get('low') is None:
        return Estimate(value)
    return Estimate(value, found['low'] + floor, found['high'] + floor)


def _real_row(sections, encoding):
    """Returns a list of one row, or of none where nothing was measured of them."""
    real = sections.get('likelihood', {}).get('held_out', {}).get(encoding)
    if not real:
        return []
    return [[REAL, None, None, None, None, None, _cell(real['judge']),
             _cell(real['repetition'])]]


def _cell(found):
    """Returns the Estimate of a dict with value, low and high; of None it has no number."""
    return Estimate(*((found or {}).get(end) for end in ('value', 'low', 'high')))
