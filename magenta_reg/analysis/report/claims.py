"""The findings that the published study claims, and one of ours: what they say, and of what.

Every claim has a primary measure; secondary ones stand beside it and decide nothing. All numbers
are of the report's checkpoint.
"""

from typing import NamedTuple

from magenta_reg.analysis.report.texts import texts

BASELINE, DROPOUT = 'baseline', 'dropout'
SAMPLING, FORCING = 'scheduled_sampling', 'professor_forcing'

TRAINING = 'training loss'
LOOP_LOSS = "training loop's own loss"
EVALUATION = 'held-out loss'
GAP = 'held-out minus training loss'
OWN = 'log-likelihood under itself'
JUDGE = 'log-likelihood under the judge'
STATES = 'distance of hidden states'
OWN_GAP = 'log-likelihood of own minus held-out melodies'
ENTROPY_GAP = 'entropy after own minus after true events'

NATS = 'nats per event'
# The measure of STATES that decides, a key of states.DISTANCES; it has no bias.
PRIMARY_DISTANCE = 'mmd'
# A method that did more than maximize the likelihood in fewer updates was hardly tried.
MIN_ACTED = 0.1

# The margin of each quantity, by its name in statistics.margins.
MARGIN_OF = {TRAINING: 'loss', LOOP_LOSS: 'loss', EVALUATION: 'loss', GAP: 'loss',
             OWN: 'log_likelihood', JUDGE: 'log_likelihood', OWN_GAP: 'log_likelihood',
             ENTROPY_GAP: 'entropy', 'mmd': 'mmd', 'classifier': 'accuracy',
             'sequences': 'accuracy'}


class Claim(NamedTuple):
    """A method has more (1) or less (-1) than all others in each of some quantities."""

    quantities: list
    method: str
    others: list
    direction: int
    secondary: list = []


_UNREGULARIZED = [BASELINE, DROPOUT]

# Claims are sentences in text.md.
CLAIMS = {
    **{f'{name}_{method}': Claim(quantities, method, _UNREGULARIZED, direction)
       for name, quantities, direction in (
           ('closer_states', [STATES], -1), ('higher_training_loss', [LOOP_LOSS, TRAINING], 1),
           ('lower_held_out_loss', [EVALUATION], -1), ('less_overfitting', [GAP], -1))
       for method in (SAMPLING, FORCING)},
    'likeliest_scheduled_sampling': Claim([OWN], SAMPLING, [BASELINE, DROPOUT, FORCING], 1,
                                          [JUDGE]),
}


def statement(claim):
    """Returns the sentence of a claim's id."""
    name, _, label = claim.partition(':')
    text = texts('report')[name]
    return text.format(label=label.replace('_', ' ')) if label else text


class Measured(NamedTuple):
    """What was measured of the groups of one encoding; a group without a number is left out.

    Attributes:
        per_melody: dict of quantity (TRAINING, EVALUATION, OWN, JUDGE) to dict of group label to
            float array [seeds, melodies], row by row the same melodies.
        weights: dict of quantity to float array [melodies], such as events; none is equal weights.
        distances: dict of measure to dict of group label to list of Estimate with resamples, one
            a seed: excess over the floor.
        per_seed: dict of quantity (LOOP_LOSS) to dict of group label to float array [seeds].
        gaps: dict of quantity (OWN_GAP, ENTROPY_GAP) to dict of group label to float array
            [seeds, melodies], 0 where a network is calibrated.
        acted: dict of group label to float, the share of updates in which the method acted.
    """

    per_melody: dict = {}
    weights: dict = {}
    distances: dict = {}
    per_seed: dict = {}
    gaps: dict = {}
    acted: dict = {}

    def with_more(self, other):
        """Returns the Measured with another's quantities as well."""
        return Measured(*(own | more for own, more in zip(self, other, strict=True)))
