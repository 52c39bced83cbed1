"""What is measured of one run's hidden states: distances of all views, curves, and embeddings."""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis import state_views, tsne
from magenta_reg.analysis.held_out import continue_melodies
from magenta_reg.analysis.hidden_states import TwoModes, read_modes, states_after
from magenta_reg.analysis.position_curves import position_curves, position_edges
from magenta_reg.analysis.state_distances import (
    NUM_POSITIONS,
    draw_positions,
    reason_against,
    state_distances,
)
from magenta_reg.analysis.state_measures import MEASURES

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
        distances: dict of view to dict of measure to Distance.
        curves: dict of (measure, reference) to PositionCurve; its `n` melodies are drawn from the
            held-out ones, the same ones for every run.
        panel: Panel for the large figure, or None.
        repeats: list of Panel for the small one; empty without `panel`.
    """

    distances: dict
    curves: dict
    panel: object
    repeats: list


def kept_states(material, run, is_embedded):
    """Measures a run's hidden states, or takes what was kept.

    Args:
        material: Material.
        run: ComparedRun.
        is_embedded: bool, whether t-SNE is wanted.

    Returns:
        RunStates.
    """
    @functools.cache
    def modes():
        return read_modes(run.model, material.held_out, material.generated[run.label])

    seed = material.seed
    distances = material.of_run('state_distances', run, lambda: _distances(run, modes(), seed))
    curves = material.of_run('state_curves', run, lambda: _curves(material, run, modes()))
    panel, repeats = material.of_run('state_panels', run, lambda: _panels(modes(), seed)) \
        if is_embedded else (None, [])
    return RunStates(distances, curves, panel, repeats)


def long_melodies(material):
    """Returns the rows of the held-out melodies that go on for longer, int [melodies], sorted."""
    order = np.random.default_rng(material.seed).permutation(len(material.held_out.melodies))
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


def _curves(material, run, modes):
    held_out, rows = material.held_out, long_melodies(material)
    num_steps = LONG_FACTOR * held_out.melodies.shape[1]
    longer = np.zeros([len(rows), num_steps], np.int32)
    longer[:, :held_out.melodies.shape[1]] = held_out.melodies[rows]
    generated = continue_melodies(run.model, held_out._replace(melodies=longer), material.seed)
    states = states_after(run.model, generated, held_out.primer_steps)
    taught = modes.teacher_forced[rows]
    return position_curves(taught, states,
                           position_edges(states.shape[1], taught.shape[1], NUM_BINS),
                           material.seed)


def _panels(modes, seed):
    usual, other = tsne.PERPLEXITIES
    repeats = [tsne.embed_panel(modes, *each) for each in (
        (seed, REPEAT_POINTS, other), (seed + 1, REPEAT_POINTS, usual))]
    return tsne.embed_panel(modes, seed, PANEL_POINTS, usual), repeats
