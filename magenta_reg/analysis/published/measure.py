"""The numbers of a study as it was published, run by run, and what they say of its claims.

One network a method, the training loop's own loss, Magenta's evaluation with dropout left on, the
log-likelihood that Magenta prints, which has the given beginning in it, and a distance of states
without a floor. A claim then holds where the numbers are in the order that it names; whether a
difference is more than chance was not asked.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.curves import read_curve
from magenta_reg.analysis.likelihood.measure import continuation_log_probs
from magenta_reg.analysis.losses.curves import COLUMNS, loop_loss
from magenta_reg.analysis.report.claims import CLAIMS, EVALUATION, GAP, LOOP_LOSS, OWN, STATES

# What each claim was read from.
MAGENTA_LOSS = "Magenta's evaluation loss, dropout left on"
PRINTED = 'log-likelihood as Magenta prints it'
DISTANCE = 'centroid distance of hidden states'
MAGENTA_GAP = "Magenta's evaluation loss minus the training loop's"
_READ_FROM = {STATES: DISTANCE, LOOP_LOSS: LOOP_LOSS, EVALUATION: MAGENTA_LOSS, GAP: MAGENTA_GAP,
              OWN: PRINTED}


class Reading(NamedTuple):
    """What the numbers as published say of a claim.

    Attributes:
        claim: str.
        quantity: str, what it is read from.
        is_so: dict of seed to bool, whether the networks of that seed are in the claimed order.
    """

    claim: str
    quantity: str
    is_so: dict


def published_numbers(comparison, groups, distances):
    """Returns dict of quantity to dict of group label to dict of seed to float, NaN if unknown.

    Args:
        groups: list of Group, of one encoding.
        distances: dict of group label to list of Estimate with `on_all`, one a seed.
    """
    numbers = {name: {} for name in (LOOP_LOSS, MAGENTA_LOSS, MAGENTA_GAP, PRINTED, DISTANCE)}
    for group in groups:
        for quantity, values in _of_group(comparison, group, distances.get(group.label)).items():
            numbers[quantity][group.label] = dict(zip(group.seeds, values, strict=True))
    return numbers


def _of_group(comparison, group, distances):
    loop = [loop_loss(run.run_dir, run.model.step) for run in group.runs]
    magenta = [_magenta_loss(run) for run in group.runs]
    nothing = [np.nan] * group.n_seeds
    return {
        LOOP_LOSS: loop, MAGENTA_LOSS: magenta, MAGENTA_GAP: list(np.subtract(magenta, loop)),
        PRINTED: [_printed(comparison, run) for run in group.runs],
        DISTANCE: ([np.nan if each.on_all is None else each.on_all for each in distances]
                   if distances else nothing)}


def _magenta_loss(run):
    """Returns the last loss with dropout left on, at or before the run's checkpoint."""
    curve = read_curve(run.run_dir, 'eval', COLUMNS['magenta'])
    values = curve.values[curve.steps <= run.model.step]
    return float(values[-1]) if len(values) else np.nan


def _printed(comparison, run):
    """Returns the mean log-likelihood of all events but the first, the given ones too, in nats."""
    return comparison.cached_for_run('printed_likelihood', run, lambda: float(
        continuation_log_probs(run.model, comparison.generated[run.label], 1).mean()))


def read_claims(groups, numbers):
    """Returns a list of Reading, one a claim whose methods were all trained with a common seed.

    Args:
        groups: list of Group, of one encoding.
        numbers: as `published_numbers` returns them.
    """
    labels = {group.method: group.label for group in groups}
    readings = []
    for name, claim in CLAIMS.items():
        methods = [claim.method, *claim.others]
        quantity = _READ_FROM[claim.quantities[0]]
        if not all(method in labels for method in methods):
            continue
        own, *others = ({seed: value for seed, value in numbers[quantity][labels[method]].items()
                         if np.isfinite(value)} for method in methods)
        seeds = [seed for seed in own if all(seed in other for other in others)]
        if seeds:
            readings.append(Reading(name, quantity, {
                seed: all(claim.direction * (own[seed] - other[seed]) > 0 for other in others)
                for seed in seeds}))
    return readings
