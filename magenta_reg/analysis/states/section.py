"""Are hidden states alike in training and in generation: pictures, distances, and positions."""

from magenta_reg.analysis.comparison.runs import seeds_of
from magenta_reg.analysis.report.claims import Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import display, looks_of
from magenta_reg.analysis.report.tables import difference_table, plain_differences
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.states.classifiers import SEQUENCE_COMPONENTS
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.estimates import group_estimate, num_positions
from magenta_reg.analysis.states.figures import draw_distances, draw_position_curves
from magenta_reg.analysis.states.frechet import EXTRAPOLATED_COMPONENTS, FRECHET_COMPONENTS
from magenta_reg.analysis.states.measure import (
    LAYOUT_POINTS,
    LONG_FACTOR,
    LONG_MELODIES,
    REPEAT_POINTS,
    cached_states,
)
from magenta_reg.analysis.states.positions import mean_curve
from magenta_reg.analysis.states.states import ALL_LAYERS
from magenta_reg.analysis.states.tables import (
    group_table,
    plain_curves,
    plain_distance,
    run_table,
)
from magenta_reg.analysis.states.tsne import draw_layouts, draw_repeated_layouts
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.resampled import resampled_differences

_TEXTS = texts('states')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    seed = comparison.seed
    states = {run.label: cached_states(comparison, run) for group in groups for run in group.runs}
    distances = {name: {group.label: [states[run.label].distances[ALL_LAYERS][name]
                                      for run in group.runs] for group in groups}
                 for name in DISTANCES}
    estimates = corrected({(group.label, name): group_estimate(own[group.label], seed)
                           for group in groups for name, own in distances.items()})
    curves = {group.label: _group_curves(group, states, seed) for group in groups}
    differences = {name: resampled_differences(own, seeds_of(groups))
                   for name, own in distances.items()}
    size = num_positions(len(comparison.held_out.melodies), comparison.held_out.num_free_steps - 1)
    figures = comparison.cached_for_all(
        'states_figures', lambda: _figures(comparison, groups, states, estimates, curves),
        encoding=groups[0].encoding)
    tables = [
        group_table(estimates),
        *difference_table('states', 'state_differences', {
            DISTANCES[name].title: own for name, own in differences.items()}),
        run_table(states, size)]
    return Section('states', _TEXTS['TITLE'], _TEXTS['TEXT'].format(num_positions=size),
                   figures, tables, {groups[0].encoding: Measured(distances=distances)},
                   _numbers(states, estimates, curves, differences, size),
                   _notes(states))


def _group_curves(group, states, seed):
    curves = [states[run.label].curves for run in group.runs]
    return {key: mean_curve([each[key] for each in curves], seed) for key in curves[0]}


def _figures(comparison, groups, states, estimates, curves):
    looks, seed = looks_of(comparison.groups), comparison.seed
    first = {group.label: states[group.runs[0].label] for group in groups}
    by_label = {group.label: {name: estimates[group.label, name] for name in DISTANCES}
                for group in groups}
    n = max(curve.estimate.n_melodies for own in curves.values() for curve in own.values())
    meanings = '\n\n'.join(f'{distance.title}: {_TEXTS[name]}'
                           for name, distance in DISTANCES.items())
    return [
        report_figure('states', 'states_tsne', draw_layouts(
            {label: each.layout for label, each in first.items()}, looks, seed),
            points=LAYOUT_POINTS),
        report_figure('states', 'states_distances', draw_distances(by_label, looks),
                      meanings=meanings.format(
                          components=FRECHET_COMPONENTS,
                          extrapolated_components=EXTRAPOLATED_COMPONENTS,
                          sequence_components=SEQUENCE_COMPONENTS)),
        report_figure('states', 'states_positions', draw_position_curves(curves, looks),
                      factor=LONG_FACTOR, n=n),
        report_figure('states', 'states_tsne_repeats', draw_repeated_layouts(
            {label: each.repeats for label, each in first.items()}, looks, seed),
            points=REPEAT_POINTS)]


def _numbers(states, estimates, curves, differences, size):
    groups = {}
    for (label, name), each in estimates.items():
        groups.setdefault(label, {})[name] = plain_distance(each, size, 'p_holm')
    runs = {label: {view: {name: plain_distance(each, size) for name, each in own.items()}
                    for view, own in run.distances.items()} for label, run in states.items()}
    return {'groups': groups, 'runs': runs, 'differences': plain_differences(differences),
            'curves': {label: plain_curves(each) for label, each in curves.items()},
            'design': {'states_of_each_melody': size, 'long_melodies': LONG_MELODIES,
                       'long_factor': LONG_FACTOR}}


def _notes(states):
    """Says what has no number and why, a sentence for each run and reason."""
    found = {}
    for label, run in states.items():
        reasons = [(f'{DISTANCES[name].title} ({view})', each.reason)
                   for view, own in run.distances.items() for name, each in own.items()]
        reasons += [(f'{DISTANCES[name].title} (against position)', reason)
                    for (name, _), curve in run.curves.items() for reason in curve.estimate.reason]
        for what, reason in reasons:
            if reason:
                found.setdefault((label, reason), {})[what] = None
    return [f'Hidden states of {display(label)} without a number in {", ".join(things)}: {reason}.'
            for (label, reason), things in found.items()]
