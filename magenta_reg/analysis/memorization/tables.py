"""The tables of what melodies share with the training set."""

from magenta_reg.analysis.memorization.measure import NGRAM_NOTES, shares
from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.style import display

HELD_OUT = 'held-out melodies'
EVENTS, NOTES = 'events', 'notes'
_SAID = ('longest_run', f'novelty_{NGRAM_NOTES[0]}')

_LEVELS_NOTE = (
    'Means over melodies. The longest run is in events, sixteenth notes each. Rare runs are those '
    'longer than 95% of the held-out melodies have. New n-grams are in no training melody in any '
    'key. Intervals are over melodies and seeds; with one seed over melodies alone. There is none '
    'where all melodies have the same number.')
_DIFFERENCES_NOTE = (
    'Generated less held-out melodies, each melody beside the one that it shares its beginning '
    'with. By heart would be above 0 in the first three numbers and below 0 in new n-grams. '
    'The words say whether more or less is shared with training than held-out melodies share, '
    "where the interval excludes 0 and p, adjusted by Holm's method for all numbers of this "
    'table, is below 0.05.')


def measure_labels(rare_events):
    """Returns dict of measure to what people read, with its unit.

    Args:
        rare_events: float.
    """
    return {'longest_run': 'longest run, events', 'notes_in_run': 'notes in it',
            'rare_share': f'share with a rare run, above {rare_events:.0f} events',
            **{f'novelty_{n}': f'share of new {n}-grams of notes' for n in NGRAM_NOTES}}


def levels_table(levels, longest, n_seeds, rare_events):
    """Returns the Table of how much is shared, a row a group and one of held-out melodies.

    Args:
        levels: dict of label to dict of measure to Estimate.
        longest: dict of label to int, events of the longest run of all its melodies.
        n_seeds: dict of label to int; held-out melodies have none.
        rare_events: float.
    """
    columns = [f'{text} [95%]' for text in measure_labels(rare_events).values()]
    rows = [[display(label), *own.values(), longest[label], n_seeds.get(label)]
            for label, own in levels.items()]
    return Table('memorization', 'What melodies share with the training music', _LEVELS_NOTE,
                 ['music', *columns, 'longest of all, events', 'seeds'], rows)


def differences_table(tested, rare_events):
    """Returns the short Table of differences to held-out melodies, a row a group.

    Args:
        tested: dict of label to dict of measure to Estimate with its p corrected.
        rare_events: float.
    """
    columns = [f'{text} [95%]' for text in measure_labels(rare_events).values()]
    rows = [[display(label), *(shares(measure, own[measure]) for measure in _SAID),
             *map(_rounded, own.values())]
            for label, own in tested.items()]
    return Table('memorization_differences', 'More than held-out music does?', _DIFFERENCES_NOTE,
                 ['music', 'longest runs', f'{NGRAM_NOTES[0]}-grams', *columns], rows)


def tests_table(tested):
    """Returns the Table of all differences with their tests, for the file.

    Args:
        tested: dict of label to dict of measure to Estimate with its p corrected.
    """
    rows = [[label, measure, _rounded(each), each.p, each.p_holm, shares(measure, each),
             each.standardized, each.n_melodies, each.n_seeds, each.over, each.test, each.reason]
            for label, own in tested.items() for measure, each in own.items()]
    return Table('memorization_tests', 'The tests behind it', '', [
        'music', 'measure', 'generated - held-out', 'p', 'p (Holm)', 'shares', 'd_z', 'melodies',
        'seeds', 'interval over', 'test', 'reason'], rows, is_shown=False)


def recitals_table(recitals):
    """Returns the Table of the longest shared runs and where they are, for the file.

    Args:
        recitals: dict of label of a run, or HELD_OUT, to dict of EVENTS and NOTES to list of
            Recital.
    """
    rows = [[label, counted, each.melody, each.position, len(each.events), each.num_notes,
             each.training_melody, each.training_position, each.transposition_semitones,
             ' '.join(map(str, each.events))]
            for label, lists in recitals.items() for counted, own in lists.items()
            for each in own]
    return Table('memorization_longest', 'The longest runs, and where training has them', '', [
        'music', 'those with most', 'held-out melody (from 0)', 'begins at its step (from 0)',
        'events', 'notes', 'training melody (from 0)', 'begins at its step',
        'transposed by, semitones', 'events of the run'], rows, is_shown=False)


def _rounded(difference):
    """Returns it as tables have it: sums of shares that cancel leave a last digit."""
    if difference.reason:
        return difference
    return difference._replace(**{end: round(getattr(difference, end), 12)
                                  for end in ('value', 'low', 'high')})
