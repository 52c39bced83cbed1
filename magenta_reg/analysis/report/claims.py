"""The findings that the published study claims, as effects that can be tested.

Every part compares two methods in one quantity and says which is higher. Losses are those of the
last checkpoint, teacher-forced and without dropout, of the same melodies under every network.
"""

from typing import NamedTuple

from magenta_reg.analysis.report.verdicts import Effect
from magenta_reg.analysis.statistics.paired import paired_difference
from magenta_reg.analysis.statistics.resampled import distance_difference

BASELINE, DROPOUT = 'baseline', 'dropout'
SAMPLING, FORCING = 'scheduled_sampling', 'professor_forcing'

TRAINING = 'training loss'
EVALUATION = 'evaluation loss'
OWN = 'log-likelihood under itself'
REFERENCE = 'log-likelihood under the reference'
STATES = 'distance of hidden states'

NATS = 'nats per event'


class Comparison(NamedTuple):
    """One part of a claim: first minus second is above 0 (1) or below 0 (-1).

    STATES stands for a part in each of its measures.
    """

    quantity: str
    first: str
    second: str
    direction: int


class Claim(NamedTuple):
    """A finding.

    Attributes:
        statement: str, a sentence.
        parts: list of Comparison; the finding says them all.
    """

    statement: str
    parts: list


def _losses_of(method):
    return [Comparison(quantity, method, other, direction)
            for quantity, direction in ((TRAINING, 1), (EVALUATION, -1))
            for other in (BASELINE, DROPOUT)]


def _likeliest(quantity):
    return [Comparison(quantity, SAMPLING, other, 1) for other in (BASELINE, DROPOUT, FORCING)]


CLAIMS = {
    'closer_states_scheduled_sampling': Claim(
        'Hidden states in training and generation are closer under scheduled sampling than under '
        'the baseline.', [Comparison(STATES, SAMPLING, BASELINE, -1)]),
    'closer_states_professor_forcing': Claim(
        'Hidden states in training and generation are closer under professor forcing than under '
        'the baseline.', [Comparison(STATES, FORCING, BASELINE, -1)]),
    'losses_scheduled_sampling': Claim(
        'Scheduled sampling has a higher training loss and a lower evaluation loss than baseline '
        'and dropout.', _losses_of(SAMPLING)),
    'losses_professor_forcing': Claim(
        'Professor forcing has a higher training loss and a lower evaluation loss than baseline '
        'and dropout.', _losses_of(FORCING)),
    'likeliest_scheduled_sampling': Claim(
        'Melodies of scheduled sampling are the likeliest, each method under itself.',
        _likeliest(OWN)),
    'likeliest_under_reference_scheduled_sampling': Claim(
        'Melodies of scheduled sampling are the likeliest, all under one reference model.',
        _likeliest(REFERENCE)),
}


class Measured(NamedTuple):
    """What was measured of groups of one encoding: only these compare.

    A group that has no number in a quantity is left out of it.

    Attributes:
        groups: list of Group.
        per_melody: dict of quantity (TRAINING, EVALUATION, OWN, REFERENCE) to dict of group label
            to float array [seeds, melodies], row by row the same melodies.
        weights: dict of quantity to float array [melodies], such as events; none is equal weights.
        distances: dict of measure to dict of group label to list of Distance, one a seed: with
            value, resamples, n and reason.
    """

    groups: list
    per_melody: dict
    weights: dict
    distances: dict


def published_effects(measured, seed):
    """Tests every part of every claim.

    Args:
        measured: Measured.
        seed: int.

    Returns:
        list of Effect; with a reason where a part cannot be tested.

    Raises:
        ValueError: If the groups are of several encodings.
    """
    encodings = {group.encoding for group in measured.groups}
    if len(encodings) > 1:
        raise ValueError(f'groups of the encodings {sorted(encodings)}: these do not compare')
    return [effect for name, claim in CLAIMS.items() for part in claim.parts
            for effect in _effects(name, part, measured, seed)]


def _effects(claim, part, measured, seed):
    if part.quantity != STATES:
        values = measured.per_melody.get(part.quantity, {})
        weights = measured.weights.get(part.quantity)
        yield _effect(claim, part, part.quantity, NATS, measured.groups, values,
                      lambda first, second: paired_difference(first, second, seed, weights))
    elif not measured.distances:
        yield _effect(claim, part, STATES, '', measured.groups, {}, None)
    for measure, values in measured.distances.items() if part.quantity == STATES else ():
        yield _effect(claim, part, f'{STATES}, {measure}', measure, measured.groups, values,
                      lambda first, second: distance_difference(first, second, seed))


def _effect(claim, part, quantity, unit, groups, values, compare):
    name = f'{quantity}: {part.first} - {part.second}'
    thing = f'{part.first} - {part.second}' if part.quantity == STATES else ''
    labels, reason = _find_labels(part, quantity, groups, values)
    if reason:
        return Effect(claim, name, None, None, None, None, 0, 0, '', part.direction,
                      unit=unit, reason=reason, measure_of=thing)
    found = compare(*(values[label] for label in labels))
    return Effect(claim, name, found.value, found.low, found.high, found.p, found.n_melodies,
                  found.n_seeds, found.test, part.direction, found.over, unit,
                  found.standardized, found.reason, thing)


def _find_labels(part, quantity, groups, values):
    """Returns the labels of a part's two groups, and why there are none or ''."""
    labels = []
    for method in (part.first, part.second):
        named = [group.label for group in groups if group.method == method]
        if not named:
            return [], f'no run of {method}'
        if len(named) > 1:
            return [], f'{method} was trained in several ways: {"; ".join(named)}'
        if values.get(named[0]) is None:
            return [], f'{quantity} was not measured for {named[0]}'
        labels += named
    data = {group.training_data for group in groups if group.label in labels}
    return labels, ('' if len(data) == 1 else
                    f'{part.first} and {part.second} were trained on different data')
