"""How likely networks find melodies: who made them (generator) and who scores them (scorer).

Run i of a generator is scored by run i of the scorer's group, counted round where the scorer has
fewer seeds; so each network scores its own melodies where generator and scorer are the same group.
A judge scores the melodies of all and takes no side: it was trained on other melodies, or at least
has another seed. Networks of one seed share their initial weights and the order of their batches,
so none of them judges another.
"""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.comparison.judges import LABEL_PREFIX
from magenta_reg.analysis.comparison.runs import by_encoding
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
        judge: str, who judges, for people.
        by_judge: dict of generator to float32 [seeds, melodies, positions], means over the judges
            of each seed's melodies, for REAL over all judges in one row; a group of which a run has
            no judge is left out.
        primer_steps: int.
    """

    scorers: list
    cells: dict
    judge: str
    by_judge: dict
    primer_steps: int

    @property
    def generators(self):
        """list of str, the groups' labels, then REAL."""
        return [*self.scorers, REAL]

    @property
    def own(self):
        """dict of label to float32 [seeds, melodies, positions], each group under itself."""
        return {label: self.cells[label, label] for label in self.scorers}

    def matrix(self, seed):
        """Returns dict of (generator, scorer) to Estimate, means in nats per event."""
        return {pair: group_mean(per_melody(cell), seed) for pair, cell in self.cells.items()}


def per_melody(log_probs):
    """Returns float64 [pairs, melodies], means over positions, nats per event."""
    return log_probs.mean(axis=2, dtype=np.float64)


def cached_likelihoods(comparison, groups):
    """Returns the GroupLikelihoods of groups of one encoding, with the judges of that encoding."""
    held_out = comparison.held_out
    judges = [run for run in comparison.judges if run.model.encoding.name == groups[0].encoding]
    return group_likelihoods(groups, comparison.continuations, held_out.melodies,
                             held_out.primer_steps, judges, functools.partial(_score, comparison))


def cache_scores(comparison, scorer):
    """Measures, into the cache, what `cached_likelihoods` asks of a ComparedRun but as a judge."""
    groups = by_encoding(comparison.groups)[scorer.model.encoding.name]
    own = next(group for group in groups if scorer in group.runs)
    for group in groups:
        for run, other in pairs(group, own):
            if other is scorer:
                _score(comparison, scorer, run.label, comparison.continuations[run.label])
    _score(comparison, scorer, REAL, comparison.held_out.melodies)


def _score(comparison, run, generator, melodies):
    # The scorer's key holds the held-out melodies, the generator's what it made of them.
    return comparison.cached_for_run(
        'likelihood', run,
        lambda: continuation_log_probs(run.model, melodies, comparison.held_out.primer_steps),
        generator=REAL if generator == REAL else comparison.keys[generator])


def pairs(generator, scorer):
    """Returns a list of (run, the run that scores it) of two Groups."""
    return [(run, scorer.runs[row % scorer.n_seeds]) for row, run in enumerate(generator.runs)]


def group_likelihoods(groups, continuations, real, primer_steps, judges=(), score=None):
    """Returns the GroupLikelihoods: every group's melodies, and real ones, under every group.

    Args:
        groups: list of Group, of one encoding.
        continuations: dict of run label to int32 [continuations, melodies, num_steps].
        real: int32 [melodies, num_steps], the held-out melodies that gave the primers.
        primer_steps: int.
        judges: list of ComparedRun; where it is empty, the runs of the first group judge, each
            the melodies of runs with other seeds.
        score: function of the scoring run, the label of the run that made the melodies (or REAL)
            and the melodies, to float32 [melodies, positions], means over continuations; None
            computes them.
    """
    encodings = {group.encoding for group in groups}
    if len(encodings) > 1:
        raise ValueError(f'groups of {len(encodings)} encodings: likelihoods compare within one')
    score = score or (lambda run, _, melodies: continuation_log_probs(run.model, melodies,
                                                                      primer_steps))

    def score_all(generator, scorer):
        return np.stack([score(by, run.label, continuations[run.label])
                         for run, by in pairs(generator, scorer)])

    def judge_all(generator):
        return np.stack([np.mean([score(judge, run.label, continuations[run.label])
                                  for judge in judges or siblings(groups[0], seed)], axis=0)
                         for run, seed in zip(generator.runs, generator.seeds, strict=True)])

    cells = {}
    for scorer in groups:
        for generator in groups:
            cells[generator.label, scorer.label] = score_all(generator, scorer)
        cells[REAL, scorer.label] = np.stack([score(run, REAL, real) for run in scorer.runs])
    by_judge = {group.label: judge_all(group) for group in groups
                if judges or all(siblings(groups[0], seed) for seed in group.seeds)}
    if by_judge:
        by_judge[REAL] = np.mean([score(judge, REAL, real)
                                  for judge in judges or groups[0].runs], axis=0)[np.newaxis]
    named = ', '.join(run.label.removeprefix(LABEL_PREFIX) for run in judges)
    judge = (f'networks trained on other melodies: {named}' if judges else
             f'other seeds of {groups[0].label}')
    return GroupLikelihoods([group.label for group in groups], cells, judge, by_judge,
                            primer_steps)


def siblings(group, seed):
    """Returns the runs of a group with other seeds."""
    return [run for run, own in zip(group.runs, group.seeds, strict=True) if own != seed]


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
    """Compares every two groups' melodies, under themselves and under the judge.

    Two dicts of (label, label) to Estimate; under the judge with REAL as well.
    """
    return tuple(all_differences(
        {label: per_melody(values) for label, values in found.items()}, seeds, seed)
        for found in (likelihoods.own, likelihoods.by_judge))


def likelihood_against_position(likelihoods, seed):
    """Returns the log-likelihood against position, under themselves and under the judge.

    Two dicts of label to EstimateCurve; under the judge with REAL as well.
    """
    return tuple({label: position_means(values, likelihoods.primer_steps, seed)
                  for label, values in found.items()}
                 for found in (likelihoods.own, likelihoods.by_judge))


def summarize(comparison, groups, likelihoods, matrix):
    """Returns dict of generator to dict of quantity to Estimate, a row of the table each.

    Likely melodies can be dull, so repetition and entropy of events come with likelihood.
    """
    seed, primer_steps = comparison.seed, comparison.held_out.primer_steps
    melodies = {group.label: [comparison.continuations[run.label] for run in group.runs]
                for group in groups} | {REAL: [comparison.held_out.melodies[np.newaxis]]}
    return {label: {
        'own': Estimate() if label == REAL else matrix[label, label],
        'judge': (group_mean(per_melody(likelihoods.by_judge[label]), seed)
                  if label in likelihoods.by_judge else Estimate()),
        **{name: group_mean([np.mean([[measure(events[primer_steps:]) for events in each]
                                      for each in of_seed], axis=0)
                             for of_seed in melodies[label]], seed)
           for name, measure in (('repetition', repetition), ('event_entropy', entropy_nats))}}
        for label in likelihoods.generators}
