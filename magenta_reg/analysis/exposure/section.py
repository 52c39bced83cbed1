"""Does a model expect other things after its own events than after true ones?"""

import itertools

from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.exposure.figures import draw_exposure_bias
from magenta_reg.analysis.exposure.measure import (
    cached_exposures,
    excess_differences,
    split_measured,
    summarize,
)
from magenta_reg.analysis.likelihood.measure import cached_likelihoods
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, file_table, report_figure, report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import finite, plain

_TEXTS = texts('exposure')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    seed = comparison.seed
    exposures, reasons = split_measured(cached_exposures(comparison, groups))
    rows = {label: summarize(runs, seed) for label, runs in exposures.items()}
    differences = {'excess divergence': excess_differences(exposures, seeds_of(groups))}
    figures, tables = [], []
    if exposures:
        figures = [report_figure('exposure', 'exposure', draw_exposure_bias(
            exposures, groups, seed, cached_likelihoods(comparison, groups)))]
        tables = _tables(exposures, rows, differences)
    numbers = {'groups': {label: _numbers(exposures[label], row) for label, row in rows.items()},
               'differences': plain_differences(differences)}
    return Section('exposure', _TEXTS['TITLE'], _TEXTS['TEXT'], figures, tables, {}, numbers,
                   [f'Not measured for {display(label)}: {reason}.'
                    for label, reason in reasons.items()])


def _tables(exposures, rows, differences):
    """Returns list of Table: a row a group, all differences, and every bar for the file."""
    return [
        report_table('exposure', 'exposure', [
            'method', 'seeds', 'divergence', 'between halves', 'floor', 'excess [95%]',
            'excess, first bar', 'excess, last bar', 'p'],
            [[label, *row.values()] for label, row in rows.items()]),
        *difference_table('exposure', 'exposure_differences', differences),
        file_table('exposure_bars', [
            'method', 'seed number', 'from position', 'to position', 'divergence',
            'between halves', 'floor', 'excess', 'entropy after true events',
            'entropy after own events'],
            [[label, index, *row] for label, runs in exposures.items()
             for index, run in enumerate(runs) for row in _bars(run)])]


def _bars(run):
    bias = run.bias
    columns = [bias.value, bias.at_floor_size, bias.floor.value, bias.excess,
               run.true.entropy_nats.mean(axis=0), run.own.entropy_nats.mean(axis=0)]
    return [[int(start), int(end), *(finite(column[bar]) for column in columns)]
            for bar, (start, end) in enumerate(itertools.pairwise(run.true.edges))]


def _numbers(runs, row):
    return {**plain(row), 'p_of_runs': [run.bias.p for run in runs],
            'n_melodies': runs[0].bias.n_melodies}
