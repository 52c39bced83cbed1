"""Tables and numbers of the distances of hidden states."""

from magenta_reg.analysis.report.section import Bounded, Table
from magenta_reg.analysis.report.tables import difference_table, plain
from magenta_reg.analysis.states.measures import MEASURES

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


def group_table(name, title, of_groups, adjusted, seeds):
    """Returns the Table of all groups and measures.

    Args:
        name: str.
        title: str.
        of_groups: dict of (label, measure) to Distance.
        adjusted: dict of (label, measure) to float or None, corrected p-values.
        seeds: dict of label to int.
    """
    rows = [[label, MEASURES[measure].title, _bounded(each), each.at_floor_size, _floor(each),
             each.p_value, adjusted[label, measure], each.n, seeds[label]]
            for (label, measure), each in of_groups.items()]
    return Table(name, title, GROUP_NOTE, _GROUP_COLUMNS, rows)


def run_table(name, title, of_runs):
    """Returns the Table, for a file, of every run, view and measure.

    Args:
        name: str.
        title: str.
        of_runs: dict of run label to dict of view to dict of measure to Distance.
    """
    rows = [[label, view, MEASURES[measure].title, _bounded(each), each.at_floor_size,
             _floor(each), each.p_value, each.n, each.num_positions, each.reason]
            for label, views in of_runs.items() for view, measures in views.items()
            for measure, each in measures.items()]
    return Table(name, title, '', _RUN_COLUMNS, rows, is_shown=False)


def differences_tables(name, title, differences):
    """Returns a list of the Table of paired differences; none if there is one group.

    Args:
        name: str.
        title: str.
        differences: dict of measure to dict of (label, label) to Difference.
    """
    named = {MEASURES[measure].title: pairs for measure, pairs in differences.items()}
    return difference_table(name, title, DIFFERENCE_NOTE, named)


def plain_distance(distance, **more):
    """Returns a Distance as results.json holds it: dict, with `more` in it, without resamples."""
    found = plain(distance)
    del found['resamples']
    return found | more


def plain_curves(curves):
    """Returns curves as results.json holds them: list of dict.

    Args:
        curves: dict of (measure, reference) to PositionCurve.
    """
    found = []
    for (measure, _), curve in curves.items():
        each = plain(curve._replace(resamples=None))
        del each['resamples']
        found.append({'measure': measure, **each})
    return found


def _bounded(distance):
    return Bounded(distance.value, distance.low, distance.high)


def _floor(distance):
    return Bounded(distance.floor, distance.floor_low, distance.floor_high)
