"""Is it learnt by heart? What generated melodies share with training ones, beside held-out ones."""

import functools
from typing import NamedTuple

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.data_warnings import training_notes
from magenta_reg.analysis.memorization.figures import MemorizationSeries, draw_memorization
from magenta_reg.analysis.memorization.measure import (
    Memorization,
    compare_memorization,
    find_recitals,
    judge_groups,
    mean_levels,
    measure_memorization,
    shares,
)
from magenta_reg.analysis.memorization.tables import (
    EVENTS,
    HELD_OUT,
    NOTES,
    differences_table,
    levels_table,
    recitals_table,
    tests_table,
)
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.report.tables import plain_difference
from magenta_reg.analysis.statistics.estimate import plain
from magenta_reg.measures.copied_passages import TrainingIndex

TITLE = 'Is it learnt by heart?'
TEXT = (
    'A network that fits its training music too closely can play it back. For each generated '
    'melody, without the beginning that it was given, the longest run was found that some '
    'training melody has as well: the same rhythm and the same intervals, in any key. And it was '
    'counted how many of its groups of notes (n-grams: intervals and times from note to note) no '
    'training melody has. Music shares much with other music, so the measure of what is too much '
    'is the held-out music itself: the same number of events of melodies that no network has '
    'seen, compared with the same training music (Yin et al. 2022). Only more than that is a sign '
    'of learning by heart; less is none, and can just mean music unlike any real one.')
CAPTION = (
    '(a) For each length x the share of melodies whose longest shared run is longer, a line a '
    'network; grey are the held-out melodies. A line right of the grey shares more with training '
    'than held-out music does. (b) The mean share of n-grams that training does not have, with '
    '95% intervals over melodies, a mark a network and grey for the held-out melodies. A mark left '
    'of the grey one has less of its own than held-out music.')

_NUM_RECITALS = 3


class _Found(NamedTuple):
    """What melodies share with the training set.

    Attributes:
        memorization: Memorization.
        recitals: dict of what is counted, EVENTS or NOTES, to list of the Recitals with the most.
    """

    memorization: Memorization
    recitals: dict


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section; without training melodies it says how to give them."""
    reason = _find_reason(comparison.training)
    if reason:
        return Section('memorization', TITLE, TEXT, notes=[reason])
    of_runs, held_out = _search(comparison)
    of_groups = {group.label: [of_runs[run.label].memorization for run in group.runs]
                 for group in groups}
    comparisons = comparison.of_all('memorization_differences', lambda: {
        label: compare_memorization(own, held_out.memorization, comparison.seed)
        for label, own in of_groups.items()})
    figures = comparison.of_all('memorization_figure', lambda: [
        _draw(comparison, of_runs, held_out.memorization)])
    tables, numbers = _tables(comparison, of_runs, held_out, of_groups, comparisons)
    return Section('memorization', TITLE, TEXT, figures, tables, {}, numbers,
                   training_notes(comparison))


def _find_reason(training):
    if training is None:
        return ('Not measured: --training_sequence_example_file names the melodies that the '
                'networks were trained on.')
    if not any((events >= 0).any() for events in training.events):
        return f'Not measured: {training.path} has no note.'
    return ''


def _search(comparison):
    """Returns dict of run label to _Found, and the _Found of the held-out melodies."""
    # Sorting the training music takes seconds: not where everything is there already.
    index = functools.cache(lambda: TrainingIndex(comparison.training.events))
    primer_steps = comparison.held_out.primer_steps

    def search(melodies):
        melodies = melodies[:, primer_steps:]
        memorization = measure_memorization(index(), melodies)
        recitals = {counted: find_recitals(index(), melodies, shared, _NUM_RECITALS)
                    for counted, shared in ((EVENTS, memorization.longest_runs),
                                            (NOTES, memorization.notes_in_runs))}
        return _Found(memorization, {
            counted: [each._replace(position=each.position + primer_steps) for each in own]
            for counted, own in recitals.items()})

    sha256 = comparison.training.sha256
    of_runs = {run.label: comparison.of_run(
        'memorization', run, lambda run=run: search(comparison.generated[run.label]),
        training=sha256) for run in comparison.runs}
    melodies = comparison.held_out.melodies
    return of_runs, comparison.cache.get('memorization_of_held_out', [
        sha256, array_sha256(melodies), primer_steps], lambda: search(melodies))


def _draw(comparison, of_runs, held_out):
    looks = looks_of(comparison.groups)
    series = [MemorizationSeries(looks[group.label].name, looks[group.label].colour,
                                 of_runs[run.label].memorization)
              for group in comparison.groups for run in group.runs]
    return report_figure('memorization', 'How much melodies share with the training music',
                         CAPTION, draw_memorization(series, held_out, comparison.seed))


def _tables(comparison, of_runs, held_out, of_groups, comparisons):
    """Returns list of Table and the numbers for results.json."""
    rare = next(iter(comparisons.values())).rare_events
    tested = judge_groups(comparisons)
    of_all = {**of_groups, HELD_OUT: [held_out.memorization]}
    levels = {label: mean_levels(own, rare, comparison.seed) for label, own in of_all.items()}
    longest = {label: int(max(each.longest_runs.max() for each in own))
               for label, own in of_all.items()}
    recitals = {label: each.recitals for label, each in {**of_runs, HELD_OUT: held_out}.items()}
    n_seeds = {group.label: group.n_seeds for group in comparison.groups}
    tables = [levels_table(levels, longest, n_seeds, rare), differences_table(tested, rare),
              tests_table(tested), recitals_table(recitals)]
    numbers = {
        'training_sha256': comparison.training.sha256,
        'training_melodies': len(comparison.training.events), 'rare_events': rare,
        'held_out': {**plain(levels[HELD_OUT]), 'longest': longest[HELD_OUT]},
        'groups': {label: {**plain(levels[label]), 'longest': longest[label],
                           'differences': {
                               measure: {'difference': plain_difference(each),
                                         'adjusted_p': each.p_holm,
                                         'shares': shares(measure, each)}
                               for measure, each in own.items()}}
                   for label, own in tested.items()},
        'longest_runs': plain(recitals)}
    return tables, numbers
