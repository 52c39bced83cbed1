"""Does a model expect other things after its own events than after true ones?"""

from magenta_reg.analysis.exposure.figures import draw_exposure_bias
from magenta_reg.analysis.exposure.measure import (
    cached_exposures,
    excess_differences,
    split_measured,
    summarize,
)
from magenta_reg.analysis.exposure.tables import exposure_tables
from magenta_reg.analysis.likelihood.measure import cached_likelihoods
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain

_TEXTS = texts('exposure')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    seed = comparison.seed
    exposures, reasons = split_measured(cached_exposures(comparison, groups))
    rows = {label: summarize(runs, seed) for label, runs in exposures.items()}
    differences = {'excess divergence': excess_differences(exposures, seed)}
    figures, tables = [], []
    if exposures:
        figures = [report_figure(
            'exposure', 'Expectations after own events', _TEXTS['EXPOSURE'],
            draw_exposure_bias(exposures, groups, seed, cached_likelihoods(comparison, groups)))]
        tables = exposure_tables(exposures, rows, differences)
    numbers = {'groups': {label: _numbers(exposures[label], row) for label, row in rows.items()},
               'differences': plain_differences(differences)}
    return Section('exposure', _TEXTS['TITLE'], _TEXTS['TEXT'], figures, tables, {}, numbers,
                   [f'Not measured for {display(label)}: {reason}.'
                    for label, reason in reasons.items()])


def _numbers(runs, row):
    return {**plain(row), 'p_of_runs': [run.bias.p for run in runs],
            'n_melodies': runs[0].bias.n_melodies}
