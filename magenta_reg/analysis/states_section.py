"""Are hidden states alike in training and in generation? Pictures, distances, and positions."""

from magenta_reg.analysis.cells import plain_differences
from magenta_reg.analysis.claims import Measured
from magenta_reg.analysis.encoding_parts import Part, section_of_parts
from magenta_reg.analysis.group_style import looks_of
from magenta_reg.analysis.position_curves import mean_curve
from magenta_reg.analysis.run_states import (
    LONG_FACTOR,
    LONG_MELODIES,
    PANEL_POINTS,
    REPEAT_POINTS,
    kept_states,
)
from magenta_reg.analysis.section import report_figure
from magenta_reg.analysis.state_distances import NUM_POSITIONS
from magenta_reg.analysis.state_figures import draw_distances, draw_position_curves
from magenta_reg.analysis.state_groups import (
    adjusted_p_values,
    distance_differences,
    group_distance,
)
from magenta_reg.analysis.state_measures import MEASURES
from magenta_reg.analysis.state_tables import (
    differences_tables,
    group_table,
    plain_curves,
    plain_distance,
    run_table,
)
from magenta_reg.analysis.state_views import ALL_LAYERS
from magenta_reg.analysis.tsne_panels import draw_tsne, draw_tsne_repeats

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


def make_section(material):
    """Returns the Section.

    Args:
        material: Material.
    """
    return section_of_parts(material, 'states', TITLE, TEXT, _make_part)


def _make_part(material, groups, naming):
    states = {run.label: kept_states(material, run, is_embedded=run is group.runs[0])
              for group in groups for run in group.runs}
    distances = _by_measure(groups, states)
    of_groups = {(group.label, measure): group_distance(of_measure[group.label], material.seed)
                 for group in groups for measure, of_measure in distances.items()}
    curves = {group.label: _group_curves(group, states, material.seed) for group in groups}
    adjusted = adjusted_p_values(of_groups)
    differences = distance_differences(distances, material.seed)
    figures = material.of_all(
        f'states_figures{naming.name}',
        lambda: _figures(material, groups, states, of_groups, curves, naming))
    tables = [
        group_table(f'state_distances{naming.name}', f'Distances of hidden states{naming.title}',
                    of_groups, adjusted, {group.label: group.n_seeds for group in groups}),
        *differences_tables(f'state_differences{naming.name}',
                            f'Differences between methods{naming.title}', differences),
        run_table(f'state_distances_runs{naming.name}',
                  f'All runs, layers and what the discriminator sees{naming.title}',
                  {label: each.distances for label, each in states.items()})]
    return Part(figures, tables, Measured([], {}, {}, distances),
                _numbers(states, of_groups, adjusted, curves, differences),
                _notes(states))


def _by_measure(groups, states):
    """Returns dict of measure to dict of group label to list of Distance, one a seed."""
    return {measure: {group.label: [states[run.label].distances[ALL_LAYERS][measure]
                                    for run in group.runs] for group in groups}
            for measure in MEASURES}


def _group_curves(group, states, seed):
    curves = [states[run.label].curves for run in group.runs]
    return {key: mean_curve([each[key] for each in curves], seed) for key in curves[0]}


def _figures(material, groups, states, of_groups, curves, naming):
    looks, seed = looks_of(material.groups), material.seed
    first = {group.label: states[group.runs[0].label] for group in groups}
    by_label = {group.label: {measure: of_groups[group.label, measure] for measure in MEASURES}
                for group in groups}
    n = max(curve.n for of_group in curves.values() for curve in of_group.values())
    meanings = ' '.join(f'{measure.title}: {measure.meaning}' for measure in MEASURES.values())
    return [report_figure(f'{name}{naming.name}', f'{title}{naming.title}', caption, drawn)
            for name, title, caption, drawn in (
        ('states_tsne', 'Hidden states in both modes', TSNE_CAPTION,
         draw_tsne({label: each.panel for label, each in first.items()}, looks, seed)),
        ('states_distances', 'How far apart the two modes are', DISTANCE_CAPTION + meanings,
         draw_distances(by_label, looks)),
        ('states_positions', 'How far apart they are as melodies go on',
         CURVE_CAPTION.format(n=n), draw_position_curves(curves, looks)),
        ('states_tsne_repeats', 'Hidden states in both modes, laid out again', REPEATS_CAPTION,
         draw_tsne_repeats({label: each.repeats for label, each in first.items()}, looks, seed)))]


def _numbers(states, of_groups, adjusted, curves, differences):
    groups = {}
    for (label, measure), each in of_groups.items():
        groups.setdefault(label, {})[measure] = plain_distance(
            each, p_holm=adjusted[label, measure])
    runs = {label: {view: {measure: plain_distance(each) for measure, each in measures.items()}
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
                   for (measure, _), curve in run.curves.items() for reason in curve.reasons]
        for reason, what in failed:
            if reason:
                found.setdefault((label, reason), {})[what] = None
    return [f'Hidden states of {label.replace("_", " ")} without a number in {", ".join(things)}: '
            f'{reason}.' for (label, reason), things in found.items()]
