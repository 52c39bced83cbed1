"""Which method's melodies are likeliest: to whom, where, and how dull they are."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.likelihood.figures import (
    draw_likelihood_matrix,
    draw_likelihood_positions,
)
from magenta_reg.analysis.likelihood.measure import (
    cached_likelihoods,
    likelihood_differences,
    per_melody,
    summarize,
)
from magenta_reg.analysis.report.claims import JUDGE, OWN, Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, file_table, report_figure, report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain

_TEXTS = texts('likelihood')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    seed, encoding = comparison.seed, groups[0].encoding
    likelihoods = cached_likelihoods(comparison, groups)
    matrix = likelihoods.matrix(seed)
    rows = summarize(comparison, groups, likelihoods, matrix)
    compared = likelihood_differences(likelihoods, seeds_of(groups), seed)
    differences = dict(zip((OWN, JUDGE), compared, strict=True))
    figures = [report_figure('likelihood', 'likelihood_matrix', draw_likelihood_matrix(matrix)),
               report_figure('likelihood', 'likelihood_positions',
                             draw_likelihood_positions(likelihoods, groups, seed))]
    return Section('likelihood', _TEXTS['TITLE'], _TEXTS['TEXT'], figures,
                   _tables(likelihoods, matrix, rows, differences, groups),
                   {encoding: _measured(likelihoods)},
                   _numbers(encoding, likelihoods, matrix, rows, differences), _notes(likelihoods))


def _tables(likelihoods, matrix, rows, differences, groups):
    """Returns list of Table: a row a group, all differences, and the matrix for the file."""
    seeds = {group.label: group.n_seeds for group in groups}
    return [
        report_table('likelihood', 'likelihood', [
            'melodies of', 'seeds', 'under itself [95%]', 'under the judge [95%]',
            'repetition [95%]', 'entropy of events [95%]'],
            [[label, seeds.get(label), *row.values()] for label, row in rows.items()],
            judge=display(likelihoods.judge) if likelihoods.by_judge else 'none'),
        *difference_table('likelihood', 'likelihood_differences', differences),
        file_table('likelihood_matrix', ['melodies of', *likelihoods.scorers],
                   [[generator, *(matrix[generator, scorer] for scorer in likelihoods.scorers)]
                    for generator in likelihoods.generators])]


def _measured(likelihoods):
    return Measured({
        quantity: {label: per_melody(each) for label, each in values.items() if label != REAL}
        for quantity, values in ((OWN, likelihoods.own), (JUDGE, likelihoods.by_judge))})


def _numbers(encoding, likelihoods, matrix, rows, differences):
    groups = plain(rows)
    real = groups.pop(REAL)
    return {'groups': groups, 'held_out': {encoding: real},
            'judges': {encoding: likelihoods.judge if likelihoods.by_judge else None},
            'matrix': [{'config': encoding, 'generator': generator, 'scorer': scorer,
                        **mean.plain()} for (generator, scorer), mean in matrix.items()],
            'differences': plain_differences(differences)}


def _notes(likelihoods):
    notes = []
    unjudged = [display(label) for label in likelihoods.scorers
                if label not in likelihoods.by_judge]
    if unjudged:
        notes.append(_TEXTS['NO_JUDGE'].format(groups=', '.join(unjudged),
                                               first=display(likelihoods.scorers[0])))
    wrong = [display(label) for label, values in likelihoods.own.items()
             if not np.isfinite(values).all()]
    if wrong:
        notes.append(_TEXTS['NOT_FINITE'].format(groups=', '.join(wrong)))
    return notes
