"""Tables of the search for settings, and of losses at equal updates, own best, equal seconds."""

from magenta_reg.analysis.protocol.measure import EQUAL_SECONDS, EQUAL_UPDATES, OWN_BEST
from magenta_reg.analysis.report.section import report_table
from magenta_reg.analysis.report.tables import number_text, range_text
from magenta_reg.base.errors import explain

_COLUMNS = ['method', 'seeds', 'loss at equal updates [95%]', 'updates', 'loss at own best [95%]',
            'updates to it', 'loss in equal seconds [95%]', 'updates in them', 'seconds used',
            'seconds in all']


def loss_table(points, seconds, groups, seed):
    """Returns the Table of dict of POINTS to Point and their Seconds, a row a group.

    A cell without a number says why.
    """
    rows = []
    for group in groups:
        row = [group.label, group.n_seeds]
        for name in (EQUAL_UPDATES, OWN_BEST, EQUAL_SECONDS):
            loss, updates = points[name].mean(group.label, seed), points[name].updates
            row += [loss.reason or loss, _ends(updates.get(group.label))]
        rows.append([*row, *(_shown(found.get(group.label))
                             for found in (seconds.used, seconds.in_all))])
    sample = points[OWN_BEST].held_out.sample
    return report_table(
        'protocol', 'three_comparisons', _COLUMNS, rows, melodies=f'{len(sample.melodies):,}',
        events=f'{sample.num_events.sum():,}',
        budget='unknown' if seconds.budget is None else
        f'{number_text(_shown(seconds.budget))} seconds')


def _ends(updates):
    """Returns the updates of a group's runs as a cell: an int where they are the same."""
    return range_text(updates) if len(set(updates or ())) > 1 else updates and updates[0]


def _shown(secs):
    """Returns seconds as a cell: whole ones, but of the least trainings."""
    return round(secs) if secs and secs >= 10 else secs


def trial_table(trials):
    """Returns the Table of all Trials, in the order of the file."""
    own = [name for name in ('config', 'share')
           if len({getattr(each, name) for each in trials}) > 1]
    rows = [[each.experiment, *(getattr(each, name) for name in own),
             ', '.join(f'{name}={value}' for name, value in each.settings.items()), each.seed,
             each.steps, each.loss, each.best_step, 'chosen' if each.chosen else '',
             explain(each.error) if each.error else ''] for each in trials]
    return report_table('protocol', 'trials', [
        'method', *own, 'settings', 'seed', 'updates', 'lowest validation loss', 'at update',
        'chosen', 'error'], rows)
