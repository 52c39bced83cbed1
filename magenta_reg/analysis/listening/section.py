"""What listeners preferred: the section on the votes that were given with --votes."""

from magenta_reg.analysis.listening.blind_test import make_test
from magenta_reg.analysis.listening.consistency import consistency
from magenta_reg.analysis.listening.figures import draw_strengths
from magenta_reg.analysis.listening.preference import find_preference
from magenta_reg.analysis.listening.tables import (
    consistency_table,
    preference_tables,
    preferred_to_held_out,
)
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.tables import number_text
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain
from magenta_reg.analysis.statistics.holm import ALPHA

_TEXTS = texts('listening')


def make_section(comparison):
    """Returns the Section; None without votes."""
    if not comparison.votes:
        return None
    test = make_test(comparison)
    votes = comparison.votes
    found = find_preference(votes, test, comparison.seed)
    listeners, everyone = consistency(votes, test)
    n = found.n_listeners
    text = _TEXTS['TEXT'].format(
        n_listeners='One listener' if n == 1 else f'{n} listeners', n_votes=len(votes),
        n_beginnings=found.n_beginnings, verdict=_verdict(found))
    figures, tables = [], []
    if not found.reason:
        figures = [report_figure('listening', 'listening_strengths',
                                 draw_strengths(found, comparison.groups))]
        tables = preference_tables(found)
    return Section(
        'listening', _TEXTS['TITLE'], text.strip(), figures,
        [*tables, consistency_table(listeners, everyone)],
        numbers=_numbers(test, found, everyone), notes=list(_notes(found, comparison.groups)))


def _verdict(found):
    if found.reason:
        return ''
    word = _TEXTS['SOME' if found.p < ALPHA else 'NONE']
    p = 'below 0.001' if found.p < 0.001 else number_text(found.p)
    return _TEXTS['PREFERENCE'].format(p=p, word=word)


def _notes(found, groups):
    if found.reason:
        yield _TEXTS['NO_STRENGTHS'].format(reason=found.reason)
    if found.n_listeners == 1:
        yield _TEXTS['ONE_LISTENER']
    elif found.n_listeners < 5:
        yield _TEXTS['FEW_LISTENERS'].format(n=found.n_listeners)
    if max(len(group.runs) for group in groups) == 1:
        yield _TEXTS['ONE_SEED']


def _numbers(test, found, everyone):
    return plain({
        'test': test.id, 'n_listeners': found.n_listeners, 'n_beginnings': found.n_beginnings,
        'n_votes': everyone.n_votes, 'likelihood_ratio': found.likelihood_ratio,
        'p': found.p, 'reason': found.reason, 'strengths': found.strengths,
        'preferred_to_held_out': preferred_to_held_out(found),
        'differences': [{'first': first, 'second': second,
                         **each.plain('p', 'p_holm', 'n_melodies')}
                        for (first, second), each in found.differences.items()],
        'consistency': {field: {'found': count.found, 'total': count.total,
                                'chance': count.chance}
                        for field, count in everyone._asdict().items()
                        if field != 'n_votes'}})
