import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.exposure.figures import draw_exposure_bias
from magenta_reg.analysis.exposure.measure import (
    ModeDistributions,
    RunExposure,
    entropy,
    excess_by_bar,
    exposure_bias,
    jensen_shannon,
    mode_distributions,
    run_exposure,
    split_measured,
)
from tests.analysis.fake_runs import MarkovModel
from tests.analysis.groups_of_runs import make_group

EDGES = np.array([17, 33, 49, 65])
NUM_BINS = len(EDGES) - 1


def make_mode(rng, n=40, tilt=0.0, events=8):
    """Returns distributions that vary from melody to melody; tilt moves them, more at the end."""
    logits = 0.8 * rng.normal(size=[n, NUM_BINS, events])
    logits[:, :, 0] += tilt * np.arange(1, NUM_BINS + 1)
    probs = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return ModeDistributions(EDGES, probs.astype(np.float32), entropy(probs))


def make_exposure(seed, tilt=0.0, **options):
    rng = np.random.default_rng([5, seed])
    true, own = make_mode(rng), make_mode(rng, tilt=tilt)
    return RunExposure(true, own, exposure_bias(true, own, seed, **options))


def test_the_divergence_is_scipys_squared_distance():
    first, second = np.random.default_rng(0).dirichlet(np.ones(9), [2, 5, 3])
    second[0, 0] = np.eye(9)[2]  # With zeros.
    wanted = distance.jensenshannon(first, second, axis=-1) ** 2
    np.testing.assert_allclose(jensen_shannon(first, second), wanted, atol=1e-12)
    np.testing.assert_allclose(entropy(first), stats.entropy(first, axis=-1))
    disjoint = jensen_shannon(np.array([1.0, 0]), np.array([0, 1.0]))
    assert disjoint == pytest.approx(np.log(2))


def test_equal_modes_have_no_excess_and_are_rejected_at_the_rate():
    found = [make_exposure(i, num_resamples=2, num_permutations=99).bias for i in range(200)]
    rejected = sum(each.p <= 0.05 for each in found)
    assert stats.binom.ppf(0.001, 200, 0.05) <= rejected <= stats.binom.ppf(0.999, 200, 0.05)
    excess = np.array([each.excess.mean() for each in found])
    assert abs(excess.mean()) < 4 * excess.std() / np.sqrt(200)
    # Without a floor it would not be 0.
    assert np.mean([each.value for each in found]) > 5 * abs(excess.mean())


def test_a_divergence_that_grows_is_found_where_it_is():
    exposures = [make_exposure(i, tilt=0.5) for i in range(3)]
    for each in exposures:
        assert each.bias.p < 0.01
        assert np.all(np.diff(each.bias.excess) > 0)
    found = excess_by_bar(exposures, 0)
    assert found.low[-1] > 0
    assert (found.n_seeds, found.n_melodies) == (3, 40)


def test_floor_and_own_halves_are_of_the_same_size():
    """The floor is JSD's bias at half of the melodies: (K - 1) / 8 (1 / n_A + 1 / n_B)."""
    rng, n, events = np.random.default_rng(2), 400, 6
    true, own = (ModeDistributions(EDGES, np.eye(events, dtype=np.float32)[
        rng.integers(events, size=[n, NUM_BINS])], np.zeros([n, 3])) for _ in range(2))
    found = exposure_bias(true, own, 0, num_resamples=20, num_permutations=19)
    wanted = (events - 1) / 8 * (2 / (n / 2))
    assert found.floor.value.mean() == pytest.approx(wanted, rel=0.15)
    assert found.at_floor_size.mean() == pytest.approx(wanted, rel=0.3)


def test_resamples_of_one_seed_take_the_same_melodies():
    rng = np.random.default_rng(3)
    true, own = make_mode(rng), make_mode(rng, tilt=0.5)
    first, again = exposure_bias(true, own, 7), exposure_bias(true, own, 7)
    np.testing.assert_array_equal(first.resamples, again.resamples)
    np.testing.assert_allclose(first.resamples.mean(axis=0), first.excess)


def test_few_melodies_leave_no_half_of_a_resample_empty():
    rng = np.random.default_rng(0)
    found = exposure_bias(make_mode(rng, MIN_MELODIES), make_mode(rng, MIN_MELODIES), 0,
                          num_permutations=9)
    assert np.isfinite(found.resamples).all()


def test_stretches_are_whole_bars_after_the_primer():
    steps = np.random.default_rng(0).dirichlet(np.ones(5), [3, 49])
    found = mode_distributions(steps, primer_steps=16)
    assert found.edges.tolist() == [16, 32, 48]
    # Row 15 is of event 16, the first after the primer.
    np.testing.assert_allclose(found.mean_probs[1, 0], steps[1, 15:31].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.entropy_nats[2, 1],
                               stats.entropy(steps[2, 31:47], axis=1).mean())


def test_what_cannot_be_measured_says_why():
    rng = np.random.default_rng(0)
    few = exposure_bias(make_mode(rng, 9), make_mode(rng, 9), 0)
    assert (few.value, few.reason) == (None, '9 melodies, at least 10 are needed')
    broken = make_mode(rng)
    broken.mean_probs[3] = np.nan
    found = exposure_bias(make_mode(rng), broken, 0)
    assert found.p is None
    assert 'not finite' in found.reason
    assert split_measured({'broken': [RunExposure(broken, broken, found)]}) == (
        {}, {'broken': found.reason})


def test_the_figure_has_a_line_a_group():
    groups = [make_group(name, [MarkovModel(None, name)]) for name in ('baseline', 'dropout')]
    exposures = {'baseline': [make_exposure(0)], 'dropout': [make_exposure(1, 0.5)]}
    excess, entropies = draw_exposure_bias(exposures, groups, 0).axes
    assert [line.get_label() for line in excess.lines[:2]] == ['baseline', 'dropout']
    np.testing.assert_allclose(excess.lines[1].get_ydata(), exposures['dropout'][0].bias.excess)
    assert len(entropies.lines) == 6


def test_true_is_after_the_held_out_melodies_and_own_after_the_runs():
    class Echo:
        """Expects the first event of a melody again, and nothing else."""

        def next_events(self, melodies):
            for melody in melodies:
                yield np.tile(np.eye(4)[melody[0]], [len(melody) - 1, 1])

    real, generated = np.zeros([MIN_MELODIES, 40], int), np.full([MIN_MELODIES, 40], 3)
    found = run_exposure(Echo(), real, generated, 8, 0)
    assert (found.true.mean_probs == np.eye(4)[0]).all()
    assert (found.own.mean_probs == np.eye(4)[3]).all()
