"""Which method's melodies are likeliest: to whom, where, and how dull they are."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
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
from magenta_reg.analysis.likelihood.tables import likelihood_tables
from magenta_reg.analysis.report.claims import OWN, REFERENCE, Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain

_TEXTS = texts('likelihood')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    seed, encoding = comparison.seed, groups[0].encoding
    likelihoods = cached_likelihoods(comparison, groups)
    rows = summarize(comparison, groups, likelihoods)
    differences = dict(zip((OWN, REFERENCE), likelihood_differences(likelihoods, seed),
                           strict=True))
    figures = [
        report_figure('likelihood_matrix', 'Who finds whose melodies likely', _TEXTS['MATRIX'],
                      draw_likelihood_matrix(likelihoods, seed)),
        report_figure('likelihood_positions', 'Likelihood as melodies go on', _TEXTS['POSITIONS'],
                      draw_likelihood_positions(likelihoods, groups, seed))]
    return Section('likelihood', _TEXTS['TITLE'], _TEXTS['TEXT'], figures,
                   likelihood_tables(likelihoods, rows, differences, groups, seed),
                   {encoding: _measured(likelihoods)},
                   _numbers(encoding, likelihoods, rows, differences, seed), _notes(likelihoods))


def _measured(likelihoods):
    return Measured({
        quantity: {label: per_melody(values[label]) for label in likelihoods.scorers}
        for quantity, values in ((OWN, likelihoods.own), (REFERENCE, likelihoods.by_reference))})


def _numbers(encoding, likelihoods, rows, differences, seed):
    groups = plain(rows)
    real = groups.pop(REAL)
    matrix = [{'config': encoding, 'generator': generator, 'scorer': scorer,
               **likelihoods.mean(generator, scorer, seed).plain()}
              for generator, scorer in likelihoods.cells]
    return {'groups': groups, 'held_out': {encoding: real},
            'references': {encoding: likelihoods.reference}, 'matrix': matrix,
            'differences': plain_differences(differences)}


def _notes(likelihoods):
    notes = []
    if likelihoods.reference_scores_itself:
        notes.append(f'There is one seed of {display(likelihoods.reference)}, the reference: its '
                     'own melodies are scored by the network that made them, which favours them.')
    wrong = [display(label) for label, values in likelihoods.own.items()
             if not np.isfinite(values).all()]
    if wrong:
        notes.append('Log-likelihoods that are not finite, because the training went wrong: '
                     f'{", ".join(wrong)}.')
    return notes
