"""Means over stretches of positions, against loops."""

import numpy as np
import pytest

from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.position_means import (
    bin_centres,
    bin_edges,
    bin_means,
    position_means,
)


@pytest.mark.parametrize(('num_positions', 'edges'), [
    (7, [0, 7]), (15, [0, 15]), (16, [0, 16]), (47, [0, 16, 32]), (48, [0, 16, 32, 48])])
def test_stretches_are_whole_bars_or_all_there_is(num_positions, edges):
    assert bin_edges(num_positions).tolist() == edges


def test_a_stretch_has_the_mean_of_its_positions_and_its_middle_between_them():
    values = np.random.default_rng(0).normal(size=[2, 3, 11])
    edges = bin_edges(11, 5)
    assert edges.tolist() == [0, 5, 10]
    assert bin_centres(edges).tolist() == [2, 7]
    np.testing.assert_allclose(
        bin_means(values, edges, 2),
        np.stack([values[:, :, :5].mean(axis=2), values[:, :, 5:10].mean(axis=2)], axis=2))
    np.testing.assert_allclose(bin_means(values[:, 0], np.array([0, 2, 11]), 1)[1],
                               [values[1, 0, :2].mean(), values[1, 0, 2:].mean()])


def test_the_curve_of_a_group_has_its_mean_a_stretch_and_counts_from_the_melodies_start():
    values = np.random.default_rng(1).normal(size=[2, 9, 40])
    found = position_means(values, 7, 0)
    assert found.points.tolist() == [7, 23, 39]
    wanted = group_mean(values[:, :, 16:32].mean(axis=2), 0)
    assert [each[1] for each in found.estimate[:3]] == pytest.approx(list(wanted[:3]))


def test_a_slope_against_position_is_found_and_none_is_not():
    rng = np.random.default_rng(1)
    flat = rng.normal(size=[1, 60, 64])
    rising = flat + np.linspace(0, 1, 64)
    assert not np.any(np.abs(position_means(flat, 0, 0).estimate.value) > 0.1)
    found = position_means(rising, 0, 0).estimate
    assert found.low[-1] > found.high[0]
