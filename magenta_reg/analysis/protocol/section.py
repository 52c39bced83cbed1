"""Was it a fair comparison: the search for settings, and losses at three points of training."""

from collections import Counter

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.losses.curves import loss_curves
from magenta_reg.analysis.protocol.figures import draw_seconds
from magenta_reg.analysis.protocol.measure import EQUAL_SECONDS, measure_points
from magenta_reg.analysis.protocol.tables import loss_table, trial_table
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, of_encoding, report_figure
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain

_TEXTS = texts('protocol')
# Seconds of one method's runs that differ more were not measured alike.
_MAX_SPREAD = 1.25


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; what depends on seconds is in its `compute` alone."""
    protocol, encodings = comparison.protocol, by_encoding(groups)
    figures, tables, notes = [], [], []
    numbers, compute = _new_numbers(), {'budget_secs': {}, **_new_numbers()}
    for encoding, own in encodings.items():
        points, seconds = measure_points(comparison, own)
        differences = {name: point.differences(own, comparison.seed)
                       for name, point in points.items()}
        made = [loss_table(points, seconds, own, comparison.seed),
                *difference_table('protocol', 'baseline_differences', differences)]
        drawn = draw_seconds([loss_curves(group) for group in own], seconds)
        figure = [report_figure('protocol', 'seconds', drawn)] if drawn else []
        for parts, into in ((figure, figures), (made, tables)):
            into += [of_encoding(each, encoding) if len(encodings) > 1 else each for each in parts]
        notes += _notes(points, seconds, own)
        of_seconds = differences.pop(EQUAL_SECONDS)
        for name, point in points.items():
            into = compute if name == EQUAL_SECONDS else numbers
            _add(into['groups'], name, point, own, comparison.seed)
        numbers['differences'] += plain_differences(differences)
        compute['differences'] += plain_differences({EQUAL_SECONDS: of_seconds})
        compute['budget_secs'][encoding] = plain(seconds.budget)
        for label in seconds.in_all:
            compute['groups'][label] |= {'seconds': plain(seconds.used.get(label)),
                                         'seconds_in_all': plain(seconds.in_all[label])}
    if protocol:
        numbers['trials'] = [plain(trial) for trial in protocol.trials]
        tables += [trial_table(protocol.trials)] if protocol.trials else []
    return Section('protocol', _TEXTS['TITLE'],
                   _TEXTS['TEXT'].format(search=search_text(protocol, groups)), figures, tables, {},
                   numbers, list(dict.fromkeys(notes)), compute)


def _new_numbers():
    return {'groups': {}, 'differences': []}


def _add(into, name, point, groups, seed):
    """Adds a Point's losses and updates to dict of group label to numbers."""
    for group in groups:
        found = {**point.mean(group.label, seed).plain('reason'),
                 'updates': plain(point.updates.get(group.label))}
        into.setdefault(group.label, {})[name.replace(' ', '_')] = found


def search_text(protocol, groups):
    """Returns what a Protocol, or None, says of the search for the groups' settings: sentences."""
    if not protocol:
        return _TEXTS['NO_PROTOCOL']
    if not protocol.trials:
        return _TEXTS['NO_SEARCH']
    numbers = {(group.encoding, group.method): 0 for group in groups}
    numbers |= Counter((each.config, each.experiment) for each in protocol.trials)
    configs = {config for config, _ in numbers}
    said = ', '.join(f'{number} of {display(method)}'
                     + (f' ({config})' if len(configs) > 1 else '')
                     for (config, method), number in numbers.items())
    equal = _TEXTS['EQUAL_TRIALS' if len(set(numbers.values())) == 1 else 'UNEQUAL_TRIALS']
    failed = sum(each.error is not None for each in protocol.trials)
    seeds = {each.seed for each in protocol.trials}
    final = {seed for group in groups for seed in group.seeds}
    return ' '.join([
        _TEXTS['SEARCH'].format(number=len(protocol.trials)),
        equal.format(each=max(numbers.values()), said=said),
        *([_TEXTS['FAILED_TRIALS'].format(number=failed)] if failed else []),
        _TEXTS['SAME_SEEDS' if seeds & final else 'OTHER_SEEDS'].format(
            search=_listed(seeds), final=_listed(final), both=_listed(seeds & final))])


def _listed(seeds):
    return ', '.join(map(str, sorted(seeds)))


def _notes(points, seconds, groups):
    """Returns what is missing, and what seconds here cannot say: list of str, sentences."""
    notes = []
    lacking = {reason for point in points.values() for reason in point.reasons.values()}
    if lacking & {_TEXTS['NONE_IN_COMMON'], _TEXTS['NONE_IN_BUDGET']}:
        notes.append(_TEXTS['KEEP_CHECKPOINTS'])
    if seconds.num_machines > 1:
        notes.append(_TEXTS['MACHINES'].format(number=seconds.num_machines))
    if seconds.spread > _MAX_SPREAD:
        notes.append(_TEXTS['SPREAD'].format(times=f'{seconds.spread:.1f}'))
    started = [group.label for group in groups
               if any(name.startswith('warm_start') for name in group.settings)]
    if started:
        notes.append(_TEXTS['WARM_START'].format(groups=display(', '.join(started))))
    return notes
