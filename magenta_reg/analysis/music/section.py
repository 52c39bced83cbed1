"""Does it sound like the music it was trained on? Features of generated and of held-out music."""

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.data_warnings import training_notes
from magenta_reg.analysis.music.distances import MAX_MELODIES
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.figures import (
    draw_distances,
    draw_histograms,
    draw_overlaps,
    draw_shifts,
)
from magenta_reg.analysis.music.measure import compare_music, summarize_music
from magenta_reg.analysis.music.tables import music_tables
from magenta_reg.analysis.report.per_encoding import over_all_groups
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import Look, display, looks_of
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.estimate import Estimate, plain

TRAINING = 'training music'
_TRAINING_LOOK = Look('#4D4D4D', 'X', TRAINING)
_TEXTS = texts('music')
_FIGURES = {'music_overlaps': draw_overlaps, 'music_shifts': draw_shifts,
            'music_histograms': draw_histograms, 'music_distances': draw_distances}


@over_all_groups
def make_section(comparison, groups):
    """Returns the Section."""
    of_runs = {run.label: cached_music(comparison, run) for run in comparison.runs}
    of_training, notes = _compare_training(comparison)
    all_music = of_runs | of_training
    summaries = {group.label: summarize_music([of_runs[run.label] for run in group.runs])
                 for group in groups}
    summaries |= {label: summarize_music([each])._replace(n_seeds=None)
                  for label, each in of_training.items()}
    num_melodies, num_steps = comparison.held_out.melodies.shape
    numbers = {'melodies': num_melodies, 'events': num_steps - comparison.held_out.primer_steps,
               'groups': {label: _group_numbers(each) for label, each in summaries.items()},
               'runs': {label: _numbers(each) for label, each in all_music.items()}}
    text = _TEXTS['TEXT'].format(num_features=len(FEATURES))
    return Section('music', _TEXTS['TITLE'],
                   f'{text}\n\n{_TEXTS["WITH_TRAINING"]}' if of_training else text,
                   comparison.cached_for_all('music_figures', lambda: _draw(comparison, all_music)),
                   music_tables(summaries, all_music), {}, numbers,
                   [*notes, *_of_some(num_melodies), *_missing(all_music)])


def cached_music(comparison, run):
    """Returns the RunMusic of a ComparedRun's melodies."""
    return comparison.cached_for_run('music', run, lambda: _compare(
        comparison, comparison.generated[run.label]))


def _compare(comparison, melodies):
    """Returns the RunMusic of melodies with the held-out ones, without their beginnings."""
    primer_steps = comparison.held_out.primer_steps
    return compare_music(melodies[:, primer_steps:],
                         comparison.held_out.melodies[:, primer_steps:], comparison.seed)


def _compare_training(comparison):
    """Compares as much training music of the same length with the held-out music.

    Returns:
        dict of TRAINING to RunMusic; empty where there is none.
        list of str, what limits it.
    """
    if comparison.training is None:
        return {}, [_TEXTS['NO_TRAINING']]
    held_out = comparison.held_out
    size, num_steps = held_out.melodies.shape
    long_enough = [events for events in comparison.training.events if len(events) >= num_steps]
    if len(long_enough) < size:
        return {}, [_TEXTS['FEW_TRAINING'].format(found=len(long_enough), num_steps=num_steps,
                                                  needed=size)]

    def compute():
        drawn = np.random.default_rng(comparison.seed).permutation(len(long_enough))[:size]
        return _compare(comparison, np.stack([long_enough[i][:num_steps] for i in drawn]))

    inputs = [comparison.training.sha256, array_sha256(held_out.melodies), held_out.primer_steps,
              comparison.seed]
    return ({TRAINING: comparison.cache.get('music_of_training', inputs, compute)},
            training_notes(comparison))


def _draw(comparison, all_music):
    """Returns the ReportFigures: a method has its colour and marker, whatever its seed."""
    looks = looks_of(comparison.groups)
    series = [(looks[group.label], all_music[run.label])
              for group in comparison.groups for run in group.runs]
    if TRAINING in all_music:
        series.append((_TRAINING_LOOK, all_music[TRAINING]))
    return [report_figure('music', name, draw(series)) for name, draw in _FIGURES.items()]


def _group_numbers(group):
    accuracy, floor = group.accuracy, group.accuracy.floor or Estimate()
    return plain({
        'n_seeds': group.n_seeds, 'accuracy': accuracy, 'half': accuracy.at_floor_size,
        'floor': floor.value, 'floor_high': floor.high, 'p_value': accuracy.p,
        'overlap': group.overlap, 'overlap_floor': (group.overlap.floor or Estimate()).value,
        'num_differing': group.num_differing, 'num_tested': group.num_tested})


def _numbers(music):
    accuracy, floor = music.accuracy, music.accuracy.floor or Estimate()
    return {'accuracy': plain({
        'n': accuracy.n_melodies, 'mean': accuracy.value,
        'standard_error': accuracy.standard_error, 'p_value': accuracy.p,
        'null_high': accuracy.null_high, 'half': accuracy.at_floor_size, 'floor': floor.value,
        'floor_high': floor.high, 'reason': accuracy.reason}),
        'features': {name: _feature_numbers(distance, music.shifts.get(name))
                     for name, distance in music.distances.items()}}


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


def _of_some(num_melodies):
    """Says which numbers are of some of very many melodies, list of str."""
    return [_TEXTS['OF_SOME'].format(number=MAX_MELODIES, all=num_melodies)] if (
        num_melodies > MAX_MELODIES) else []


def _missing(all_music):
    """Says which features or classifiers have no number, a sentence for each reason."""
    found = {}
    for label, music in all_music.items():
        reasons = {FEATURES[name].label: each.overlap.reason
                   for name, each in music.distances.items()}
        for what, reason in (reasons | {'classifier': music.accuracy.reason}).items():
            if reason:
                found.setdefault((what, reason), []).append(display(label))
    return [f'No number for {what} of {", ".join(labels)}: {reason}.'
            for (what, reason), labels in found.items()]
