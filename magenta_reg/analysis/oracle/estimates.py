"""The errors of a group's networks as Estimates: means, ratios, against position, compared."""

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import drawn_weights, group_mean, normalized
from magenta_reg.analysis.statistics.paired import all_differences
from magenta_reg.analysis.statistics.position_means import BIN_STEPS, bin_edges, bin_means
from magenta_reg.analysis.statistics.resampled import (
    centred_estimate,
    resampled_differences,
    resampled_mean,
)

_NUM_RESAMPLES = 2000
# Four whole bars at least, or beats.
_MIN_POSITIONS_IN_BARS = 4 * BIN_STEPS
_BEAT_STEPS = 4

TRUE_ERROR, OWN_ERROR, RATIO = 'error after true events', 'error after own events', 'ratio'
REVERSE_ERROR = 'reverse error'
GENERATED_NLL = 'NLL of its melodies under the oracle'
ORACLE_NLL = "NLL of the oracle's melodies under it"


def per_melody(errors):
    """Returns dict of quantity to float64 [melodies], nats per event, of one OracleErrors."""
    one = errors.temperatures.index(1.0)
    return {TRUE_ERROR: errors.true_kl.mean(axis=1), OWN_ERROR: errors.own_kl.mean(axis=1),
            REVERSE_ERROR: errors.reverse_kl.mean(axis=1),
            GENERATED_NLL: errors.generated_nll[one], ORACLE_NLL: errors.oracle_nll[one]}


def error_ratio(errors, seed):
    """Returns the Estimate of error after own by error after true events, of one OracleErrors."""
    return _ratio(errors.own_kl.mean(axis=1), errors.true_kl.mean(axis=1), seed)


def summarize(runs, seed):
    """Returns dict of quantity to Estimate of a group, runs being its OracleErrors, one a seed."""
    found = [per_melody(errors) for errors in runs]
    rows = {name: group_mean([each[name] for each in found], seed) for name in found[0]}
    ratio = _mean_ratio([error_ratio(errors, seed) for errors in runs], seed)
    return {TRUE_ERROR: rows.pop(TRUE_ERROR), OWN_ERROR: rows.pop(OWN_ERROR), RATIO: ratio, **rows}


def edges_of(errors):
    """Returns int64 [bins + 1], ends of bars, or of beats in short melodies, from the primer on."""
    num_positions = errors.true_kl.shape[1]
    return bin_edges(num_positions, BIN_STEPS if num_positions >= _MIN_POSITIONS_IN_BARS
                     else _BEAT_STEPS)


def against_position(runs, seed):
    """Returns Estimates of arrays [bins]: error after true and after own events, and the ratio."""
    edges = edges_of(runs[0])
    true, own = ([bin_means(getattr(errors, name), edges, 1) for errors in runs]
                 for name in ('true_kl', 'own_kl'))
    ratio = _mean_ratio([_ratio(*pair, seed) for pair in zip(own, true, strict=True)], seed)
    return group_mean(true, seed), group_mean(own, seed), ratio


def differences(groups, seeds, seed):
    """Compares every two groups in every quantity.

    Args:
        groups: dict of label to list of OracleErrors, one a seed.
        seeds: dict of label to list of int.

    Returns:
        dict of quantity to dict of (label, label) to Estimate, first minus second.
    """
    found = {label: [per_melody(errors) for errors in runs] for label, runs in groups.items()}
    names = next(iter(found.values()))[0]
    compared = {name: all_differences({label: [each[name] for each in own]
                                       for label, own in found.items()}, seeds, seed)
                for name in names}
    ratios = {label: [error_ratio(errors, seed) for errors in runs]
              for label, runs in groups.items()}
    return {**compared, RATIO: resampled_differences(ratios, seeds)}


def _ratio(own, true, seed):
    """Returns the Estimate of the ratio of means over melodies, arrays [melodies, ...]."""
    weights = drawn_weights(np.random.default_rng(seed), normalized(None, len(own)),
                            _NUM_RESAMPLES)
    with np.errstate(divide='ignore', invalid='ignore'):  # A network that is the oracle: 0 / 0.
        return centred_estimate(np.mean(own, axis=0) / np.mean(true, axis=0),
                                (weights @ own) / (weights @ true), len(own))


def _mean_ratio(ratios, seed):
    return resampled_mean([each.value for each in ratios], [each.resamples for each in ratios],
                          ratios[0].n_melodies, seed)
