import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist

from magenta_reg.analysis.music.distances import (
    _NUM_HALVINGS,
    MAX_MELODIES,
    _pair_weights,
    feature_distance,
    kl_nats,
    overlap,
)


def values(seed, n=40, size=1, shift=0.0, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=[n, size]) + shift


def test_the_same_distribution_is_rejected_at_its_rate_and_overlaps_as_its_floor():
    found = [feature_distance(values(seed, 20), values(1000 + seed, 20), seed)
             for seed in range(100)]
    rejected = sum(each.overlap.p <= 0.05 for each in found)
    assert rejected <= stats.binom(100, 0.05).ppf(0.999)
    assert stats.kstest([each.overlap.p for each in found], 'uniform').pvalue > 0.001
    for estimates in ([each.overlap for each in found], [each.kl_nats for each in found]):
        excess = [each.value - each.floor.value for each in estimates]
        assert abs(np.mean(excess)) < 4 * stats.sem(excess)


@pytest.mark.parametrize('changed', [{'shift': 1.5}, {'scale': 4.0}])
def test_another_place_or_another_width_is_found(changed):
    found = feature_distance(values(0, 100, **changed), values(1, 100), seed=0)
    assert found.overlap.p == 0.001
    assert found.overlap.high < found.overlap.floor.low
    assert found.kl_nats.low > found.kl_nats.floor.high
    assert found.spread == pytest.approx(changed.get('scale', 1), rel=0.25)


def test_histograms_compare_by_euclidean_distance_and_the_curves_are_scipys_densities():
    rng = np.random.default_rng(0)
    generated, real = rng.dirichlet(np.ones(5), 60), rng.dirichlet(np.full(5, 3.0), 60)
    found = feature_distance(generated, real, seed=0)
    between = [np.linalg.norm(generated[i] - real[j])
               for i, j in itertools.permutations(range(60), 2)]
    for density, distances in ((found.within, pdist(real)), (found.between, between)):
        expected = stats.gaussian_kde(distances)(found.points)
        np.testing.assert_allclose(density, expected, atol=0.01 * expected.max())


def test_overlap_and_divergence_lie_near_those_of_all_melodies():
    found = feature_distance(values(0, 200, shift=1.0), values(1, 200), seed=0)
    for measure, value in ((overlap, found.overlap), (kl_nats, found.kl_nats)):
        whole = float(measure(found.within, found.between, found.points))
        assert value.low < whole < value.high


def test_the_interval_is_as_wide_as_repetitions_differ():
    found = [feature_distance(values(seed, 60, shift=1.0), values(1000 + seed, 60), 0).overlap
             for seed in range(40)]
    spread = np.std([each.value for each in found], ddof=1)
    errors = [(each.high - each.low) / 2 / 1.96 for each in found]
    assert 0.6 < np.mean(errors) / spread < 1.7


def test_the_p_value_is_the_share_of_all_swaps_with_a_larger_energy_distance():
    generated, real = values(3, 10, shift=0.8)[:, 0], values(4, 10)[:, 0]
    energies = []
    for swaps in itertools.product([False, True], repeat=10):
        swapped = np.array(swaps)
        energies.append(stats.energy_distance(np.where(swapped, real, generated),
                                              np.where(swapped, generated, real)))
    exact = np.mean(np.array(energies) >= energies[0] - 1e-12)
    found = feature_distance(generated[:, np.newaxis], real[:, np.newaxis], seed=1).overlap.p
    assert 0.01 < exact < 0.5
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / 999))


def test_a_melody_is_not_measured_against_how_its_own_primer_went_on():
    # Each generated melody equals its real partner; the others are some 6 away.
    real = values(5, 50, size=20)
    found = feature_distance(real, real, seed=0)
    near = found.points < 1
    assert found.between[near].sum() * (found.points[1] - found.points[0]) < 1e-4
    assert (found.overlap.p, found.spread) == (1.0, 1.0)
    assert found.overlap.value == pytest.approx(found.overlap.floor.value, abs=0.02)


def test_value_and_floor_are_means_over_halves_of_scipys_densities():
    n = 20
    generated, real = values(6, n, shift=1.0), values(7, n)
    found = feature_distance(generated, real, seed=3)
    pairs = np.array(list(itertools.permutations(range(n), 2)))
    distances = {'floor': np.abs(real - real.T), 'value': np.abs(generated - real.T)}
    grid = found.points

    def density(sample, whole):
        """As gaussian_kde, with the bandwidth of all melodies."""
        width = np.std(whole, ddof=1) * len(whole) ** -0.2
        return stats.gaussian_kde(sample, width / np.std(sample, ddof=1))(grid)

    results = {'floor': [], 'value': []}
    for weight in _pair_weights(n, 3)[1][:, -_NUM_HALVINGS:].T:
        first, second = (np.unique(pairs[weight > 0, side]) for side in (0, 1))
        assert len(first) == len(second) == n // 2
        assert not set(first) & set(second)
        within = density(pdist(real[second]), pdist(real))
        for name, matrix in distances.items():
            # Of the floor both densities are of distances between real melodies.
            whole = pdist(real) if name == 'floor' else matrix[tuple(pairs.T)]
            between = density(matrix[np.ix_(first, second)].ravel(), whole)
            results[name].append(np.minimum(within, between).sum() * (grid[1] - grid[0]))
    assert found.overlap.value == pytest.approx(np.mean(results['value']), abs=0.002)
    assert found.overlap.floor.value == pytest.approx(np.mean(results['floor']), abs=0.002)
    np.testing.assert_allclose(found.overlap.floor[1:3],
                               np.percentile(results['floor'], [2.5, 97.5]), atol=0.004)


def test_rows_without_the_feature_are_left_out_on_both_sides():
    generated, real = values(6), values(7)
    holes = generated.copy(), real.copy()
    holes[0][3], holes[1][8] = np.nan, np.nan
    rows = np.setdiff1d(np.arange(40), [3, 8])
    found = feature_distance(*holes, seed=0)
    assert found.overlap.n_melodies == 38
    assert found.overlap == feature_distance(generated[rows], real[rows], seed=0).overlap


def test_what_cannot_be_compared_says_why():
    constant = np.ones([40, 3])
    found = feature_distance(values(8, size=3), constant, seed=0)
    assert found.overlap.reason == 'all melodies are at the same distance: no density'
    assert (*found.overlap[:4], found.kl_nats.value, found.spread, found.points) == (None,) * 7
    assert feature_distance(constant, constant, seed=0).overlap == found.overlap
    few = feature_distance(values(9, 9), values(10, 9), seed=0)
    assert few.overlap.reason == '9 melodies of each set have this feature, at least 10 are needed'
    none = feature_distance(np.full([20, 1], np.nan), values(11, 20), seed=0)
    assert (none.overlap.n_melodies, none.overlap.value) == (0, None)


def test_a_generator_that_always_does_the_same_is_found():
    found = feature_distance(np.zeros([60, 1]), values(12, 60), seed=0)
    assert (found.spread, found.overlap.reason) == (0, '')
    assert found.overlap.p < 0.01
    assert np.isfinite(found.kl_nats[:3]).all()


def test_of_very_many_melodies_some_are_drawn():
    found = feature_distance(values(0, 400), values(1, 400), seed=0)
    assert found.overlap.n_melodies == MAX_MELODIES
