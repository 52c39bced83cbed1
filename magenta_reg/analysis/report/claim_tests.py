"""Tests of the claims on what the sections measured: every part an Estimate, or a reason."""

import numpy as np

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.claims import (
    CLAIMS,
    ENTROPY_GAP,
    EVALUATION,
    GAP,
    MARGIN_OF,
    MIN_ACTED,
    NATS,
    OWN_GAP,
    PRIMARY_DISTANCE,
    STATES,
    TRAINING,
    Measured,
)
from magenta_reg.analysis.report.verdicts import ClaimPart, verdicts
from magenta_reg.analysis.statistics.bootstrap import normalized
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.margins import MARGINS
from magenta_reg.analysis.statistics.paired import (
    mean_difference,
    melody_variance,
    paired_difference,
    seed_pairs,
    t_estimate,
)
from magenta_reg.analysis.statistics.resampled import resampled_difference


def judge_claims(groups, sections, seed, margins=MARGINS):
    """Tests every claim on what the sections measured of the groups.

    Returns:
        dict of encoding to list of ClaimVerdict: only within one encoding do methods compare. The
        claims of the study and those of calibration are corrected each for their own number.
    """
    found = {}
    for encoding, own in by_encoding(groups).items():
        measured = gather(sections, encoding)
        found[encoding] = [*verdicts(claim_parts(own, measured, seed, margins)),
                           *verdicts(calibration_parts(own, measured, seed, margins))]
    return found


def gather(sections, encoding):
    """Returns the Measured of an encoding, of all sections."""
    measured = Measured()
    for section in sections:
        measured = measured.with_more(section.measured.get(encoding, Measured()))
    return measured


def claim_parts(groups, measured, seed, margins=MARGINS):
    """Tests every part of every claim on what was Measured of groups of one encoding.

    Returns:
        list of ClaimPart; with a reason where a part cannot be tested.

    Raises:
        ValueError: If the groups are of several encodings: these do not compare.
    """
    encodings = by_encoding(groups)
    if len(encodings) > 1:
        raise ValueError(f'groups of the encodings {sorted(encodings)}: these do not compare')
    return [_part(name, claim, quantity, other, groups, measured, seed, margins)
            for name, claim in CLAIMS.items()
            for quantity in _quantities(claim, measured) for other in claim.others]


def calibration_parts(groups, measured, seed, margins=MARGINS):
    """Tests for each group whether it takes its own melodies for real ones: list of ClaimPart."""
    parts = []
    for group in groups:
        for quantity in (OWN_GAP, ENTROPY_GAP):
            values = measured.gaps.get(quantity, {}).get(group.label)
            reason = (f'{quantity} was not measured for {group.label}' if values is None else
                      _hardly_acted(group, measured))
            effect = Estimate(reason=reason) if reason else mean_difference(values, seed)
            parts.append(ClaimPart(f'calibrated:{group.label}', f'{quantity}: {group.label}',
                                   effect, 0, NATS, margins[MARGIN_OF[quantity]]))
    return parts


def _quantities(claim, measured):
    """Returns the quantities of a claim, the primary ones first: of STATES its measures."""
    if claim.quantities != [STATES]:
        return [*claim.quantities, *claim.secondary]
    return [PRIMARY_DISTANCE, *(name for name in measured.distances if name != PRIMARY_DISTANCE)]


def _part(name, claim, quantity, other, groups, measured, seed, margins):
    is_loss = quantity not in measured.distances and quantity != PRIMARY_DISTANCE
    shown = quantity if is_loss else f'{STATES}, {quantity}'
    effect = _effect(shown, quantity, _values(quantity, measured), claim.method, other, groups,
                     measured, seed)
    return ClaimPart(name, f'{shown}: {claim.method} - {other}', effect, claim.direction,
                     NATS if is_loss else quantity, margins.get(MARGIN_OF.get(quantity)),
                     quantity in (*claim.quantities, PRIMARY_DISTANCE))


def _effect(shown, quantity, values, first, second, groups, measured, seed):
    """Returns the Estimate of one method minus another in a quantity."""
    pair, reason = _find_groups(first, second, groups, measured)
    reason = reason or next((f'{shown} was not measured for {group.label}' for group in pair
                             if values.get(group.label) is None), '')
    if not reason:
        rows, reason = seed_pairs(*(group.seeds for group in pair))
    if reason:
        return Estimate(reason=reason)
    return _compare(quantity, *([values[group.label][row] for row in own]
                                for group, own in zip(pair, rows, strict=True)), measured, seed)


def _values(quantity, measured):
    """Returns dict of label to a sequence with an entry a seed."""
    if quantity != GAP:
        return {**measured.per_melody, **measured.distances, **measured.per_seed}.get(quantity, {})
    of_parts = [measured.per_melody.get(name, {}) for name in (EVALUATION, TRAINING)]
    return {label: list(zip(*(each[label] for each in of_parts), strict=True))
            for label in of_parts[0] if label in of_parts[1]}


def _compare(quantity, first, second, measured, seed):
    """Returns the Estimate of a difference; first and second have an entry a seed, in pairs."""
    if quantity == GAP:
        return _gap_difference(first, second, measured.weights)
    if quantity in measured.per_seed:
        return t_estimate([a - b for a, b in zip(first, second, strict=True)], 0.0, None)
    if quantity in measured.distances:
        return resampled_difference(first, second)
    return paired_difference(first, second, seed, measured.weights.get(quantity))


def _gap_difference(first, second, weights):
    """Returns the Estimate of a difference of gaps.

    The losses of a seed are those of held-out and of training melodies, float arrays [melodies]
    each: two independent samples, whose variances add up.
    """
    seed_values, variance = 0.0, 0.0
    for index, (sign, name) in enumerate(((1, EVALUATION), (-1, TRAINING))):
        differences = np.array([a[index] - b[index] for a, b in zip(first, second, strict=True)])
        own = normalized(weights.get(name), differences.shape[1])
        seed_values = seed_values + sign * differences @ own
        variance += melody_variance(differences.mean(axis=0), own)
    return t_estimate(seed_values, variance, differences.shape[1])


def _find_groups(first, second, groups, measured):
    """Returns the two groups of these methods, and why there are none or ''."""
    pair = []
    for method in (first, second):
        named = [group for group in groups if group.method == method]
        if not named:
            return [], f'no run of {method}'
        if len(named) > 1:
            return [], (f'{method} was trained in several ways: '
                        + '; '.join(group.label for group in named))
        pair += named
    if pair[0].training_data != pair[1].training_data:
        return pair, f'{first} and {second} were trained on different data'
    return pair, next(filter(None, (_hardly_acted(group, measured) for group in pair)), '')


def _hardly_acted(group, measured):
    share = measured.acted.get(group.label)
    if share is None or share >= MIN_ACTED:
        return ''
    return f'not tested: {group.label} hardly acted ({100 * share:.1f}%)'
