"""The loss of every melody of a set under every network of a group: what methods are paired on.

Losses of held-out and training melodies under every network, each kept by what it depends on.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.report.claims import EVALUATION, TRAINING
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.base.errors import UserError
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import checkpoint_step
from magenta_reg.runs.run import BEST, Run

BATCH_SIZE = 200


class MelodyLosses(NamedTuple):
    """Losses of a set of melodies under a group's networks.

    Attributes:
        loss_nats: float64 [seeds, melodies], mean over a melody's events, teacher-forced, without
            dropout.
        num_events: int64 [melodies], the weights that make the mean over melodies the loss in
            nats per event.
        steps: list of int, of the weights of each seed.
    """

    loss_nats: np.ndarray
    num_events: np.ndarray
    steps: list


def melody_losses(models, melodies):
    """Scores melodies under each of several models.

    Args:
        models: list of MelodyModel.
        melodies: list of int32 [steps + 1], Melody events, 2 or more of each.

    Returns:
        MelodyLosses.
    """
    losses = [[-row.astype(np.float64).mean() for row in model.score(melodies,
                                                                     BATCH_SIZE).log_probs]
              for model in models]
    return MelodyLosses(np.array(losses), np.array([len(events) - 1 for events in melodies]),
                        [model.step for model in models])


def best_checkpoints(group):
    """Finds the checkpoint of each run of a group with its lowest evaluation loss.

    Args:
        group: Group.

    Returns:
        list of str, path prefixes, or None if a run has no such checkpoint.
        str, why there are none; empty if there are.
    """
    checkpoints = []
    for run in group.runs:
        try:
            checkpoints.append(Run(run.run_dir).require_checkpoint(BEST))
        except UserError as error:
            return None, str(error)
    return checkpoints, ''


def open_at(run, checkpoint):
    """Returns the MelodyModel of a ComparedRun at a checkpoint, a path prefix."""
    if checkpoint_step(checkpoint) == run.model.step:
        return run.model
    return MelodyModel.from_run(run.run_dir, checkpoint)


HELD_OUT_MELODIES = 400
TRAINING_MELODIES = 256
# Whole melodies are taken as long as they fit: what all networks can score in reasonable time.
MAX_EVENTS = 60_000


class Sample(NamedTuple):
    """Melodies on which networks are compared.

    Attributes:
        melodies: list of int32 [steps + 1], whole ones of 2 events or more, in file order.
        num_usable: int, how many there were to draw from.
        sha256: str, of their events.
    """

    melodies: list
    num_usable: int
    sha256: str

    @property
    def num_events(self):
        """int64 [melodies], events that are expected: all but the first."""
        return np.array([len(events) - 1 for events in self.melodies], np.int64)


class Losses(NamedTuple):
    """Losses of the same melodies under each network of every group, in nats per event.

    Attributes:
        sample: Sample.
        loss_nats: dict of group label to float64 [seeds, melodies].
    """

    sample: Sample
    loss_nats: dict

    def mean(self, label, seed):
        """Returns the Estimate of a group's loss per event, without value if not measured."""
        if label not in self.loss_nats:
            return Estimate()
        return group_mean(self.loss_nats[label], seed, self.sample.num_events)


class KeptLosses(NamedTuple):
    """What the section on losses measures itself.

    Attributes:
        best: Losses of held-out melodies at each run's best checkpoint.
        last: Losses of held-out melodies at the last checkpoint.
        training: Losses of training melodies at the last checkpoint, or None.
        notes: list of str, what is missing and why.
    """

    best: Losses
    last: Losses
    training: Losses | None
    notes: list

    def by_quantity(self):
        """Returns dict of claims' quantity to Losses."""
        found = {EVALUATION: self.last, TRAINING: self.training}
        return {quantity: losses for quantity, losses in found.items() if losses}


def draw_sample(events, seed, max_melodies, max_events=MAX_EVENTS):
    """Draws whole melodies, as many as fit.

    Args:
        events: list of int32 [steps + 1].
        seed: int.
        max_melodies: int.
        max_events: int, in all; one melody is taken in any case.

    Returns:
        Sample.
    """
    usable = [melody for melody in events if len(melody) >= 2]
    order = np.random.default_rng(seed).permutation(len(usable))[:max_melodies]
    total = np.cumsum([len(usable[index]) for index in order])
    fitting = max(1, int(np.searchsorted(total, max_events, 'right')))
    melodies = [usable[index] for index in sorted(order[:fitting])]
    return Sample(melodies, len(usable), array_sha256(*melodies))


def keep_losses(comparison, groups):
    """Measures the losses of groups of one encoding.

    Args:
        comparison: Comparison.
        groups: list of Group of one encoding.

    Returns:
        KeptLosses.
    """
    held_out = draw_sample(comparison.examples.events, comparison.seed, HELD_OUT_MELODIES)
    best, notes = {}, []
    for group in groups:
        checkpoints, reason = best_checkpoints(group)
        if reason:
            notes.append(f'No loss of {group.label} at the best checkpoint: {reason}.')
        else:
            best[group.label] = _losses(comparison, group, held_out, checkpoints)
    last = {group.label: _losses(comparison, group, held_out) for group in groups}
    training, training_notes = _training_losses(comparison, groups)
    return KeptLosses(Losses(held_out, best), Losses(held_out, last), training,
                      notes + training_notes)


def _training_losses(comparison, groups):
    if comparison.training is None:
        return None, ['What the published study claims of training losses is not tested: it takes '
                      'the melodies that the networks were trained on '
                      '(--training_sequence_example_file).']
    sample = draw_sample(comparison.training.events, comparison.seed, TRAINING_MELODIES)
    own = [group for group in groups
           if group.training_data in ('', comparison.training.sha256)]
    others = [group.label for group in groups if group not in own]
    notes = [f'No training loss of {", ".join(others)}: they were trained on other melodies than '
             f'those of {comparison.training.path}.'] if others else []
    return Losses(sample, {group.label: _losses(comparison, group, sample) for group in own}), notes


def _losses(comparison, group, sample, checkpoints=None):
    """Returns float64 [seeds, melodies] at given checkpoints, or at the networks' own."""
    rows = []
    for run, checkpoint in zip(group.runs, checkpoints or [None] * group.n_seeds, strict=True):
        def compute(run=run, checkpoint=checkpoint):
            model = open_at(run, checkpoint) if checkpoint else run.model
            return melody_losses([model], sample.melodies).loss_nats[0]

        step = checkpoint_step(checkpoint) if checkpoint else run.model.step
        rows.append(comparison.of_run('melody_losses', run, compute, step=int(step),
                                    melodies=sample.sha256))
    return np.stack(rows)
