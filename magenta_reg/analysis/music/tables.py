"""The tables of musical features."""

from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.report.section import file_table, report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.statistics.estimate import Estimate


def music_tables(summaries, all_music):
    """Returns list of Table: a row a group, and for the file a row a network and every feature.

    Args:
        summaries: dict of group label to GroupMusic.
        all_music: dict of run label to RunMusic.
    """
    return [
        report_table('music', 'music', [
            'music', 'told apart [95%]', 'told apart, half of the melodies',
            'held-out halves told apart', 'p', 'overlap [95%]', 'overlap of held-out halves',
            'features that differ', 'seeds'],
            [_group_row(label, each) for label, each in summaries.items()]),
        file_table('music_classifier', [
            'music', 'melodies', 'accuracy', 'standard error', 'p', '95% of permutations below',
            'accuracy, half of the melodies', 'held-out halves', '95% of held-out halves below',
            'reason'],
            [_classifier_row(label, each.accuracy) for label, each in all_music.items()]),
        file_table('music_features', [
            'music', 'feature', 'melodies', 'overlap', 'overlap of held-out halves', 'KL, nats',
            'KL of held-out halves, nats', 'spread, generated / held-out',
            'mean shift, standard deviations', 'p', 'p (Holm)', 'reason'],
            [_feature_row(label, name, each) for label, each in all_music.items()
             for name in FEATURES])]


def _floor(estimate):
    return estimate.floor or Estimate()


def _group_row(label, group):
    accuracy, overlap = group.accuracy, group.overlap
    least, most = min(group.num_differing), max(group.num_differing)
    differing = f'{least if least == most else f"{least} to {most}"} of {group.num_tested}'
    return [display(label), accuracy, accuracy.at_floor_size, _floor(accuracy).value, accuracy.p,
            overlap, _floor(overlap).value, differing, group.n_seeds]


def _classifier_row(label, accuracy):
    return [label, accuracy.n_melodies, accuracy.value, accuracy.standard_error, accuracy.p,
            accuracy.null_high, accuracy.at_floor_size, _floor(accuracy).value,
            _floor(accuracy).high, accuracy.reason]


def _feature_row(label, name, music):
    distance, shift = music.distances[name], music.shifts.get(name, Estimate())
    overlap, kl = distance.overlap, distance.kl_nats
    return [label, name, overlap.n_melodies, overlap, _floor(overlap), kl, _floor(kl),
            distance.spread, shift, overlap.p, overlap.p_holm, overlap.reason]
