"""Is it learned by heart? What generated and held-out melodies share with training ones."""

import functools

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.data_warnings import training_notes
from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.memorization.figures import draw_memorization
from magenta_reg.analysis.memorization.measure import (
    compare_memorization,
    correct_all,
    find_rare_events,
    mean_levels,
    measure_memorization,
    shares,
)
from magenta_reg.analysis.memorization.tables import memorization_tables
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.report.tables import plain_difference
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import plain
from magenta_reg.measures.copied_passages import TrainingIndex

_TEXTS = texts('memorization')


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; without training melodies it says how to give them."""
    reason = _find_reason(comparison.training)
    if reason:
        return Section('memorization', _TEXTS['TITLE'], _TEXTS['TEXT'], notes=[reason])
    seed = comparison.seed
    of_runs, held_out = _cached_memorizations(comparison)
    of_groups = {group.label: [of_runs[run.label] for run in group.runs] for group in groups}
    differences = correct_all(comparison.cached_for_all('memorization_differences', lambda: {
        label: compare_memorization(own, held_out, seed) for label, own in of_groups.items()}))
    figure = comparison.cached_for_all('memorization_figure',
                               lambda: _draw(comparison, of_runs, held_out))
    rare_events, of_groups[REAL] = find_rare_events(held_out), [held_out]
    levels = {label: mean_levels(own, rare_events, seed) for label, own in of_groups.items()}
    longest = {label: int(max(each.num_events.max() for each in own))
               for label, own in of_groups.items()}
    copied = {label: each.copied for label, each in {**of_runs, REAL: held_out}.items()}
    tables = memorization_tables(levels, longest, {group.label: group.n_seeds for group in groups},
                                 differences, copied, rare_events)
    numbers = {'training_sha256': comparison.training.sha256,
               'training_melodies': len(comparison.training.events), 'rare_events': rare_events,
               'held_out': {**plain(levels[REAL]), 'longest': longest[REAL]},
               'groups': {label: {**plain(levels[label]), 'longest': longest[label],
                                  'differences': _numbers(own)}
                          for label, own in differences.items()},
               'longest_runs': plain(copied)}
    return Section('memorization', _TEXTS['TITLE'], _TEXTS['TEXT'], [figure], tables, {}, numbers,
                   training_notes(comparison))


def _find_reason(training):
    if training is None:
        return _TEXTS['NO_TRAINING']
    if not any((events >= 0).any() for events in training.events):
        return f'Not measured: {training.path} has no note.'
    return ''


def _cached_memorizations(comparison):
    """Returns dict of run label to Memorization, and the Memorization of the held-out melodies."""
    # Sorting the training music takes seconds: only where something is not in the cache.
    index = functools.cache(lambda: TrainingIndex(comparison.training.events))
    melodies, primer_steps = comparison.held_out.melodies, comparison.held_out.primer_steps
    sha256 = comparison.training.sha256
    of_runs = {run.label: comparison.cached_for_run(
        'memorization', run, lambda run=run: measure_memorization(
            index(), comparison.generated[run.label], primer_steps), training=sha256)
        for run in comparison.runs}
    return of_runs, comparison.cache.get(
        'memorization_of_held_out', [sha256, array_sha256(melodies), primer_steps],
        lambda: measure_memorization(index(), melodies, primer_steps))


def _draw(comparison, of_runs, held_out):
    looks = looks_of(comparison.groups)
    series = [(looks[group.label], of_runs[run.label])
              for group in comparison.groups for run in group.runs]
    return report_figure('memorization', 'memorization',
                         draw_memorization(series, held_out, comparison.seed))


def _numbers(differences):
    return {measure: {'difference': plain_difference(each), 'adjusted_p': each.p_holm,
                      'shares': shares(measure, each)} for measure, each in differences.items()}
