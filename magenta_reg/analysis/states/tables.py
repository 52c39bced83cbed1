"""Tables and numbers of the distances of hidden states."""

from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.tables import difference_table
from magenta_reg.analysis.states.measures import MEASURES
from magenta_reg.analysis.statistics.estimate import Estimate, plain

_GROUP_COLUMNS = ['method', 'measure', 'distance [95%]', 'on half the melodies',
                  'floor on half [95% of halvings]', 'p', 'p (Holm)', 'melodies', 'seeds']
_RUN_COLUMNS = ['run', 'states', 'measure', 'distance', 'on half the melodies', 'floor on half',
                'p', 'melodies', 'states of each melody', 'reason']

GROUP_NOTE = (
    'The distance on all melodies with its interval, then the same on halves of them, which is '
    'what compares with the floor: teacher-forced states of one half of the melodies against '
    'those of the other. p is how often a distance like this comes about if the two modes are '
    'swapped at random in whole melodies; with several seeds twice the mean of theirs. p (Holm) '
    'is corrected for the number of tests in this table.')
DIFFERENCE_NOTE = (
    'The first minus the second, in units of each measure: below 0, the states of the first are '
    'closer. Both were measured on the same melodies and the interval keeps them paired.')


def group_table(name, title, of_groups):
    """Returns the Table of all groups and measures.

    Args:
        name: str.
        title: str.
        of_groups: dict of (label, measure) to Estimate with its p corrected.
    """
    rows = [[label, MEASURES[measure].title, each, each.at_floor_size, each.floor or Estimate(),
             each.p, each.p_holm, each.n_melodies, each.n_seeds]
            for (label, measure), each in of_groups.items()]
    return Table(name, title, GROUP_NOTE, _GROUP_COLUMNS, rows)


def run_table(name, title, of_runs, num_positions):
    """Returns the Table, for a file, of every run, view and measure.

    Args:
        name: str.
        title: str.
        of_runs: dict of run label to dict of view to dict of measure to Estimate.
        num_positions: int, states of each melody and mode.
    """
    rows = [[label, view, MEASURES[measure].title, each, each.at_floor_size,
             each.floor or Estimate(), each.p, each.n_melodies, num_positions, each.reason]
            for label, views in of_runs.items() for view, measures in views.items()
            for measure, each in measures.items()]
    return Table(name, title, '', _RUN_COLUMNS, rows, is_shown=False)


def differences_tables(name, title, differences):
    """Returns a list of the Table of paired differences; none if there is one group.

    Args:
        name: str.
        title: str.
        differences: dict of measure to dict of (label, label) to Estimate.
    """
    named = {MEASURES[measure].title: pairs for measure, pairs in differences.items()}
    return difference_table(name, title, DIFFERENCE_NOTE, named)


def plain_distance(distance, num_positions, *fields):
    """Returns an Estimate as results.json holds it: dict, with `fields` in it."""
    floor = distance.floor or Estimate()
    return {**distance.plain(*fields, p_value='p', at_floor_size='at_floor_size',
                             n='n_melodies'),
            'floor': floor.value, 'floor_low': floor.low, 'floor_high': floor.high,
            'num_positions': num_positions, 'reason': distance.reason or None}


def plain_curves(curves):
    """Returns curves as results.json holds them: list of dict.

    Args:
        curves: dict of (measure, reference) to EstimateCurve.
    """
    return [plain({
        'measure': measure, 'reference': reference, 'edges': edges, 'values': found.value,
        'low': found.low, 'high': found.high, 'floor': found.floor.value,
        'floor_high': found.floor.high, 'n': found.n_melodies, 'reasons': found.reason})
        for (measure, reference), (edges, found) in curves.items()]
