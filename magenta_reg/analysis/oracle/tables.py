"""Tables and numbers of the errors against an oracle."""

import itertools

from magenta_reg.analysis.oracle.estimates import (
    GENERATED_NLL,
    ORACLE_NLL,
    OWN_ERROR,
    RATIO,
    REVERSE_ERROR,
    TRUE_ERROR,
    against_position,
    edges_of,
)
from magenta_reg.analysis.quality.curves import points_of
from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.statistics.estimate import Estimate, plain

KEYS = {TRUE_ERROR: 'true_kl', OWN_ERROR: 'own_kl', RATIO: 'ratio', REVERSE_ERROR: 'reverse_kl',
        GENERATED_NLL: 'generated_nll', ORACLE_NLL: 'oracle_nll'}
_ITSELF = 'the oracle itself'


def group_table(rows, groups, floor):
    """Returns the Table of `summarize` of each group, and what the oracle itself would have.

    Args:
        rows: dict of group label to dict of quantity to Estimate.
        groups: list of Group.
        floor: Estimate of the likelihood of the oracle's melodies under itself.
    """
    shown = [[group.label, group.n_seeds, *(rows[group.label][name] for name in KEYS)]
             for group in groups]
    itself = {TRUE_ERROR: Estimate(0.0), OWN_ERROR: Estimate(0.0),
              REVERSE_ERROR: Estimate(0.0), GENERATED_NLL: floor, ORACLE_NLL: floor}
    shown.append([_ITSELF, None, *(itself.get(name, Estimate()) for name in KEYS)])
    return report_table('oracle', 'oracle',
                        ['method', 'seeds', *(f'{name} [95%]' for name in KEYS)], shown)


def file_tables(errors, temperatures, seed):
    """Returns the Tables of errors against position and of `temperature_rows`."""
    positions = [[label, int(start), int(end), *estimates]
                 for label, runs in errors.items()
                 for (start, end), *estimates in zip(
                     itertools.pairwise(runs[0].primer_steps + edges_of(runs[0])),
                     *map(points_of, against_position(runs, seed)), strict=True)]
    return [
        file_table('oracle_positions', ['method', 'from position', 'to position', *(
            f'{name} [95%]' for name in (TRUE_ERROR, OWN_ERROR, RATIO))], positions),
        file_table('oracle_temperatures', ['method', 'temperature', f'{GENERATED_NLL} [95%]',
                                           f'{ORACLE_NLL} [95%]'], temperatures)]


def plain_rows(rows):
    """Returns dict of group label to dict of quantity's key to number, as results.json has it."""
    return plain({label: {KEYS[name]: each for name, each in row.items()}
                  for label, row in rows.items()})


def plain_temperatures(temperatures, encoding):
    """Returns `temperature_rows` as results.json has them: list of dict."""
    return [{'config': encoding, 'method': label, 'temperature': temperature,
             'generated_nll': generated.plain(), 'oracle_nll': oracle.plain()}
            for label, temperature, generated, oracle in temperatures]
