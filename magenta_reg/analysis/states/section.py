"""What is measured of one run's hidden states: distances of all views, curves, and embeddings.

Are hidden states alike in training and in generation? Pictures, distances, and positions.
"""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import continue_melodies
from magenta_reg.analysis.report.claims import Measured
from magenta_reg.analysis.report.per_encoding import per_encoding
from magenta_reg.analysis.report.section import Section, report_figure
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.report.tables import plain_differences
from magenta_reg.analysis.states import states as state_views
from magenta_reg.analysis.states import tsne
from magenta_reg.analysis.states.distances import (
    NUM_POSITIONS,
    draw_positions,
    group_distance,
    reason_against,
    state_distances,
)
from magenta_reg.analysis.states.figures import draw_distances, draw_position_curves
from magenta_reg.analysis.states.measures import MEASURES
from magenta_reg.analysis.states.positions import mean_curve, position_curves, position_edges
from magenta_reg.analysis.states.states import ALL_LAYERS, TwoModes, read_modes, states_after
from magenta_reg.analysis.states.tables import (
    differences_tables,
    group_table,
    plain_curves,
    plain_distance,
    run_table,
)
from magenta_reg.analysis.states.tsne import draw_tsne, draw_tsne_repeats
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.resampled import resampled_differences

# Of melodies that go on for so long fewer are enough: every bin has a number of its own.
LONG_MELODIES = 64
LONG_FACTOR = 4
NUM_BINS = 8

PANEL_POINTS = 1000
REPEAT_POINTS = 480

# What only the file of all runs and views has is drawn less often and without the dearest measure.
_VIEW_OPTIONS = {
    'measures': {name: each for name, each in MEASURES.items() if name != 'nearest'},
    'num_permutations': 199, 'num_resamples': 200}


class RunStates(NamedTuple):
    """What is known of the hidden states of one run.

    Attributes:
        distances: dict of view to dict of measure to Estimate.
        curves: dict of (measure, reference) to EstimateCurve; its melodies are drawn from the
            held-out ones, the same ones for every run.
        panel: Panel for the large figure, or None.
        repeats: list of Panel for the small one; empty without `panel`.
    """

    distances: dict
    curves: dict
    panel: object
    repeats: list


def kept_states(comparison, run, is_embedded):
    """Measures a run's hidden states, or takes what was kept.

    Args:
        comparison: Comparison.
        run: ComparedRun.
        is_embedded: bool, whether t-SNE is wanted.

    Returns:
        RunStates.
    """
    @functools.cache
    def modes():
        return read_modes(run.model, comparison.held_out, comparison.generated[run.label])

    seed = comparison.seed
    distances = comparison.of_run('state_distances', run, lambda: _distances(run, modes(), seed))
    curves = comparison.of_run('state_curves', run, lambda: _curves(comparison, run, modes()))
    panel, repeats = comparison.of_run('state_panels', run, lambda: _panels(modes(), seed)) \
        if is_embedded else (None, [])
    return RunStates(distances, curves, panel, repeats)


def long_melodies(comparison):
    """Returns the rows of the held-out melodies that go on for longer, int [melodies], sorted."""
    order = np.random.default_rng(comparison.seed).permutation(len(comparison.held_out.melodies))
    return np.sort(order[:LONG_MELODIES])


def _distances(run, modes, seed):
    whole = state_distances(*modes, seed)
    if reason_against(*modes):
        return {state_views.ALL_LAYERS: whole}
    # The same states as in `whole`: the logits of all positions would cost much for nothing.
    drawn = TwoModes(*draw_positions(*modes, seed, NUM_POSITIONS))
    views = state_views.view_modes(drawn, state_views.read_network(run.run_dir))
    return {view: whole if view == state_views.ALL_LAYERS else
            state_distances(*parts, seed, **_VIEW_OPTIONS) for view, parts in views.items()}


def _curves(comparison, run, modes):
    held_out, rows = comparison.held_out, long_melodies(comparison)
    num_steps = LONG_FACTOR * held_out.melodies.shape[1]
    longer = np.zeros([len(rows), num_steps], np.int32)
    longer[:, :held_out.melodies.shape[1]] = held_out.melodies[rows]
    generated = continue_melodies(run.model, held_out._replace(melodies=longer), comparison.seed)
    states = states_after(run.model, generated, held_out.primer_steps)
    taught = modes.teacher_forced[rows]
    return position_curves(taught, states,
                           position_edges(states.shape[1], taught.shape[1], NUM_BINS),
                           comparison.seed)


def _panels(modes, seed):
    usual, other = tsne.PERPLEXITIES
    repeats = [tsne.embed_panel(modes, *each) for each in (
        (seed, REPEAT_POINTS, other), (seed + 1, REPEAT_POINTS, usual))]
    return tsne.embed_panel(modes, seed, PANEL_POINTS, usual), repeats


TITLE = 'Are hidden states alike in training and in generation?'
TEXT = (
    'A network hears a melody event by event, and after each event its hidden state holds what it '
    'makes of all that it has heard. In training it hears real melodies (teacher-forced), in '
    'generation what it played itself (free-running). If the states of the two modes are far '
    'apart, a network that plays alone is in places where it was never trained. Here each network '
    'hears held-out melodies, and goes on alone from the beginnings of the same melodies; the '
    'states after equally many events are compared, without the beginnings, which are the same in '
    'both. Measures are taken of the states themselves, not of their pictures. States of one '
    'melody resemble each other, so a melody counts as one piece of evidence, however many states '
    f'it has; {NUM_POSITIONS} are drawn from each. How large a measure is where there is no '
    'difference, its floor shows: teacher-forced states of one half of the melodies against those '
    'of the other half.')

TSNE_CAPTION = (
    'Each point is the state after one event, of all layers, laid out by t-SNE so that neighbours '
    'stay neighbours; both modes of a network together, whole melodies, as many states of each '
    f'mode, {PANEL_POINTS:,} in all at most. First row by mode: where grey and colour mix, the '
    'network plays in places that it knows from real melodies; areas of one colour belong to one '
    'mode. Second row the same points by how far into the melody they are. Below, again by mode, '
    'the earlier and the later half alone. Networks of the first seed of each method. Every panel '
    'is a layout of its own: distances, sizes and shapes say nothing between panels, and little '
    'within one. What counts are the numbers below.')
REPEATS_CAPTION = (
    'The same networks laid out again from other random choices of melodies and with another '
    f'perplexity (about how many neighbours count), with at most {REPEAT_POINTS} points. What is '
    'not in all panels of a row is chance or a matter of settings. Nothing compares between '
    'panels but how much the two modes mix.')
DISTANCE_CAPTION = (
    'Marks: distance of the two modes, mean over seeds. Grey: the floor, two halves of '
    'teacher-forced melodies (line: mean, bar: 95% of halvings). Most measures shrink with more '
    'melodies, so both are shown on half of them; the 95% interval is that of all melodies, and '
    'of seeds where there are several, moved to the mark. A bootstrap sample repeats melodies, '
    'which makes some measures larger; so the interval is centred on the value and says how much '
    'that varies. A mark outside the grey bar is a difference that chance rarely makes. ')
CURVE_CAPTION = (
    f'Networks go on alone up to {LONG_FACTOR} times as long as the melodies compared above, '
    '{n} melodies drawn from them. Left: against teacher-forced states after equally many events. '
    'Real melodies end there, so right: against teacher-forced states of all positions, which '
    'also sees that states early and late in a melody differ. Bands are 95% intervals over '
    'melodies and, where there are several, seeds; of few seeds they are wide. Dotted: what 97.5% '
    'of halves of teacher-forced melodies stay below; these are half as many melodies, so it is '
    'rather too high. A line that rises moves away from what the network knows as it goes on.')


@per_encoding
def make_section(comparison, groups):
    """Returns the Section."""
    states = {run.label: kept_states(comparison, run, is_embedded=run is group.runs[0])
              for group in groups for run in group.runs}
    distances = _by_measure(groups, states)
    of_groups = corrected({
        (group.label, measure): group_distance(of_measure[group.label], comparison.seed)
        for group in groups for measure, of_measure in distances.items()})
    curves = {group.label: _group_curves(group, states, comparison.seed) for group in groups}
    differences = {measure: resampled_differences(of_measure, comparison.seed)
                   for measure, of_measure in distances.items()}
    num_positions = min(NUM_POSITIONS, comparison.held_out.num_free_steps - 1)
    figures = comparison.of_all(
        'states_figures', lambda: _figures(comparison, groups, states, of_groups, curves),
        encoding=groups[0].encoding)
    tables = [
        group_table('state_distances', 'Distances of hidden states',
                    of_groups),
        *differences_tables('state_differences',
                            'Differences between methods', differences),
        run_table('state_distances_runs',
                  'All runs, layers and what the discriminator sees',
                  {label: each.distances for label, each in states.items()}, num_positions)]
    return Section('states', TITLE, TEXT, figures, tables,
                   {groups[0].encoding: Measured(distances=distances)},
                   _numbers(states, of_groups, curves, differences, num_positions),
                   _notes(states))


def _by_measure(groups, states):
    """Returns dict of measure to dict of group label to list of Estimate, one a seed."""
    return {measure: {group.label: [states[run.label].distances[ALL_LAYERS][measure]
                                    for run in group.runs] for group in groups}
            for measure in MEASURES}


def _group_curves(group, states, seed):
    curves = [states[run.label].curves for run in group.runs]
    return {key: mean_curve([each[key] for each in curves], seed) for key in curves[0]}


def _figures(comparison, groups, states, of_groups, curves):
    looks, seed = looks_of(comparison.groups), comparison.seed
    first = {group.label: states[group.runs[0].label] for group in groups}
    by_label = {group.label: {measure: of_groups[group.label, measure] for measure in MEASURES}
                for group in groups}
    n = max(curve.estimate.n_melodies for own in curves.values() for curve in own.values())
    meanings = ' '.join(f'{measure.title}: {measure.meaning}' for measure in MEASURES.values())
    return [report_figure(name, title, caption, drawn)
            for name, title, caption, drawn in (
        ('states_tsne', 'Hidden states in both modes', TSNE_CAPTION,
         draw_tsne({label: each.panel for label, each in first.items()}, looks, seed)),
        ('states_distances', 'How far apart the two modes are', DISTANCE_CAPTION + meanings,
         draw_distances(by_label, looks)),
        ('states_positions', 'How far apart they are as melodies go on',
         CURVE_CAPTION.format(n=n), draw_position_curves(curves, looks)),
        ('states_tsne_repeats', 'Hidden states in both modes, laid out again', REPEATS_CAPTION,
         draw_tsne_repeats({label: each.repeats for label, each in first.items()}, looks, seed)))]


def _numbers(states, of_groups, curves, differences, num_positions):
    groups = {}
    for (label, measure), each in of_groups.items():
        groups.setdefault(label, {})[measure] = plain_distance(each, num_positions, 'p_holm')
    runs = {label: {view: {measure: plain_distance(each, num_positions)
                           for measure, each in measures.items()}
                    for view, measures in run.distances.items()} for label, run in states.items()}
    return {'groups': groups, 'runs': runs, 'differences': plain_differences(differences),
            'curves': {label: plain_curves(each) for label, each in curves.items()},
            'design': {'states_of_each_melody': NUM_POSITIONS, 'long_melodies': LONG_MELODIES,
                       'long_factor': LONG_FACTOR}}


def _notes(states):
    """Says what has no number and why, a sentence for each run and reason."""
    found = {}
    for label, run in states.items():
        failed = [(each.reason, f'{MEASURES[measure].title} ({view})')
                  for view, measures in run.distances.items()
                  for measure, each in measures.items()]
        failed += [(reason, f'{MEASURES[measure].title} (against position)')
                   for (measure, _), curve in run.curves.items()
                   for reason in curve.estimate.reason]
        for reason, what in failed:
            if reason:
                found.setdefault((label, reason), {})[what] = None
    return [f'Hidden states of {label.replace("_", " ")} without a number in {", ".join(things)}: '
            f'{reason}.' for (label, reason), things in found.items()]
