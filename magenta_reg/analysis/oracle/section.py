"""How far is a network from the oracle that drew its melodies?"""

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.exposure.next_events import StepDistributions
from magenta_reg.analysis.oracle.estimates import (
    GENERATED_NLL,
    ORACLE_NLL,
    differences,
    summarize,
)
from magenta_reg.analysis.oracle.figures import draw_errors
from magenta_reg.analysis.oracle.measure import oracle_errors
from magenta_reg.analysis.oracle.tables import (
    file_tables,
    group_table,
    plain_rows,
    plain_temperatures,
)
from magenta_reg.analysis.quality.curves import temperature_rows
from magenta_reg.analysis.quality.figures import draw_temperatures
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.bootstrap import bootstrap_mean

_TEXTS = texts('oracle')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section; it is empty where the held-out melodies are of no oracle."""
    oracle, seed, encoding = comparison.oracle, comparison.seed, groups[0].encoding
    if not oracle:
        return Section('oracle', _TEXTS['TITLE'], _TEXTS['TEXT'])
    errors = {group.label: [_cached_errors(comparison, run) for run in group.runs]
              for group in groups}
    rows = {label: summarize(runs, seed) for label, runs in errors.items()}
    floor = bootstrap_mean(errors[groups[0].label][0].floor_nll, seed)
    compared = differences(errors, seeds_of(groups), seed)
    curves = {label: [each.curve for each in runs] for label, runs in errors.items()}
    names = ORACLE_NLL, GENERATED_NLL, 'the oracle itself'
    figures = [report_figure('oracle', 'oracle_errors', draw_errors(errors, groups, seed)),
               report_figure('oracle', 'oracle_temperatures', draw_temperatures(
                   curves, looks_of(groups), seed, names))]
    temperatures = temperature_rows(curves, seed)
    tables = [group_table(rows, groups, floor),
              *difference_table('oracle', 'oracle_differences', compared),
              *file_tables(errors, temperatures, seed)]
    numbers = {'oracle': {'name': oracle.name, 'settings': oracle.settings},
               'floor_nll': {encoding: floor.plain()}, 'groups': plain_rows(rows),
               'temperatures': plain_temperatures(temperatures, encoding),
               'differences': plain_differences(compared)}
    return Section('oracle', _TEXTS['TITLE'], _TEXTS['TEXT'], figures, tables, {}, numbers)


def _cached_errors(comparison, run):
    """Returns the OracleErrors of a run."""
    oracle, held_out = comparison.oracle, comparison.held_out
    return comparison.cached_for_run('oracle', run, lambda: oracle_errors(
        StepDistributions.from_run(run.run_dir, run.checkpoint), oracle, held_out.melodies,
        held_out.primer_steps, comparison.seed, generated=comparison.generated[run.label]),
        oracle=array_sha256(*oracle.arrays.values()), settings=oracle.settings)
