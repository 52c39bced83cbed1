import numpy as np
import pytest
from scipy import integrate, stats

from magenta_reg.analysis.music.distances import (
    density,
    kl_nats,
    overlap,
    scott_bandwidth,
    shared_grid,
)


def gaussians(mean, deviation):
    """Returns the grid and the densities of N(0, 1) and another, exactly."""
    grid = shared_grid([np.array([-6.0, 6 + mean])], [deviation])
    return grid, [stats.norm(*each).pdf(grid) for each in ((0, 1), (mean, deviation))]


def estimated(samples):
    bandwidths = [scott_bandwidth(each) for each in samples]
    grid = shared_grid(samples, bandwidths)
    return grid, [density(each, np.ones([len(each), 1], np.float32), grid, bandwidth)[0]
                  for each, bandwidth in zip(samples, bandwidths, strict=True)]


@pytest.mark.parametrize('mean', [0.0, 0.5, 1.0, 3.0])
def test_overlap_of_two_gaussians_is_twice_the_tail(mean):
    grid, densities = gaussians(mean, 1.0)
    assert overlap(*densities, grid) == pytest.approx(2 * stats.norm.cdf(-mean / 2), abs=1e-4)


@pytest.mark.parametrize(('mean', 'deviation'), [(0, 1), (1, 1), (0.5, 2), (1, 0.8)])
def test_kl_of_two_gaussians_has_its_closed_form(mean, deviation):
    grid, densities = gaussians(mean, deviation)
    exact = np.log(deviation) + (1 + mean ** 2) / (2 * deviation ** 2) - 0.5
    assert kl_nats(*densities, grid) == pytest.approx(exact, abs=0.003)
    assert kl_nats(densities[0], densities[0], grid) == 0


def test_the_density_is_that_of_scipy():
    sample = np.random.default_rng(0).gamma(2, size=500)
    grid, (found,) = estimated([sample])
    np.testing.assert_allclose(found, stats.gaussian_kde(sample)(grid), atol=2e-3)
    assert found.sum() * (grid[1] - grid[0]) == pytest.approx(1)


def test_overlap_and_kl_are_the_integrals_of_scipys_densities():
    rng = np.random.default_rng(1)
    samples = [rng.gamma(2, size=400), 0.5 + rng.gamma(3, size=300)]
    grid, densities = estimated(samples)
    p, q = (stats.gaussian_kde(sample) for sample in samples)
    x = np.linspace(*grid[[0, -1]], 4001)  # Four times finer, and not the grid's points.
    assert overlap(*densities, grid) == pytest.approx(
        integrate.simpson(np.minimum(p(x), q(x)), x=x), abs=2e-3)
    assert kl_nats(*densities, grid) == pytest.approx(
        integrate.simpson(p(x) * (p.logpdf(x) - q.logpdf(x)), x=x), abs=0.01)


def test_two_grids_would_give_another_divergence():
    # Equal shapes, 3 apart: each read over its own range, as mgeval does, they look the same.
    sample = np.random.default_rng(2).normal(size=400)
    grid, densities = estimated([sample, sample + 3])
    p, q = stats.gaussian_kde(sample), stats.gaussian_kde(sample + 3)
    points = np.linspace(sample.min(), sample.max(), 1000)
    assert stats.entropy(p(points), q(points + 3)) == pytest.approx(0, abs=1e-9)
    assert kl_nats(*densities, grid) > 3


def test_densities_apart_have_a_finite_divergence():
    samples = [np.random.default_rng(seed).normal(100 * seed, size=50) for seed in (0, 1)]
    grid, densities = estimated(samples)
    assert overlap(*densities, grid) == pytest.approx(0, abs=1e-5)
    assert 5 < kl_nats(*densities, grid) < 30
