"""The tables of what melodies share with the training set."""

from magenta_reg.analysis.memorization.measure import NGRAM_NOTES, shares
from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.report.style import display

# The measures whose outcome the short table says in a word.
_SAID = ('longest_run', f'novelty_{NGRAM_NOTES[0]}')


def memorization_tables(levels, longest, n_seeds, differences, copied, rare_events):
    """Returns list of Table: levels and differences, and for the file all tests and passages.

    Args:
        levels: dict of group label or REAL to dict of measure to Estimate.
        longest: dict of group label or REAL to int, events of the longest passage of all.
        differences: dict of group label to dict of measure to Estimate with its p corrected.
        copied: dict of run label or REAL to dict of EVENTS and NOTES to list of CopiedPassage.
        rare_events: float, of `find_rare_events`.
    """
    columns = ['longest run, events [95%]', 'notes in it [95%]',
               f'share with a rare run, above {rare_events:.0f} events [95%]',
               *(f'share of new {n}-grams of notes [95%]' for n in NGRAM_NOTES)]
    return [
        report_table('memorization', 'memorization',
                     ['music', *columns, 'longest of all, events', 'seeds'],
                     [[display(label), *own.values(), longest[label], n_seeds.get(label)]
                      for label, own in levels.items()]),
        report_table('memorization', 'memorization_differences',
                     ['music', 'longest runs', f'{NGRAM_NOTES[0]}-grams', *columns],
                     [[display(label), *(shares(measure, own[measure]) for measure in _SAID),
                       *map(_rounded, own.values())] for label, own in differences.items()]),
        file_table('memorization_tests', [
            'music', 'measure', 'generated - held-out', 'p', 'p (Holm)', 'shares', 'd_z',
            'melodies', 'seeds', 'interval over', 'test', 'reason'],
            [_test_row(label, measure, each) for label, own in differences.items()
             for measure, each in own.items()]),
        file_table('memorization_longest', [
            'music', 'those with most', 'held-out melody (from 0)', 'begins at its step (from 0)',
            'events', 'notes', 'training melody (from 0)', 'begins at its step',
            'transposed by, semitones', 'events of the run'],
            [_copied_row(label, counted, each) for label, lists in copied.items()
             for counted, own in lists.items() for each in own])]


def _test_row(label, measure, difference):
    return [label, measure, _rounded(difference), difference.p, difference.p_holm,
            shares(measure, difference), difference.standardized, difference.n_melodies,
            difference.n_seeds, difference.over, difference.test, difference.reason]


def _copied_row(label, counted, passage):
    return [label, counted, passage.melody, passage.position, len(passage.events),
            passage.num_notes, passage.training_melody, passage.training_position,
            passage.transposition_semitones, ' '.join(map(str, passage.events))]


def _rounded(difference):
    """Returns it as tables have it: sums of shares that cancel leave a last digit."""
    if difference.reason:
        return difference
    return difference._replace(**{end: round(getattr(difference, end), 12)
                                  for end in ('value', 'low', 'high')})
