"""Tables and numbers of the distances of hidden states."""

from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.statistics.estimate import Estimate, plain

_GROUP_COLUMNS = ['method', 'measure', 'excess [95%]', 'distance', 'on half the melodies',
                  'floor on half [95% of halvings]', 'p', 'p (Holm)', 'melodies', 'seeds']
_RUN_COLUMNS = ['run', 'states', 'measure', 'excess', 'distance', 'on half the melodies',
                'floor on half', 'p', 'melodies', 'states of each melody', 'reason']


def group_table(groups):
    """Returns the Table of a dict of (label, distance) to Estimate with its p corrected."""
    rows = [[label, DISTANCES[name].title, each, each.on_all, each.at_floor_size,
             each.floor or Estimate(), each.p, each.p_holm, each.n_melodies, each.n_seeds]
            for (label, name), each in groups.items()]
    return report_table('states', 'state_distances', _GROUP_COLUMNS, rows)


def run_table(states, num_positions):
    """Returns the Table, for a file, of every view and distance of a dict of label to RunStates."""
    rows = [[label, view, DISTANCES[name].title, each, each.on_all, each.at_floor_size,
             each.floor or Estimate(), each.p, each.n_melodies, num_positions, each.reason]
            for label, own in states.items() for view, estimates in own.distances.items()
            for name, each in estimates.items()]
    return file_table('state_distances_runs', _RUN_COLUMNS, rows)


def plain_distance(distance, num_positions, *fields):
    """Returns an Estimate as results.json holds it: dict, with `fields` in it; value is the excess.
    """
    floor = distance.floor or Estimate()
    return {**distance.plain(*fields, p_value='p', distance='on_all',
                             at_floor_size='at_floor_size', n='n_melodies'),
            'floor': floor.value, 'floor_low': floor.low, 'floor_high': floor.high,
            'num_positions': num_positions, 'reason': distance.reason or None}


def plain_curves(curves):
    """Returns a dict of (distance, reference) to EstimateCurve as results.json holds it: list."""
    return [plain({
        'measure': name, 'reference': reference, 'edges': edges, 'values': found.value,
        'low': found.low, 'high': found.high, 'floor': found.floor.value,
        'floor_high': found.floor.high, 'n': found.n_melodies, 'reasons': found.reason})
        for (name, reference), (edges, found) in curves.items()]
