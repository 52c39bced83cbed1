"""The tables of musical features."""

from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.report.section import Table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.statistics.estimate import Estimate

GROUPS_NOTE = (
    'Told apart: the share of melodies that the classifier puts on the right side; 0.5 is '
    'guessing. With half of the melodies it has less to learn from, and that number compares with '
    'the one for two halves of the held-out melodies. p is of the hypothesis that there is nothing '
    'to tell, the largest of the seeds. Overlap is the mean over all features. Features that '
    'differ: p below 0.05, adjusted for the number of features by Holm\'s method in each network. '
    'Intervals are over melodies and seeds; with one seed over melodies alone. There '
    'is none where no melody differs from another.')


def groups_table(summaries):
    """Returns the short Table, a row a group.

    Args:
        summaries: dict of label to GroupMusic.
    """
    return Table(
        'music', 'Generated beside held-out music', GROUPS_NOTE,
        ['music', 'told apart [95%]', 'told apart, half of the melodies',
         'held-out halves told apart', 'p', 'overlap [95%]', 'overlap of held-out halves',
         'features that differ', 'seeds'],
        [[display(label), each.accuracy, each.accuracy.at_floor_size, _floor(each.accuracy).value,
          each.accuracy.p, each.overlap, _floor(each.overlap).value, _counts(each), each.n_seeds]
         for label, each in summaries.items()])


def _floor(estimate):
    return estimate.floor or Estimate()


def _counts(summary):
    least, most = min(summary.num_differing), max(summary.num_differing)
    return f'{least if least == most else f"{least} to {most}"} of {summary.num_tested}'


def runs_table(comparisons):
    """Returns the Table of the classifier, a row a run, for the file.

    Args:
        comparisons: dict of run label to MusicComparison.
    """
    rows = [[label, each.n_melodies, each.value, each.standard_error, each.p, each.null_high,
             each.at_floor_size, _floor(each).value, _floor(each).high, each.reason]
            for label, each in ((label, comparison.accuracy)
                                for label, comparison in comparisons.items())]
    return Table('music_classifier', 'The classifier, a row a network', '', [
        'music', 'melodies', 'accuracy', 'standard error', 'p', '95% of permutations below',
        'accuracy, half of the melodies', 'held-out halves', '95% of held-out halves below',
        'reason'], rows, is_shown=False)


def features_table(comparisons):
    """Returns the Table of every feature of every run, for the file.

    Args:
        comparisons: dict of run label to MusicComparison.
    """
    rows = [_feature_row(label, name, comparison)
            for label, comparison in comparisons.items() for name in FEATURES]
    return Table('music_features', 'Every feature of every network', '', [
        'music', 'feature', 'melodies', 'overlap', 'overlap of held-out halves', 'KL, nats',
        'KL of held-out halves, nats', 'spread, generated / held-out',
        'mean shift, standard deviations', 'p', 'p (Holm)', 'reason'], rows, is_shown=False)


def _feature_row(label, name, comparison):
    distance, shift = comparison.distances[name], comparison.shifts.get(name, Estimate())
    overlap, kl = distance.overlap, distance.kl_nats
    return [label, name, overlap.n_melodies, overlap, _floor(overlap), kl, _floor(kl),
            distance.spread, shift, overlap.p, overlap.p_holm, overlap.reason]
