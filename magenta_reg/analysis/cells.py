"""Numbers as tables have them and as results.json holds them: what is not finite is None."""

import numpy as np

from magenta_reg.analysis.plain import plain
from magenta_reg.analysis.section import Bounded, Table
from magenta_reg.analysis.holm import holm

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
