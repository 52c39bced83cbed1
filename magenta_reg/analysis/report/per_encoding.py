"""The frame of every question: a function of groups becomes `make_section(comparison)`.

Losses, likelihoods and states compare within one encoding only: a part for each, never one table
of several.
"""

import functools

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.section import of_encoding


def per_encoding(make):
    """Decorates make(comparison, groups) -> Section: it is called with the groups of each encoding.

    Where there are several encodings, names and titles of figures and tables end with theirs.

    Returns:
        function of Comparison to Section, or to None if there is nothing to show.
    """
    @functools.wraps(make)
    def make_section(comparison):
        encodings = by_encoding(comparison.groups)
        parts = [make(comparison, groups) for groups in encodings.values()]
        if len(encodings) > 1:
            parts = [part._replace(figures=[of_encoding(each, encoding) for each in part.figures],
                                   tables=[of_encoding(each, encoding) for each in part.tables])
                     for encoding, part in zip(encodings, parts, strict=True)]
        return _joined(parts)

    return make_section


def over_all_groups(make):
    """Decorates make(comparison, groups) -> Section: it is called with all groups at once."""
    @functools.wraps(make)
    def make_section(comparison):
        return _joined([make(comparison, comparison.groups)])

    return make_section


def _joined(parts):
    """Returns the Sections as one; None if there is nothing to show."""
    figures, tables, notes = ([each for part in parts for each in getattr(part, field)]
                              for field in ('figures', 'tables', 'notes'))
    if not (figures or tables or notes):
        return None
    measured, numbers = {}, {}
    for part in parts:
        measured |= part.measured
        for key, value in part.numbers.items():
            if isinstance(value, dict):
                numbers[key] = numbers.get(key, {}) | value
            else:
                numbers[key] = numbers.get(key, []) + value if isinstance(value, list) else value
    return parts[0]._replace(figures=figures, tables=tables, notes=notes, measured=measured,
                             numbers=numbers)
