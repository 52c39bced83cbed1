"""Which method's melodies are likeliest: to whom, where, and how dull they are."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.likelihood.figures import (
    draw_likelihood_matrix,
    draw_likelihood_positions,
)
from magenta_reg.analysis.likelihood.measure import (
    kept_likelihoods,
    likelihood_differences,
    per_melody,
)
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.report.claims import OWN, REFERENCE, Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, Table, report_figure
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate, finite, plain
from magenta_reg.measures.repetition import repetition

TITLE = "Which method's melodies are likeliest?"
TEXT = (
    'Each network goes on from the beginnings of the held-out melodies, and networks say how '
    'likely they find what came out: the log-likelihood of each event given all events before it, '
    'without the beginning that was given, at temperature 1, in nats per event; nearer 0 is '
    'likelier. A network that scores its own melodies says how sure of itself it is; that makes '
    'no melody good. One reference network for all asks the same judge everywhere. What is likely '
    'can be dull: a single held note is the likeliest melody of all. So repetition (the share of '
    'groups of four events that came before in the same melody) and entropy (how varied the '
    'events of a melody are) stand beside it, and the held-out melodies themselves in a row.')
MATRIX_CAPTION = (
    'Rows say who made the melodies, columns who scores them; frames mark networks that score '
    'their own. Each cell has the mean and half the width of its 95% interval. Compare within a '
    'column: there the judge is the same. The last row is what people wrote: a network whose own '
    'melodies lie far above it in its column is surer of itself than of real music.')
POSITIONS_CAPTION = (
    'Means over bars, bands are 95% intervals. A line that falls to the right says that melodies '
    'leave what the judge expects the longer they go on; one that rises, that they settle into '
    'what is easy to expect, such as repetition. Held-out melodies are dashed.')
TABLE_NOTE = (
    'Log-likelihoods in nats per event, higher is likelier. Repetition from 0 (no four events come '
    'again) to 1 (always the same); entropy in nats. Values near those of the held-out melodies '
    'are like theirs.')
_COLUMNS = ['melodies of', 'seeds', 'under itself [95%]', 'under the reference [95%]',
            'repetition [95%]', 'entropy of events [95%]']
_DULLNESS = {'repetition': repetition, 'event_entropy': FEATURES['event_entropy']}


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    likelihoods = kept_likelihoods(comparison, groups)
    rows = {label: _row(comparison, groups, likelihoods, label) for label in likelihoods.generators}
    own, common = likelihood_differences(likelihoods, comparison.seed)
    differences = {OWN: own, REFERENCE: common}
    return Section('likelihood', TITLE, TEXT, _figures(comparison, groups, likelihoods),
                   _tables(comparison, groups, likelihoods, rows, differences),
                   {groups[0].encoding: _measured(likelihoods)},
                   _numbers(comparison, groups, likelihoods, rows, differences),
                   _notes(likelihoods))


def _row(comparison, groups, likelihoods, label):
    """Returns dict of quantity to Estimate of a row of the table."""
    seed = comparison.seed
    own = Estimate() if label == REAL else likelihoods.mean(label, label, seed)
    found = {'own': own, 'reference': likelihoods.reference_mean(label, seed)}
    for name, measure in _DULLNESS.items():
        values = [[measure(events[comparison.held_out.primer_steps:]) for events in melodies]
                  for melodies in _melodies(comparison, groups, label)]
        found[name] = group_mean(values, seed)
    return found


def _melodies(comparison, groups, label):
    """Returns list of int32 [melodies, num_steps], one a seed."""
    if label == REAL:
        return [comparison.held_out.melodies]
    group = next(group for group in groups if group.label == label)
    return [comparison.generated[run.label] for run in group.runs]


def _figures(comparison, groups, likelihoods):
    seed = comparison.seed
    return [
        report_figure('likelihood_matrix', 'Who finds whose melodies likely', MATRIX_CAPTION,
                      draw_likelihood_matrix(likelihoods, seed)),
        report_figure('likelihood_positions',
                      'Likelihood as melodies go on', POSITIONS_CAPTION,
                      draw_likelihood_positions(likelihoods, groups, seed))]


def _tables(comparison, groups, likelihoods, rows, differences):
    seeds = {group.label: group.n_seeds for group in groups}
    matrix = [[generator, *(likelihoods.mean(generator, scorer, comparison.seed)
                            for scorer in likelihoods.scorers)]
              for generator in likelihoods.generators]
    return [
        Table('likelihood', 'Likelihood, and dullness beside it',
              f'{TABLE_NOTE} The reference is {likelihoods.reference}.'.replace('_', ' '), _COLUMNS,
              [[label, seeds.get(label), *row.values()] for label, row in rows.items()]),
        *difference_table(
            'likelihood_differences', 'Differences in likelihood',
            'The first minus the second, in nats per event, over continuations of the same '
            'beginnings: above 0, melodies of the first are likelier.', differences),
        Table('likelihood_matrix', 'The matrix', '',
              ['melodies of', *likelihoods.scorers], matrix, is_shown=False)]


def _measured(likelihoods):
    own = {label: per_melody(likelihoods.cells[label, label]) for label in likelihoods.scorers}
    common = {label: per_melody(likelihoods.by_reference[label]) for label in likelihoods.scorers}
    return Measured({OWN: own, REFERENCE: common})


def _numbers(comparison, groups, likelihoods, rows, differences):
    encoding = groups[0].encoding
    named = {label: plain(row)
             for label, row in rows.items()}
    real = named.pop(REAL)
    matrix = [{'config': encoding, 'generator': generator, 'scorer': scorer,
               **likelihoods.mean(generator, scorer, comparison.seed).plain()}
              for generator, scorer in likelihoods.cells]
    return {'groups': named, 'held_out': {encoding: real},
            'references': {encoding: likelihoods.reference}, 'matrix': matrix,
            'differences': plain_differences(differences)}


def _notes(likelihoods):
    notes = []
    reference = likelihoods.reference.replace('_', ' ')
    if likelihoods.reference_scores_itself:
        notes.append(f'There is one seed of {reference}, the reference: its own melodies are '
                     'scored by the network that made them, which favours them.')
    wrong = [label for label in likelihoods.scorers
             if finite(np.sum(likelihoods.cells[label, label], dtype=np.float64)) is None]
    if wrong:
        notes.append(f'Log-likelihoods that are not finite, because the training went wrong: '
                     f'{", ".join(wrong)}.'.replace('_', ' '))
    return notes
