"""Errors as Estimates: ratios of means, by bar or beat, compared between groups."""

import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.oracle.estimates import (
    GENERATED_NLL,
    ORACLE_NLL,
    OWN_ERROR,
    RATIO,
    REVERSE_ERROR,
    TRUE_ERROR,
    against_position,
    differences,
    edges_of,
    error_ratio,
    summarize,
)
from magenta_reg.analysis.oracle.measure import OracleErrors
from magenta_reg.analysis.quality.curves import over_temperatures


def make_errors(seed, ratio=2.0, num_melodies=40, num_positions=19):
    """Returns errors whose means over many melodies are 1 and `ratio`."""
    rng = np.random.default_rng([3, seed])
    true, own = rng.gamma(2, 0.5, [2, num_melodies, num_positions])
    nll = rng.gamma(2, 0.5, [2, 3, num_melodies])
    return OracleErrors(true, ratio * own, true + own, *nll, nll[0, 0], (0.9, 1.0, 1.1), 1)


def test_the_ratio_is_that_of_the_means_and_its_interval_is_the_delta_methods():
    errors = make_errors(0)
    found = summarize([errors], 0)
    true, own = errors.true_kl.mean(axis=1), errors.own_kl.mean(axis=1)
    ratio = own.mean() / true.mean()
    assert found[RATIO].value == pytest.approx(ratio)
    error = np.std(own - ratio * true) / true.mean() / np.sqrt(len(own))
    assert found[RATIO].high - found[RATIO].low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert found[TRUE_ERROR].value == pytest.approx(true.mean())
    assert found[OWN_ERROR].value == pytest.approx(own.mean())
    assert found[REVERSE_ERROR].value == pytest.approx(errors.reverse_kl.mean())
    assert found[GENERATED_NLL].value == pytest.approx(errors.generated_nll[1].mean())
    assert found[ORACLE_NLL].value == pytest.approx(errors.oracle_nll[1].mean())


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Every run of 30 melodies; the ratio of the means they were drawn from is 2."""
    found = [error_ratio(make_errors(seed, num_melodies=30), 0) for seed in range(200)]
    held = sum(each.low <= 2 <= each.high for each in found)
    assert held >= stats.binom.ppf(0.001, 200, 0.93)


@pytest.mark.parametrize(('num_positions', 'edges'), [
    (112, [0, 16, 32, 48, 64, 80, 96, 112]), (64, [0, 16, 32, 48, 64]), (19, [0, 4, 8, 12, 16]),
    (3, [0, 3])])
def test_positions_are_bars_and_in_short_melodies_beats(num_positions, edges):
    errors = make_errors(0, num_positions=num_positions)
    assert edges_of(errors).tolist() == edges
    true, own, ratio = against_position([errors, make_errors(1, num_positions=num_positions)], 0)
    assert true.n_seeds == 2
    assert len(true.value) == len(own.value) == len(ratio.value) == len(edges) - 1
    one = against_position([errors], 0)
    np.testing.assert_allclose(one[0].value[0], errors.true_kl[:, :edges[1]].mean())
    np.testing.assert_allclose(one[2].value, one[1].value / one[0].value)
    assert np.all(one[2].low < one[2].value)


def test_likelihoods_have_a_point_a_temperature():
    errors = make_errors(0)
    generated, oracle = over_temperatures([errors.curve], 0)
    np.testing.assert_allclose(generated.value, errors.generated_nll.mean(axis=1))
    np.testing.assert_allclose(oracle.value, errors.oracle_nll.mean(axis=1))


def test_a_group_that_drifts_more_is_told_from_one_that_does_not():
    groups = {'a': [make_errors(seed) for seed in range(4)],
              'b': [make_errors(seed, ratio=1.0) for seed in range(4, 8)]}
    found = differences(groups, {'a': [0, 1, 2, 3], 'b': [0, 1, 2, 3]}, 0)
    assert set(found) == {TRUE_ERROR, OWN_ERROR, REVERSE_ERROR, GENERATED_NLL, ORACLE_NLL, RATIO}
    ratio = found[RATIO]['a', 'b']
    assert ratio.value == pytest.approx(1, abs=0.3)
    assert ratio.p < 0.05
    assert ratio.n_seeds == 4
    assert found[TRUE_ERROR]['a', 'b'].p > 0.05


def test_a_network_without_error_has_no_ratio():
    perfect = make_errors(0)._replace(true_kl=np.zeros([40, 19]), own_kl=np.zeros([40, 19]))
    found = summarize([perfect], 0)
    assert found[OWN_ERROR].value == 0
    assert np.isnan(found[RATIO].value)
    assert found[RATIO].plain() == {'value': None, 'low': None, 'high': None}
