"""Figures of hidden states show each run in its colour, and say why where there is nothing."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from magenta_reg.analysis.report.style import image_of, looks_of
from magenta_reg.analysis.states.distances import DISTANCES
from magenta_reg.analysis.states.estimates import estimate_distances
from magenta_reg.analysis.states.figures import draw_distances, draw_position_curves
from magenta_reg.analysis.states.positions import position_curves, position_edges
from magenta_reg.analysis.states.states import TwoModes
from magenta_reg.analysis.states.tsne import draw_layouts, draw_repeated_layouts, lay_out

METHODS = ['baseline', 'scheduled_sampling']
COLOURS = {'baseline': (0, 114, 178), 'scheduled_sampling': (0, 158, 115)}
LOOKS = looks_of([SimpleNamespace(label=name, method=name) for name in METHODS])


def modes_of(seed=0):
    return TwoModes(*np.random.default_rng(seed).normal(size=[2, 12, 40, 6]).astype(np.float32))


def broken():
    modes = modes_of()
    return TwoModes(modes.teacher_forced, np.full_like(modes.free_running, np.nan))


def num_pixels(figure, colour, tolerance=12):
    pixels = np.asarray(Image.open(io.BytesIO(image_of(figure, 'png'))).convert('RGB'), int)
    return (np.abs(pixels - np.array(colour)).max(axis=2) < tolerance).sum()


def texts_of(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


@pytest.fixture(scope='module')
def layouts():
    return [lay_out(modes_of(), seed=0, max_points=300, perplexity=perplexity)
            for perplexity in (10, 30)]


def test_tsne_has_a_column_a_run_and_its_colour_in_the_rows_by_mode(layouts):
    figure = draw_layouts({'baseline': layouts[0], 'scheduled_sampling': layouts[0]}, LOOKS, 0)
    assert [axis.get_title() for axis in figure.axes[:2]] == ['baseline', 'scheduled sampling']
    assert [axis.get_ylabel() for axis in figure.axes[:8:2]] == [
        'by mode', 'by position', 'by mode, events 0 to 19', 'by mode, events 20 to 39']
    for axis, colour in zip(figure.axes[:2], COLOURS.values(), strict=True):
        faces = np.round(255 * axis.collections[0].get_facecolors()[:, :3])
        assert (faces == colour).all(axis=1).mean() == 0.5


def test_each_stretch_of_tsne_has_its_own_points_in_colour(layouts):
    figure = draw_layouts({'baseline': layouts[0]}, LOOKS, 0)
    everything, _, *stretches = [axis.collections[-1].get_offsets() for axis in figure.axes[:4]]
    assert sum(map(len, stretches)) == len(everything)
    assert all(len(each) > 0.4 * len(everything) for each in stretches)


def test_repeats_of_tsne_are_named_by_seed_and_perplexity(layouts):
    figure = draw_repeated_layouts({'baseline': layouts}, LOOKS, 0)
    assert figure.axes[0].get_title() == 'baseline'
    assert [axis.get_ylabel() for axis in figure.axes] == [
        'seed 0\nperplexity 10', 'seed 0\nperplexity 30']


def test_states_that_cannot_be_embedded_are_explained_in_their_place(layouts):
    layout = lay_out(broken(), seed=0)
    assert layout.points is None
    for figure in (draw_layouts({'baseline': layout, 'scheduled_sampling': layouts[0]}, LOOKS, 0),
                   draw_repeated_layouts({'baseline': [layout]}, LOOKS, 0)):
        assert any('not finite' in text.replace('\n', ' ') for text in texts_of(figure))


def test_positions_of_a_panel_cover_the_whole_melody():
    modes = TwoModes(*np.random.default_rng(0).normal(size=[2, 12, 100, 4]))
    layout = lay_out(modes, seed=0, max_points=400, perplexity=10)
    assert (layout.positions[0], layout.positions[-1], len(layout.positions)) == (0, 99, 32)
    assert layout.points.teacher_forced.shape == (6, 32, 2)


def test_distances_are_drawn_a_panel_a_measure_with_reasons_in_place_of_numbers():
    few = {'num_permutations': 9, 'num_resamples': 20, 'num_halvings': 5}
    distances = {'baseline': estimate_distances(*modes_of(), 0, **few),
                 'scheduled_sampling': estimate_distances(*broken(), 0, **few)}
    figure = draw_distances(distances, LOOKS)
    assert [axis.get_title('left') for axis in figure.axes] == [
        measure.title for measure in DISTANCES.values()]
    assert figure.axes[-1].get_xlabel() == 'excess over the floor; 0 is no difference'
    assert sum('not finite' in text for text in texts_of(figure)) == len(DISTANCES)
    assert num_pixels(figure, COLOURS['baseline']) > 200
    assert num_pixels(figure, COLOURS['scheduled_sampling']) == 0


def test_curves_are_drawn_against_both_references():
    forced, free = modes_of()
    edges = position_edges(40, 20, 4)
    curves = {name: position_curves(forced[:, :20], free, edges, 0, ('centroid', 'mmd'),
                                    num_resamples=20, num_halvings=5) for name in METHODS}
    figure = draw_position_curves(curves, LOOKS)
    assert len(figure.axes) == 4
    assert [axis.get_xlim()[1] for axis in figure.axes[:2]] == [20, 40]
    assert num_pixels(figure, COLOURS['scheduled_sampling']) > 500


def test_one_drawing_gives_png_and_svg(layouts):
    figure = draw_layouts({'baseline': layouts[0]}, LOOKS, 0)
    assert image_of(figure, 'png').startswith(b'\x89PNG')
    svg = image_of(figure, 'svg')
    assert b'<svg' in svg
    assert b'by position' in svg
    assert b'dc:date' not in svg
