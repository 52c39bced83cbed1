"""The generator x scorer matrix over groups: which method's melodies are likeliest, and to whom.

Each generator run is scored by one run of the scorer's group: run i by run i (counted round where
the scorer has fewer seeds). So the diagonal is every network under itself.

The generator x scorer matrix of a comparison, each cell kept by what it depends on.

Log-likelihood of melodies after their primers, event by event.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.paired import all_differences
from magenta_reg.analysis.statistics.position_means import position_means

_BATCH_SIZE = 200


class GroupLikelihoods(NamedTuple):
    """Log-likelihoods of continuations in nats per event, at temperature 1, without the primer.

    Row j of every array continues the same primer.

    Attributes:
        generators: list of str, the groups' labels, then REAL.
        scorers: list of str, the groups' labels.
        cells: dict of (generator, scorer) to float32 [pairs, melodies, positions]; pairs are the
            generator's seeds, for REAL the scorer's.
        reference: str, label of the group that scores all.
        by_reference: dict of generator to float32 [pairs, melodies, positions]; the reference's own
            melodies are scored by its other seeds.
        reference_scores_itself: bool, True if the reference has one seed, so that its own melodies
            have the advantage of being scored by the network that made them.
        primer_steps: int.
    """

    generators: list
    scorers: list
    cells: dict
    reference: str
    by_reference: dict
    reference_scores_itself: bool
    primer_steps: int

    def mean(self, generator, scorer, seed):
        """Returns the Estimate of a cell's mean over positions, nats per event."""
        return group_mean(per_melody(self.cells[generator, scorer]), seed)

    def reference_mean(self, generator, seed):
        """Returns the Estimate of a generator under the reference."""
        return group_mean(per_melody(self.by_reference[generator]), seed)


def per_melody(log_probs):
    """Returns float64 [pairs, melodies], means over positions, nats per event."""
    return log_probs.mean(axis=2, dtype=np.float64)


def group_likelihoods(groups, generated, real, primer_steps, reference=None, score=None):
    """Scores every group's melodies, and the real ones, under every group.

    Args:
        groups: list of Group of one encoding.
        generated: dict of run label to int32 [melodies, num_steps], each run's continuations.
        real: int32 [melodies, num_steps], the held-out melodies that gave the primers.
        primer_steps: int.
        reference: str, label of a group, or None for the first.
        score: function of the scoring run, the label of the run that made the melodies (or REAL)
            and the melodies, to float [melodies, positions], for results that are kept; None
            scores them here.

    Returns:
        GroupLikelihoods.
    """
    encodings = {group.encoding for group in groups}
    if len(encodings) > 1:
        raise ValueError(f'groups of {len(encodings)} encodings: likelihoods compare within one')
    reference = reference or groups[0].label
    cells = {}
    for scorer in groups:
        for generator in groups:
            cells[generator.label, scorer.label] = [None] * generator.n_seeds
        cells[REAL, scorer.label] = [None] * scorer.n_seeds
    score = score or (lambda run, _, melodies: score_continuations(run, melodies, primer_steps))
    other_seed = _score_all(groups, generated, real, reference, cells, score)
    cells = {key: np.stack(rows) for key, rows in cells.items()}
    by_reference = {generator: cells[generator, reference]
                    for generator in [*(group.label for group in groups), REAL]}
    if other_seed:
        by_reference[reference] = np.stack(other_seed)
    labels = [group.label for group in groups]
    return GroupLikelihoods([*labels, REAL], labels, cells, reference, by_reference,
                            not other_seed, primer_steps)


def score_continuations(run, melodies, primer_steps):
    """Returns a cell: float32 [melodies, positions], nats, of melodies under a run."""
    return continuation_log_probs(run.model, melodies, primer_steps, _BATCH_SIZE).astype(np.float32)


def _score_all(groups, generated, real, reference, cells, score):
    """Fills the cells.

    Returns:
        list of float32 [melodies, positions], the reference's runs under its other seeds; empty
        if it has one seed.
    """
    other_seed = {}
    for scorer in groups:
        for index, run in enumerate(scorer.runs):
            cells[REAL, scorer.label][index] = score(run, REAL, real)
            for generator in groups:
                for row, other in enumerate(generator.runs):
                    if row % scorer.n_seeds == index:
                        cells[generator.label, scorer.label][row] = score(
                            run, other.label, generated[other.label])
            if scorer.label == reference and scorer.n_seeds > 1:
                row = (index - 1) % scorer.n_seeds
                label = scorer.runs[row].label
                other_seed[row] = score(run, label, generated[label])
    return [other_seed[row] for row in sorted(other_seed)]


def likelihood_differences(likelihoods, seed):
    """Compares every two groups' melodies, under themselves and under the reference.

    Args:
        likelihoods: GroupLikelihoods.
        seed: int.

    Returns:
        dict of (label, label) to Estimate, each under itself.
        dict of (label, label) to Estimate, both under the reference; with REAL as well.
    """
    own = {label: per_melody(likelihoods.cells[label, label]) for label in likelihoods.scorers}
    common = {label: per_melody(values) for label, values in likelihoods.by_reference.items()}
    return all_differences(own, seed), all_differences(common, seed)


def likelihood_against_position(likelihoods, seed):
    """Returns the log-likelihood against position, under themselves and under the reference.

    Args:
        likelihoods: GroupLikelihoods.
        seed: int.

    Returns:
        dict of label to EstimateCurve, each group under itself.
        dict of label to EstimateCurve, all under the reference; with REAL as well.
    """
    start = likelihoods.primer_steps
    own = {label: position_means(likelihoods.cells[label, label], start, seed)
           for label in likelihoods.scorers}
    return own, {label: position_means(values, start, seed)
                 for label, values in likelihoods.by_reference.items()}


def kept_likelihoods(comparison, groups):
    """Returns the GroupLikelihoods of groups of one encoding; the first is the reference.

    Args:
        comparison: Comparison.
        groups: list of Group of one encoding.
    """
    held_out = comparison.held_out

    def score(run, label, melodies):
        # The scorer's key holds the held-out melodies, the generator's what it made of them.
        return comparison.of_run(
            'likelihood', run,
            lambda: score_continuations(run, melodies, held_out.primer_steps),
            generator=REAL if label == REAL else comparison.keys[label])

    return group_likelihoods(groups, comparison.generated, held_out.melodies, held_out.primer_steps,
                             score=score)


def continuation_log_probs(model, melodies, primer_steps, batch_size=64):
    """Returns the log-likelihood of each event after the primer, at temperature 1.

    One teacher-forced pass over generated events gives it: each was drawn given exactly the events
    before it. In an encoding with repeat labels it is that of the event's own label.

    Args:
        model: MelodyModel, the scorer.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int, events in front that do not count.
        batch_size: int.

    Returns:
        float64 [melodies, num_steps - primer_steps], nats.
    """
    log_probs = np.stack(model.score(list(melodies), batch_size).log_probs).astype(np.float64)
    # log_probs begins with the second event's.
    return log_probs[:, primer_steps - 1:]
