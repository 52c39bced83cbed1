"""Distance against position: it is found where it is, and only there."""

import numpy as np
import pytest

from magenta_reg.analysis.states.positions import (
    ALL_POSITIONS,
    SAME_POSITIONS,
    mean_curve,
    position_curves,
    position_edges,
)
from magenta_reg.analysis.statistics.resampled import resampled_mean

NAMES = ('classifier', 'mmd', 'centroid')
FEW = {'num_resamples': 40, 'num_halvings': 20}


def modes_of(num_forced, shifts, seed=0, num_melodies=40, width=10, units=5):
    """Free-running states shifted by one number a bin, beside teacher-forced ones."""
    rng = np.random.default_rng(seed)
    forced = rng.normal(size=[num_melodies, num_forced, units])
    free = rng.normal(size=[num_melodies, width * len(shifts), units])
    return forced, free + np.repeat(shifts, width)[:, np.newaxis]


def test_a_distance_that_grows_is_seen_where_it_grows():
    forced, free = modes_of(40, [0, 0, 1.5, 3])
    curves = position_curves(forced, free, np.arange(0, 41, 10), 0, **FEW)
    assert set(curves) == {(name, each) for name in NAMES
                           for each in (SAME_POSITIONS, ALL_POSITIONS)}
    for _, found in curves.values():
        assert found.value[2] > 2 * found.floor.high[2] or found.value[2] > 0.9
        assert found.value[3] > found.value[2] > found.value[:2].max()
        assert (found.value[:2] < found.floor.high[:2] * 1.1 + 0.01).all()
        # Of a classifier that is always right nothing varies.
        varies = found.value < 1
        assert (found.low < found.value)[varies].all()
        assert (found.value < found.high)[varies].all()


def test_beyond_the_held_out_melodies_only_all_positions_have_a_number():
    forced, free = modes_of(20, [0, 0, 2, 2])
    curves = position_curves(forced, free, np.arange(0, 41, 10), 0, ('centroid',), **FEW)
    same, pooled = curves['centroid', SAME_POSITIONS], curves['centroid', ALL_POSITIONS]
    assert same.points.tolist() == [0, 10, 20]
    assert pooled.points.tolist() == [0, 10, 20, 30, 40]
    assert (pooled.estimate.value[2:] > 1).all()
    assert (same.estimate.value < 0.5).all()


def test_states_that_depend_on_position_alone_differ_from_those_of_all_positions_only():
    rng = np.random.default_rng(0)
    ramp = np.linspace(-3, 3, 40)[:, np.newaxis]
    forced, free = rng.normal(size=[2, 40, 40, 5]) + ramp
    curves = position_curves(forced, free, np.arange(0, 41, 10), 0, ('centroid',), **FEW)
    same, pooled = curves['centroid', SAME_POSITIONS], curves['centroid', ALL_POSITIONS]
    assert (same.estimate.value < same.estimate.floor.high * 1.2).all()
    assert (pooled.estimate.value[[0, 3]] > 2 * pooled.estimate.floor.high[[0, 3]]).all()


def test_a_bin_without_numbers_has_a_reason():
    forced, free = modes_of(40, [0, 0, 0, 0])
    free[:, 30:] = np.nan
    curve = position_curves(forced, free, np.arange(0, 41, 10), 0, ('mmd',), **FEW)[
        'mmd', ALL_POSITIONS].estimate
    assert np.isfinite(curve.value).tolist() == [True, True, True, False]
    assert curve.reason[:3] == [None] * 3
    assert 'not finite' in curve.reason[3]


def test_the_mean_over_runs_varies_with_melodies_and_runs():
    runs = [position_curves(*modes_of(20, [shift, 2], seed), np.array([0, 10, 20]), 0,
                            ('centroid',), **FEW)['centroid', SAME_POSITIONS]
            for seed, shift in enumerate((0.5, 1.5))]
    found = mean_curve(runs, 0).estimate
    runs, alone = [run.estimate for run in runs], mean_curve(runs[:1], 0).estimate
    np.testing.assert_allclose(found.value, (runs[0].value + runs[1].value) / 2)
    # The runs differ in the first bin and agree in the second.
    width, own = found.high - found.low, runs[0].high - runs[0].low
    assert width[0] > 2 * own[0]
    assert width[1] < 0.2 * width[0]
    # As for any other number a run.
    for index in range(2):
        number = resampled_mean([run.value[index] for run in runs],
                                   [run.resamples[:, index] for run in runs], 40, 0)
        assert (found.low[index], found.high[index]) == pytest.approx(
            (number.low, number.high), rel=0.25)
    assert alone.low == pytest.approx(runs[0].low)


@pytest.mark.parametrize(('num_positions', 'num_held_out', 'expected'), [
    (80, 80, [0, 10, 20, 30, 40, 50, 60, 70, 80]),
    (80, 20, [0, 10, 20, 30, 40, 50, 60, 70, 80]),
    (83, 20, [0, 10, 20, 30, 40, 50, 60, 70, 83]),
    (3, 3, [0, 1, 2, 3]),
])
def test_one_bin_ends_where_the_held_out_melodies_end(num_positions, num_held_out, expected):
    edges = position_edges(num_positions, num_held_out)
    assert edges.tolist() == expected
    assert num_held_out in edges
