"""How likely networks find melodies: who made them (generator) and who scores them (scorer).

Run i of a generator is scored by run i of the scorer's group, counted round where the scorer has
fewer seeds; so each network scores its own melodies where generator and scorer are the same group.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.paired import all_differences
from magenta_reg.analysis.statistics.position_means import position_means
from magenta_reg.measures.repetition import entropy_nats, repetition

_BATCH_SIZE = 200


class GroupLikelihoods(NamedTuple):
    """Log-likelihoods of continuations in nats per event, at temperature 1, without the primer.

    Row j of every array continues the same primer; it is the mean over its continuations.

    Attributes:
        scorers: list of str, the groups' labels.
        cells: dict of (generator, scorer) to float32 [pairs, melodies, positions]; pairs are the
            generator's seeds, for REAL the scorer's.
        reference: str, label of the group that scores all.
        by_reference: dict of generator to float32 [pairs, melodies, positions]; the reference's own
            melodies are scored by its other seeds, if it has any.
        primer_steps: int.
    """

    scorers: list
    cells: dict
    reference: str
    by_reference: dict
    primer_steps: int

    @property
    def generators(self):
        """list of str, the groups' labels, then REAL."""
        return [*self.scorers, REAL]

    @property
    def own(self):
        """dict of label to float32 [seeds, melodies, positions], each group under itself."""
        return {label: self.cells[label, label] for label in self.scorers}

    @property
    def reference_scores_itself(self):
        """Whether the reference has one seed, which scores the melodies that it made."""
        return len(self.cells[self.reference, self.reference]) == 1

    def matrix(self, seed):
        """Returns dict of (generator, scorer) to Estimate, means in nats per event."""
        return {pair: group_mean(per_melody(cell), seed) for pair, cell in self.cells.items()}


def per_melody(log_probs):
    """Returns float64 [pairs, melodies], means over positions, nats per event."""
    return log_probs.mean(axis=2, dtype=np.float64)


def cached_likelihoods(comparison, groups):
    """Returns the GroupLikelihoods of groups of one encoding; the first is the reference."""
    held_out = comparison.held_out

    def score(run, generator, melodies):
        # The scorer's key holds the held-out melodies, the generator's what it made of them.
        return comparison.cached_for_run(
            'likelihood', run,
            lambda: continuation_log_probs(run.model, melodies, held_out.primer_steps),
            generator=REAL if generator == REAL else comparison.keys[generator])

    return group_likelihoods(groups, comparison.continuations, held_out.melodies,
                             held_out.primer_steps, score=score)


def group_likelihoods(groups, continuations, real, primer_steps, reference=None, score=None):
    """Returns the GroupLikelihoods: every group's melodies, and real ones, under every group.

    Args:
        groups: list of Group, of one encoding.
        continuations: dict of run label to int32 [continuations, melodies, num_steps].
        real: int32 [melodies, num_steps], the held-out melodies that gave the primers.
        primer_steps: int.
        reference: str, label of a group, or None for the first.
        score: function of the scoring run, the label of the run that made the melodies (or REAL)
            and the melodies, to float32 [melodies, positions], means over continuations; None
            computes them.
    """
    encodings = {group.encoding for group in groups}
    if len(encodings) > 1:
        raise ValueError(f'groups of {len(encodings)} encodings: likelihoods compare within one')
    score = score or (lambda run, _, melodies: continuation_log_probs(run.model, melodies,
                                                                      primer_steps))

    def score_all(generator, scorer, shift=0):
        return np.stack([score(scorer.runs[(row + shift) % scorer.n_seeds], run.label,
                               continuations[run.label]) for row, run in enumerate(generator.runs)])

    cells = {}
    for scorer in groups:
        for generator in groups:
            cells[generator.label, scorer.label] = score_all(generator, scorer)
        cells[REAL, scorer.label] = np.stack([score(run, REAL, real) for run in scorer.runs])
    labels = [group.label for group in groups]
    reference = groups[labels.index(reference) if reference else 0]
    by_reference = {label: cells[label, reference.label] for label in [*labels, REAL]}
    if reference.n_seeds > 1:
        by_reference[reference.label] = score_all(reference, reference, shift=1)
    return GroupLikelihoods(labels, cells, reference.label, by_reference, primer_steps)


def continuation_log_probs(model, melodies, primer_steps):
    """Returns the log-likelihood of each event after the primer, at temperature 1.

    One teacher-forced pass over generated events gives it: each was drawn given exactly the events
    before it. In an encoding with repeat labels it is that of the event's own label.

    Args:
        model: MelodyModel, the scorer.
        melodies: int32 [..., melodies, num_steps], Melody events, perhaps several continuations.
        primer_steps: int, events in front that do not count.

    Returns:
        float32 [melodies, num_steps - primer_steps], nats, means over continuations.
    """
    num_steps = melodies.shape[-1]
    log_probs = np.stack(model.score(list(melodies.reshape(-1, num_steps)), _BATCH_SIZE).log_probs)
    # log_probs begins with the second event's.
    log_probs = log_probs[:, primer_steps - 1:].reshape(-1, *melodies.shape[-2:-1],
                                                        num_steps - primer_steps)
    return log_probs.mean(axis=0).astype(np.float32)


def likelihood_differences(likelihoods, seeds, seed):
    """Compares every two groups' melodies, under themselves and under the reference.

    Two dicts of (label, label) to Estimate; under the reference with REAL as well.
    """
    return tuple(all_differences(
        {label: per_melody(values) for label, values in found.items()}, seeds, seed)
        for found in (likelihoods.own, likelihoods.by_reference))


def likelihood_against_position(likelihoods, seed):
    """Returns the log-likelihood against position, under themselves and under the reference.

    Two dicts of label to EstimateCurve; under the reference with REAL as well.
    """
    return tuple({label: position_means(values, likelihoods.primer_steps, seed)
                  for label, values in found.items()}
                 for found in (likelihoods.own, likelihoods.by_reference))


def summarize(comparison, groups, likelihoods, matrix):
    """Returns dict of generator to dict of quantity to Estimate, a row of the table each.

    Likely melodies can be dull, so repetition and entropy of events come with likelihood.
    """
    seed, primer_steps = comparison.seed, comparison.held_out.primer_steps
    melodies = {group.label: [comparison.continuations[run.label] for run in group.runs]
                for group in groups} | {REAL: [comparison.held_out.melodies[np.newaxis]]}
    return {label: {
        'own': Estimate() if label == REAL else matrix[label, label],
        'reference': group_mean(per_melody(likelihoods.by_reference[label]), seed),
        **{name: group_mean([np.mean([[measure(events[primer_steps:]) for events in each]
                                      for each in of_seed], axis=0)
                             for of_seed in melodies[label]], seed)
           for name, measure in (('repetition', repetition), ('event_entropy', entropy_nats))}}
        for label in likelihoods.generators}
