"""The tables of exposure bias."""

import itertools

from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.tables import difference_table
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import finite

_TEXTS = texts('exposure')


def exposure_tables(exposures, rows, differences):
    """Returns list of Table: a row a group, all differences, and every bar for the file.

    Args:
        exposures: dict of group label to list of RunExposure with numbers, one a seed.
        rows: dict of group label to dict, of `summarize`.
        differences: dict of quantity to dict of (label, label) to Estimate.
    """
    return [
        Table('exposure', 'Exposure bias', _TEXTS['TABLE'],
              ['method', 'seeds', 'divergence', 'between halves', 'floor', 'excess [95%]',
               'excess, first bar', 'excess, last bar', 'p'],
              [[label, *row.values()] for label, row in rows.items()]),
        *difference_table('exposure_differences', 'Differences in exposure bias',
                          _TEXTS['DIFFERENCES'], differences),
        Table('exposure_bars', 'Exposure bias of each bar', '',
              ['method', 'seed number', 'from position', 'to position', 'divergence',
               'between halves', 'floor', 'excess', 'entropy after true events',
               'entropy after own events'],
              [[label, index, *row] for label, runs in exposures.items()
               for index, run in enumerate(runs) for row in _bars(run)], is_shown=False)]


def _bars(run):
    bias = run.bias
    columns = [bias.value, bias.at_floor_size, bias.floor.value, bias.excess,
               run.true.entropy_nats.mean(axis=0), run.own.entropy_nats.mean(axis=0)]
    return [[int(start), int(end), *(finite(column[bar]) for column in columns)]
            for bar, (start, end) in enumerate(itertools.pairwise(run.true.edges))]
