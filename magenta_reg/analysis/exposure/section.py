"""Does a model expect other things after its own events than after true ones?"""

import itertools

import numpy as np

from magenta_reg.analysis.exposure.figures import draw_exposure_bias
from magenta_reg.analysis.exposure.measure import (
    excess_differences,
    keep_exposures,
    mean_excess,
    split_measured,
)
from magenta_reg.analysis.likelihood.measure import kept_likelihoods
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, Table, report_figure
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.statistics.estimate import finite, plain

TITLE = 'Does a model expect other things after its own events?'
TEXT = (
    'In training a network only ever hears what people wrote; when it goes on alone it hears '
    'itself. If small mistakes lead it to where it never was in training, what it expects drifts '
    'away: exposure bias, which scheduled sampling and professor forcing are meant to cure. At '
    'each position the network tells how likely it finds every possible next event, once after the '
    'true melodies and once after its own, from the same beginnings. Their means over melodies are '
    'compared by the Jensen-Shannon divergence: 0 if the same is expected on the whole, 0.693 nats '
    '(log 2) if nothing in common is. Means over few melodies are never quite equal, so the same '
    'is computed between two halves of the true melodies, the floor. The excess is what goes '
    'beyond that floor: 0 on average for a network that expects the same in both cases.')
CAPTION = (
    'Above: excess divergence; at 0 a network expects the same after its own events as after true '
    'ones, and a line that rises to the right is a drift that grows. Middle: how unsure the '
    'network is of the next event, after its own events (solid, with marks) and after true ones '
    '(dashed): solid below dashed means that it has talked itself into something easy, such as '
    'repetition. Below: how unlikely one reference network finds the continuations, with the '
    'held-out melodies in grey. Means over bars; bands are 95% intervals, but not where '
    'they would hide each other.')
TABLE_NOTE = (
    'Means over all bars after the beginning, in nats. Divergence between halves is that of own '
    'events in one half of the melodies and true events in the other; excess is that minus the '
    'floor. p (the highest of the seeds) is that modes are exchangeable, by permutation.')
_COLUMNS = ['method', 'seeds', 'divergence', 'between halves', 'floor', 'excess [95%]',
            'excess, first bar', 'excess, last bar', 'p']


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    exposures, reasons = split_measured(keep_exposures(comparison, groups))
    notes = [f'Not measured for {label}: {reason}.'.replace('_', ' ')
             for label, reason in reasons.items()]
    if not exposures:
        return Section('exposure', TITLE, TEXT, numbers={'groups': {}, 'differences': []},
                       notes=notes)
    drawn = draw_exposure_bias(exposures, groups, comparison.seed,
                               kept_likelihoods(comparison, groups))
    rows = {label: _row(runs, comparison.seed) for label, runs in exposures.items()}
    differences = {'excess divergence': excess_differences(exposures, comparison.seed)}
    figure = report_figure('exposure', 'Expectations after own events', CAPTION, drawn)
    numbers = {'groups': {label: _numbers(exposures[label], row) for label, row in rows.items()},
               'differences': plain_differences(differences)}
    return Section('exposure', TITLE, TEXT, [figure], _tables(exposures, rows, differences), {},
                   numbers, notes)


def _row(runs, seed):
    """Returns the cells of a group but its label."""
    biases = [run.bias for run in runs]
    means = [float(np.mean(values)) for values in (
        [bias.value for bias in biases], [bias.at_floor_size for bias in biases],
        [bias.floor.value for bias in biases])]
    ends = [float(np.mean([bias.excess[end] for bias in biases])) for end in (0, -1)]
    return [len(runs), *means, mean_excess(runs, seed), *ends,
            max(bias.p for bias in biases)]


def _tables(exposures, rows, differences):
    return [
        Table('exposure', 'Exposure bias', TABLE_NOTE, _COLUMNS,
              [[label, *row] for label, row in rows.items()]),
        *difference_table('exposure_differences',
                          'Differences in exposure bias',
                          'The first minus the second, in nats: below 0, the first expects less '
                          'differently after its own events.', differences),
        Table('exposure_bars', 'Exposure bias of each bar', '',
              ['method', 'seed number', 'from position', 'to position', 'divergence',
               'between halves', 'floor', 'excess', 'entropy after true events',
               'entropy after own events'],
              [row for label, runs in exposures.items() for index, run in enumerate(runs)
               for row in _bars(label, index, run)], is_shown=False)]


def _bars(label, index, run):
    bias, edges = run.bias, run.true.edges
    columns = [bias.value, bias.at_floor_size, bias.floor.value, bias.excess,
               run.true.entropy_nats.mean(axis=0), run.own.entropy_nats.mean(axis=0)]
    return [[label, index, int(start), int(end), *(finite(column[row]) for column in columns)]
            for row, (start, end) in enumerate(itertools.pairwise(edges))]


def _numbers(runs, row):
    cells = dict(zip(('seeds', 'divergence', 'between_halves', 'floor', 'excess', 'excess_first',
                      'excess_last', 'p'), row, strict=True))
    return cells | {'excess': plain(cells['excess']), 'p_of_runs': [run.bias.p for run in runs],
                    'n_melodies': runs[0].bias.n_melodies}
