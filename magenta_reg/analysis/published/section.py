"""What would the study have said, measured as such studies were?"""

import numpy as np

from magenta_reg.analysis.published.measure import published_numbers, read_claims
from magenta_reg.analysis.report.claim_tests import gather
from magenta_reg.analysis.report.claims import EVALUATION, OWN, TRAINING, statement
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_table
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.report.verdicts import CONFIRMED, CONTRADICTED
from magenta_reg.analysis.statistics.bootstrap import normalized
from magenta_reg.analysis.statistics.estimate import finite, plain

_TEXTS = texts('published')
_DISTANCE = 'centroid'


def make_section(comparison, sections, found):
    """Returns the Section.

    Args:
        comparison: Comparison.
        sections: list of Section, which measured what is set against it.
        found: dict of encoding to list of ClaimVerdict.
    """
    @per_encoding
    def make(comparison, groups):
        encoding = groups[0].encoding
        measured = gather(sections, encoding)
        numbers = published_numbers(comparison, groups, measured.distances.get(_DISTANCE, {}))
        words = {verdict.claim: verdict.word for verdict in found[encoding]}
        rows = [_reading_row(reading, words[reading.claim])
                for reading in read_claims(groups, numbers)]
        tables = [report_table('published', 'published_claims', [
            'claim', 'read from', 'with one seed', 'seeds that say so', 'tested', 'changes'],
            rows)] if rows else []
        tables.append(report_table('published', 'published_numbers', [
            'method', *numbers, *(f'exact: {name}' for name in _EXACT)],
            [[group.label, *_cells(group.label, numbers, measured)] for group in groups]))
        return Section('published', _TEXTS['TITLE'], _TEXTS['TEXT'], [], tables, {}, {
            'claims': {row[0]: dict(zip(('quantity', 'with_one_seed', 'seeds', 'tested', 'changes'),
                                        row[1:], strict=True)) for row in rows},
            'groups': {group.label: plain({name: own[group.label] for name, own in numbers.items()})
                       for group in groups}})

    return make(comparison)


# What the numbers as published are set against.
_EXACT = (TRAINING, EVALUATION, OWN)


def _reading_row(reading, word):
    """Returns a row of the table: it changes where the words of one network were too strong."""
    first, count = next(iter(reading.is_so.values())), sum(reading.is_so.values())
    said = CONFIRMED if first else CONTRADICTED
    return [statement(reading.claim), reading.quantity, 'holds' if first else 'does not hold',
            f'{count} of {len(reading.is_so)}', word, 'no' if word == said else 'yes']


def _cells(label, numbers, measured):
    """Returns means over seeds: as published, then exact ones; None where there is none."""
    published = [finite(np.mean(list(own[label].values()))) for own in numbers.values()]
    exact = []
    for quantity in _EXACT:
        values = measured.per_melody.get(quantity, {}).get(label)
        exact.append(None if values is None else finite(np.mean(
            np.asarray(values) @ normalized(measured.weights.get(quantity), len(values[0])))))
    return [*published, *exact]
