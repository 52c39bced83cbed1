"""t-SNE pictures of a model's hidden states in both modes: layouts, and how they are drawn."""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.report.style import (
    PAGE_INCHES,
    REAL_COLOUR,
    display,
    styled_figure,
    wrapped,
)
from magenta_reg.analysis.states.states import TwoModes
from magenta_reg.analysis.statistics.bootstrap import one_thread

PERPLEXITIES = (30, 100)
# States of a melody, evenly spaced over all of it; with more of them fewer melodies fit.
_POSITIONS_PER_MELODY = 32

# A panel's name fits above it.
_MIN_COLUMN_INCHES, _MAX_COLUMN_INCHES = 1.9, 2.6
_NAME_INCHES = 2.8
_FAINT = '#EBEBEB'


class Layout(NamedTuple):
    """Both modes laid out together in two dimensions, and what decided it.

    Attributes:
        points: TwoModes of float32 [melodies, positions, 2], or None. Distances mean nothing
            between two layouts, and little within one beyond its neighbourhoods.
        positions: int [positions], which positions of the modes were laid out.
        perplexity: float.
        seed: int.
        reason: str, why there are no points.
    """

    points: TwoModes | None
    positions: np.ndarray
    perplexity: float
    seed: int
    reason: str = ''


def lay_out(modes, seed, max_points=2000, perplexity=30):
    """Returns the Layout of states at evenly spaced positions of whole melodies of TwoModes.

    `seed` decides the melodies drawn and the layout; both modes together have `max_points` at most.
    """
    num_positions = modes.teacher_forced.shape[1]
    positions = np.unique(np.linspace(
        0, num_positions - 1, min(num_positions, _POSITIONS_PER_MELODY)).astype(int))
    for states in modes:
        if not np.isfinite(states).all() or np.ptp(states) == 0:
            return Layout(None, positions, perplexity, seed, 'states not finite or all the same')
    spaced = TwoModes(*(states[:, positions] for states in modes))
    points = embed(spaced, seed, max_points, perplexity)
    # openTSNE takes as much as the points allow if there are too few.
    num_points = 2 * points.teacher_forced[..., 0].size
    return Layout(points, positions, min(perplexity, (num_points - 1) / 3), seed)


def embed(modes, seed, max_points=2000, perplexity=30, num_components=50):
    """Embeds whole melodies of TwoModes jointly by t-SNE, from their first principal components.

    Melodies are drawn until both modes together have about `max_points` states.

    Returns:
        TwoModes of float32 [melodies drawn, positions, 2].

    Source: van der Maaten & Hinton 2008; initialization after Kobak & Berens 2019.
    """
    from openTSNE import TSNE
    from sklearn.decomposition import PCA

    num_melodies, positions, units = modes.teacher_forced.shape
    num_drawn = min(num_melodies, max(1, max_points // (2 * positions)))
    drawn = np.sort(np.random.default_rng(seed).permutation(num_melodies)[:num_drawn])
    states = np.stack([each[drawn] for each in modes]).reshape(-1, units)
    num_components = min(num_components, *states.shape)
    # At this size approximate neighbours gain nothing.
    tsne = TSNE(perplexity=perplexity, initialization='pca', neighbors='exact', n_jobs=1,
                random_state=seed)
    with one_thread():
        reduced = PCA(num_components, svd_solver='full').fit_transform(states)
        coordinates = np.asarray(tsne.fit(reduced), np.float32)
    return TwoModes(*coordinates.reshape(2, num_drawn, positions, 2))


def draw_layouts(layouts, looks, seed):
    """Draws layouts: by mode, by position, and by mode within the earlier and the later half.

    Args:
        layouts: dict of label to Layout, a column each.
        looks: dict of label to Look, at least of these labels.
        seed: int, of the order in which points are drawn.
    """
    halves = _halves(next(iter(layouts.values())).positions)
    names = ['by mode', 'by position',
             *(f'by mode, events {start} to {end - 1}' for start, end in halves)]
    with _figure_of_panels(4, len(layouts)) as figure:
        axes = figure.subplots(4, len(layouts), squeeze=False)
        coloured = None
        for column, (label, layout) in zip(axes.T, layouts.items(), strict=True):
            column[0].set_title(wrapped(label, 20))
            is_there = [_frame(axis, layout) for axis in column]
            if all(is_there):
                _draw_by_mode(column[0], layout, looks[label], seed)
                coloured = _draw_by_position(column[1], layout, seed)
                for axis, half in zip(column[2:], halves, strict=True):
                    _draw_by_mode(axis, layout, looks[label], seed, half=half)
        for axis, name in zip(axes[:, 0], names, strict=True):
            axis.set_ylabel(name, fontsize=10)
        if coloured is not None:
            figure.colorbar(coloured, ax=list(axes[1]), label='events after the primer', pad=0.01,
                            aspect=12)
        _add_legend(figure, layouts, looks)
    return figure


def draw_repeated_layouts(layouts, looks, seed):
    """Draws small layouts by mode: a column a run, a row a seed and perplexity.

    Args:
        layouts: dict of label to list of Layout, the same seeds and perplexities in the same order.
        looks, seed: as of `draw_layouts`.
    """
    repeats = max(layouts.values(), key=len)
    with _figure_of_panels(len(repeats), len(layouts)) as figure:
        axes = figure.subplots(len(repeats), len(layouts), squeeze=False)
        for axis, layout in zip(axes[:, 0], repeats, strict=True):
            axis.set_ylabel(f'seed {layout.seed}\nperplexity {layout.perplexity:g}', fontsize=10)
        for column, (label, own) in zip(axes.T, layouts.items(), strict=True):
            column[0].set_title(wrapped(label, 20))
            for axis, layout in zip(column, own, strict=True):
                if _frame(axis, layout):
                    _draw_by_mode(axis, layout, looks[label], seed, size=3)
        _add_legend(figure, layouts, looks)
    return figure


def _figure_of_panels(num_rows, num_columns):
    """Returns the context of a figure for square panels that fill the page as far as they can."""
    size = min(_MAX_COLUMN_INCHES, max(_MIN_COLUMN_INCHES, (PAGE_INCHES - 0.3) / num_columns))
    return styled_figure(max(2, num_columns) * size + 0.3, 0.9 + num_rows * size)


def _draw_by_mode(axis, layout, look, seed, size=5, half=None):
    """Scatters both modes in mixed order, so that neither covers the other.

    With `half`, a half-open range of positions, the points outside it are faint.
    """
    points, is_free, positions = _points(layout)
    if half:
        is_in = (half[0] <= positions) & (positions < half[1])
        axis.scatter(*points[~is_in].T, c=_FAINT, s=4, linewidths=0, rasterized=True)
        points, is_free = points[is_in], is_free[is_in]
    order = np.random.default_rng(seed).permutation(len(points))
    colours = np.where(is_free, look.colour, REAL_COLOUR)
    axis.scatter(*points[order].T, c=colours[order], s=size, alpha=0.75, linewidths=0,
                 rasterized=True)


def _draw_by_position(axis, layout, seed):
    """Returns the points drawn, for a colour bar."""
    points, _, positions = _points(layout)
    order = np.random.default_rng(seed).permutation(len(points))
    return axis.scatter(*points[order].T, c=positions[order], s=5, cmap='viridis', linewidths=0,
                        rasterized=True)


def _points(layout):
    """Returns float [points, 2], and of each point whether it ran free and its position."""
    melodies, num_positions, _ = layout.points.teacher_forced.shape
    points = np.concatenate([each.reshape(-1, 2) for each in layout.points])
    return (points, np.repeat([False, True], melodies * num_positions),
            np.tile(layout.positions, 2 * melodies))


def _halves(positions):
    """Returns the earlier and the later half of the positions as half-open ranges."""
    return list(itertools.pairwise(np.linspace(0, positions[-1] + 1, 3).astype(int)))


def _frame(axis, layout):
    """Frames a square about all points; returns whether there are any, or writes why not."""
    axis.set(aspect='equal', xticks=[], yticks=[])
    axis.spines[['top', 'right']].set_visible(True)
    if layout.reason:
        axis.text(0.5, 0.5, wrapped(layout.reason, 20), ha='center', va='center', fontsize=10,
                  transform=axis.transAxes)
        return False
    points, _, _ = _points(layout)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half = 0.53 * np.ptp(points, axis=0).max()
    axis.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
    return True


def _add_legend(figure, layouts, looks):
    """Names the colours: grey for teacher-forced, one colour a method for free-running."""
    from matplotlib.lines import Line2D

    def dot(colour, name):
        return Line2D([], [], marker='o', linestyle='', markersize=5, color=colour, label=name)

    names = {looks[label].colour: display(label.split(' (')[0]) for label in layouts}
    handles = [dot(REAL_COLOUR, 'teacher-forced'),
               *(dot(colour, f'free-running, {name}') for colour, name in names.items())]
    num_columns = max(1, min(3, len(handles), int(figure.get_figwidth() / _NAME_INCHES)))
    figure.legend(handles=handles, loc='outside lower center', ncols=num_columns,
                  handletextpad=0.1)
