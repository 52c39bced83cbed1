"""What is measured of one run's hidden states: distances of all views, curves and t-SNE layouts."""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import continue_melodies, draw_rows
from magenta_reg.analysis.states import states as state_views
from magenta_reg.analysis.states import tsne
from magenta_reg.analysis.states.estimates import (
    draw_positions,
    estimate_distances,
    find_reason,
    num_positions,
)
from magenta_reg.analysis.states.positions import position_curves, position_edges
from magenta_reg.analysis.states.states import ALL_LAYERS, TwoModes, read_modes, states_after

# Of melodies that go on for so long fewer are enough: every bin has a number of its own.
LONG_MELODIES = 64
LONG_FACTOR = 4
_NUM_BINS = 8

LAYOUT_POINTS = 1000
REPEAT_POINTS = 480

# What only the file of all runs and views has is drawn less often, of these distances.
VIEW_DISTANCES = ('classifier', 'mmd', 'frechet', 'centroid')
_VIEW_OPTIONS = {'names': VIEW_DISTANCES, 'num_permutations': 199, 'num_resamples': 100}


class RunStates(NamedTuple):
    """What is known of the hidden states of one run.

    Attributes:
        distances: dict of view to dict of distance to Estimate.
        curves: dict of (distance, reference) to EstimateCurve; its melodies are drawn from the
            held-out ones, the same ones for every run.
        layout: Layout for the large figure, or None.
        repeats: list of Layout for the small one; empty without `layout`.
    """

    distances: dict
    curves: dict
    layout: object
    repeats: list


def cached_states(comparison, run):
    """Returns the RunStates of a ComparedRun, from the cache as far as it has them.

    The first run of each group is laid out.
    """
    @functools.cache
    def modes():
        return read_modes(run.model, comparison.held_out, comparison.generated[run.label])

    is_laid_out = any(run.label == group.runs[0].label for group in comparison.groups)
    seed, cached = comparison.seed, functools.partial(comparison.cached_for_run, run=run)
    distances = cached('state_distances', compute=lambda: _distances(run, modes(), seed))
    curves = cached('state_curves', compute=lambda: _curves(comparison, run, modes()))
    layouts = (cached('state_layouts', compute=lambda: _layouts(modes(), seed)) if is_laid_out
               else (None, []))
    return RunStates(distances, curves, *layouts)


def long_melodies(comparison):
    """Returns the rows of the held-out melodies that go on for longer, int [melodies], sorted."""
    return draw_rows(len(comparison.held_out.melodies), LONG_MELODIES, comparison.seed)


def _distances(run, modes, seed):
    whole = estimate_distances(*modes, seed)
    if find_reason(*modes):
        return {ALL_LAYERS: whole}
    # The same states as in `whole`: the logits of all positions would cost much for nothing.
    drawn = TwoModes(*(draw_positions(states, seed, num_positions(*states.shape[:2]))
                       for states in modes))
    views = state_views.view_modes(drawn, state_views.read_network(run.run_dir, run.checkpoint))
    return {view: whole if view == ALL_LAYERS else
            estimate_distances(*parts, seed, **_VIEW_OPTIONS) for view, parts in views.items()}


def _curves(comparison, run, modes):
    held_out, rows = comparison.held_out, long_melodies(comparison)
    num_steps = held_out.melodies.shape[1]
    longer = np.zeros([len(rows), LONG_FACTOR * num_steps], np.int32)
    longer[:, :num_steps] = held_out.melodies[rows]
    generated = continue_melodies(run.model, held_out._replace(melodies=longer), comparison.seed)
    free = states_after(run.model, generated, held_out.primer_steps)
    forced = modes.teacher_forced[rows]
    edges = position_edges(free.shape[1], forced.shape[1], _NUM_BINS)
    return position_curves(forced, free, edges, comparison.seed)


def _layouts(modes, seed):
    usual, other = tsne.PERPLEXITIES
    return tsne.lay_out(modes, seed, LAYOUT_POINTS, usual), [
        tsne.lay_out(modes, seed, REPEAT_POINTS, other),
        tsne.lay_out(modes, seed + 1, REPEAT_POINTS, usual)]
