"""The findings that the published study claims, as effects that can be tested.

Every part compares two methods in one quantity and says which is higher. Losses are those of the
last checkpoint, teacher-forced and without dropout, of the same melodies under every network.
"""

from typing import NamedTuple

from magenta_reg.analysis.comparison.runs import by_encoding
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.report.verdicts import ClaimPart, verdicts
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.paired import paired_difference
from magenta_reg.analysis.statistics.resampled import resampled_difference

BASELINE, DROPOUT = 'baseline', 'dropout'
SAMPLING, FORCING = 'scheduled_sampling', 'professor_forcing'

TRAINING = 'training loss'
EVALUATION = 'evaluation loss'
OWN = 'log-likelihood under itself'
JUDGE = 'log-likelihood under the judge'
STATES = 'distance of hidden states'

NATS = 'nats per event'


class Expectation(NamedTuple):
    """What one part of a claim says: first minus second is above 0 (1) or below 0 (-1).

    STATES stands for a part in each of its measures.
    """

    quantity: str
    first: str
    second: str
    direction: int


def _losses_of(method):
    return [Expectation(quantity, method, other, direction)
            for quantity, direction in ((TRAINING, 1), (EVALUATION, -1))
            for other in (BASELINE, DROPOUT)]


def _likeliest(quantity):
    return [Expectation(quantity, SAMPLING, other, 1) for other in (BASELINE, DROPOUT, FORCING)]


# What each claim, a sentence in text.md, says: all of its parts.
CLAIMS = {
    'closer_states_scheduled_sampling': [Expectation(STATES, SAMPLING, BASELINE, -1)],
    'closer_states_professor_forcing': [Expectation(STATES, FORCING, BASELINE, -1)],
    'losses_scheduled_sampling': _losses_of(SAMPLING),
    'losses_professor_forcing': _losses_of(FORCING),
    'likeliest_scheduled_sampling': _likeliest(OWN),
    'likeliest_under_reference_scheduled_sampling': _likeliest(JUDGE),
}


def statement(claim):
    """Returns the sentence of a claim's id."""
    return texts('report')[claim]


class Measured(NamedTuple):
    """What was measured of the groups of one encoding; a group without a number is left out.

    Attributes:
        per_melody: dict of quantity (TRAINING, EVALUATION, OWN, JUDGE) to dict of group label
            to float array [seeds, melodies], row by row the same melodies.
        weights: dict of quantity to float array [melodies], such as events; none is equal weights.
        distances: dict of measure to dict of group label to list of Estimate with resamples, one
            a seed.
    """

    per_melody: dict = {}
    weights: dict = {}
    distances: dict = {}

    def with_more(self, other):
        """Returns the Measured with another's quantities as well."""
        return Measured(*(own | more for own, more in zip(self, other, strict=True)))


def judge_claims(groups, sections, seed):
    """Tests every published claim on what the sections measured of the groups.

    Returns:
        dict of encoding to list of ClaimVerdict: only within one encoding do methods compare.
    """
    found = {}
    for encoding, own in by_encoding(groups).items():
        measured = Measured()
        for section in sections:
            measured = measured.with_more(section.measured.get(encoding, Measured()))
        found[encoding] = verdicts(claim_parts(own, measured, seed))
    return found


def claim_parts(groups, measured, seed):
    """Tests every part of every claim on what was Measured of groups of one encoding.

    Returns:
        list of ClaimPart; with a reason where a part cannot be tested.

    Raises:
        ValueError: If the groups are of several encodings: these do not compare.
    """
    encodings = by_encoding(groups)
    if len(encodings) > 1:
        raise ValueError(f'groups of the encodings {sorted(encodings)}: these do not compare')
    return [part for name, parts in CLAIMS.items() for expected in parts
            for part in _tested(name, expected, groups, measured, seed)]


def _tested(claim, expected, groups, measured, seed):
    """Yields the ClaimParts of an Expectation: one, or of STATES one a measure."""
    pair = f'{expected.first} - {expected.second}'

    def part(quantity, unit, values, compare):
        labels, reason = _find_labels(expected, quantity, groups, values)
        effect = (Estimate(n_melodies=0, n_seeds=0, reason=reason) if reason else
                  compare(*(values[label] for label in labels)))
        return ClaimPart(claim, f'{quantity}: {pair}', effect, expected.direction, unit,
                         pair if expected.quantity == STATES else '')

    if expected.quantity != STATES:
        weights = measured.weights.get(expected.quantity)
        yield part(expected.quantity, NATS, measured.per_melody.get(expected.quantity, {}),
                   lambda first, second: paired_difference(first, second, seed, weights))
    elif not measured.distances:
        yield part(STATES, '', {}, None)
    else:
        for measure, values in measured.distances.items():
            yield part(f'{STATES}, {measure}', measure, values,
                       lambda first, second: resampled_difference(first, second, seed))


def _find_labels(expected, quantity, groups, values):
    """Returns the labels of the two groups, and why there are none or ''."""
    labels = []
    for method in (expected.first, expected.second):
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
                    f'{expected.first} and {expected.second} were trained on different data')
