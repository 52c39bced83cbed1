import numpy as np
from sklearn.neighbors import NearestNeighbors

from magenta_reg.analysis.states.states import TwoModes
from magenta_reg.analysis.states.tsne import embed


def make_modes(shift, num_melodies=12, positions=12, units=60):
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=[2, num_melodies, positions, units]).astype(np.float32)
    return TwoModes(first, second + np.float32(shift))


def same_mode_neighbours(points):
    """Returns the share of points whose nearest neighbour is of their own mode."""
    points = np.concatenate([each.reshape(-1, 2) for each in points])
    modes = np.arange(len(points)) >= len(points) // 2
    nearest = NearestNeighbors(n_neighbors=2).fit(points).kneighbors(points)[1][:, 1]
    return np.mean(modes == modes[nearest])


def test_modes_that_differ_lie_apart_and_modes_that_do_not_are_mixed():
    assert same_mode_neighbours(embed(make_modes(shift=3.0), seed=0)) > 0.98
    assert abs(same_mode_neighbours(embed(make_modes(shift=0.0), seed=0)) - 0.5) < 0.12


def test_the_seed_decides():
    modes = make_modes(0.0)
    first, again = (embed(modes, seed=1, max_points=200) for _ in range(2))
    np.testing.assert_array_equal(first.teacher_forced, again.teacher_forced)
    np.testing.assert_array_equal(first.free_running, again.free_running)
    assert not np.array_equal(first.free_running, embed(modes, 2, 200).free_running)


def test_whole_melodies_are_drawn_in_equal_numbers():
    points = embed(make_modes(0.0), seed=0, max_points=150)
    assert points.teacher_forced.shape == points.free_running.shape == (6, 12, 2)
