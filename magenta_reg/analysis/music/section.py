"""Does it sound like the music it was trained on? Features of generated and of held-out music."""

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.data_warnings import training_notes
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.figures import (
    MusicSeries,
    draw_distances,
    draw_histograms,
    draw_overlaps,
    draw_shifts,
)
from magenta_reg.analysis.music.measure import compare_music, summarize_music
from magenta_reg.analysis.music.tables import features_table, groups_table, runs_table
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.statistics.estimate import Estimate, plain

TRAINING = 'training music'
_TRAINING_COLOUR = '#4D4D4D'

TEXT = (
    'Each network went on alone from the beginnings of held-out melodies. What it played is set '
    'beside what these melodies really do there, without the beginnings that both share, in '
    f'{len(FEATURES)} features: which pitches and how far apart, which intervals and in which '
    'direction, how many notes and how long, rests, clarity of the key, repetition. Every melody '
    'is a point; a generator is like real music if the distances from its melodies to real ones '
    'are distributed as those among real ones (the relative measure of Yang & Lerch 2018). Then a '
    'classifier gets the features of melodies and must say which are generated; it is asked '
    'about melodies that it has not seen (Lopez-Paz & Oquab 2017). Two halves of the held-out '
    'melodies compared in the same way show what chance alone does.')
_WITH_TRAINING = (
    ' Music that the networks were trained on is compared with the held-out music as well: other '
    'pieces are not the same music either. A network that had learnt its training music perfectly '
    'would stand where that music stands, so this row, not 0.5, is what there is to reach. '
    'In the figures it is dark grey.')

_FIGURES = [
    (draw_overlaps, 'music_overlaps', 'How much generated music overlaps with real music',
     'Overlapping area of two distributions of distances between melodies: within held-out '
     'music, and from generated to held-out music; 1 is the same distribution. A mark a network '
     'with its 95% interval. Grey: two halves of the held-out music, mean and 95% of halvings. '
     'A mark left of the grey lies farther from real music than half of the real music '
     'does from its other half.'),
    (draw_shifts, 'music_shifts', 'In which direction it differs',
     'Mean of generated melodies less that of held-out ones, in standard deviations of the '
     'held-out ones, with 95% intervals over melodies. Right of the line generated melodies have '
     'more of it.'),
    (draw_histograms, 'music_histograms', 'What is played',
     'Bars: held-out melodies, mean over melodies of the share of each interval, pitch class, '
     'note length and direction. Marks: one a network, moved sideways a little for the eye.'),
    (draw_distances, 'music_distances', 'The distributions behind the overlaps',
     'Grey: distances between two held-out melodies in one feature. Lines: distances from '
     "a network's melodies to held-out ones. A line that follows the grey edge is music that "
     'is as far from real music as real music is from itself. Six of the features.'),
]


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section."""
    of_runs = {run.label: comparison.of_run('music', run, lambda run=run: _compare(
        comparison, comparison.generated[run.label])) for run in comparison.runs}
    of_training, notes = _compare_training(comparison)
    comparisons = of_runs | of_training
    summaries = {group.label: summarize_music([of_runs[run.label] for run in group.runs])
                 for group in groups}
    summaries |= {label: summarize_music([each])._replace(n_seeds=None)
                  for label, each in of_training.items()}
    figures = comparison.of_all('music_figures', lambda: _draw(comparison, comparisons))
    tables = [groups_table(summaries), runs_table(comparisons), features_table(comparisons)]
    numbers = {'melodies': len(comparison.held_out.melodies),
               'events': _without_primers(comparison, comparison.held_out.melodies).shape[1],
               'groups': {label: _group_numbers(each) for label, each in summaries.items()},
               'runs': {label: _numbers(each) for label, each in comparisons.items()}}
    return Section('music', 'Does it sound like the music it was trained on?',
                   TEXT + (_WITH_TRAINING if of_training else ''), figures, tables, {}, numbers,
                   [*notes, *_missing(comparisons)])


def _compare(comparison, melodies):
    real = _without_primers(comparison, comparison.held_out.melodies)
    return compare_music(_without_primers(comparison, melodies), real, comparison.seed)


def _without_primers(comparison, melodies):
    return melodies[:, comparison.held_out.primer_steps:]


def _compare_training(comparison):
    """Compares as much training music of the same length with the held-out music.

    Returns:
        dict of TRAINING to MusicComparison; empty where there is none.
        list of str, what to mind.
    """
    if comparison.training is None:
        return {}, ['How far other real music is from the held-out music is not known: '
                    '--training_sequence_example_file gives music to compare it with.']
    size, num_steps = comparison.held_out.melodies.shape
    long_enough = [events for events in comparison.training.events if len(events) >= num_steps]
    if len(long_enough) < size:
        return {}, [f'{len(long_enough)} training melodies have {num_steps} events, {size} are '
                    'needed: training music is not compared with held-out music.']

    def compute():
        drawn = np.random.default_rng(comparison.seed).permutation(len(long_enough))[:size]
        return _compare(comparison, np.stack([long_enough[i][:num_steps] for i in drawn]))

    inputs = [comparison.training.sha256, array_sha256(comparison.held_out.melodies),
              comparison.held_out.primer_steps, comparison.seed]
    return ({TRAINING: comparison.cache.get('music_of_training', inputs, compute)},
            training_notes(comparison))


def _draw(comparison, comparisons):
    """Returns the Figures: a method has its colour and marker, whatever its seed."""
    looks = looks_of(comparison.groups)
    series = [MusicSeries(looks[group.label].name, looks[group.label].colour,
                          comparisons[run.label])
              for group in comparison.groups for run in group.runs]
    if TRAINING in comparisons:
        series.append(MusicSeries(TRAINING, _TRAINING_COLOUR, comparisons[TRAINING]))
    return [report_figure(name, title, caption, draw(series))
            for draw, name, title, caption in _FIGURES]


def _group_numbers(group):
    accuracy, floor = group.accuracy, group.accuracy.floor or Estimate()
    return {'n_seeds': group.n_seeds, 'accuracy': plain(accuracy), 'half': accuracy.at_floor_size,
            'floor': floor.value, 'floor_high': floor.high, 'p_value': accuracy.p,
            'overlap': plain(group.overlap), 'overlap_floor': group.overlap.floor and
            group.overlap.floor.value, 'num_differing': plain(group.num_differing),
            'num_tested': group.num_tested}


def _numbers(comparison):
    accuracy, floor = comparison.accuracy, comparison.accuracy.floor or Estimate()
    return {'accuracy': plain({
        'n': accuracy.n_melodies, 'mean': accuracy.value,
        'standard_error': accuracy.standard_error, 'p_value': accuracy.p,
        'null_high': accuracy.null_high, 'half': accuracy.at_floor_size, 'floor': floor.value,
        'floor_high': floor.high, 'reason': accuracy.reason}),
        'features': {name: _feature_numbers(distance, comparison.shifts.get(name))
                     for name, distance in comparison.distances.items()}}


def _feature_numbers(distance, shift):
    overlap, kl = distance.overlap, distance.kl_nats
    return plain({
        'n': overlap.n_melodies, 'overlap': _mean(overlap), 'kl_nats': _mean(kl),
        'overlap_floor': _mean(overlap.floor), 'kl_floor_nats': _mean(kl.floor),
        'spread': distance.spread, 'p_value': overlap.p, 'reason': overlap.reason,
        'p_holm': overlap.p_holm, 'shift': _mean(shift)})


def _mean(estimate):
    """Returns an Estimate as these numbers have it; None of None or without a value."""
    if estimate is None or estimate.value is None:
        return None
    return {'mean': estimate.value, 'low': estimate.low, 'high': estimate.high,
            'n': estimate.n_melodies}


def _missing(comparisons):
    """Says which features or classifiers have no number, a sentence for each reason."""
    found = {}
    for label, comparison in comparisons.items():
        parts = {FEATURES[name].label: each.overlap.reason
                 for name, each in comparison.distances.items()}
        for part, reason in {**parts, 'classifier': comparison.accuracy.reason}.items():
            if reason:
                found.setdefault((part, reason), []).append(label)
    return [f'No number for {part} of {", ".join(labels)}: {reason}.'
            for (part, reason), labels in found.items()]
