"""The loss of every melody of a sample under every network: what methods are paired on."""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.base.errors import UserError
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import checkpoint_step
from magenta_reg.runs.run import BEST, Run

HELD_OUT_MELODIES = 400
TRAINING_MELODIES = 256
# Whole melodies are taken as long as they fit: what all networks can score in reasonable time.
MAX_EVENTS = 60_000
_BATCH_SIZE = 200
_TEXTS = texts('losses')


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
        """int64 [melodies], events that are predicted: all but the first."""
        return np.array([len(events) - 1 for events in self.melodies], np.int64)


class SampleLosses(NamedTuple):
    """Losses of the same melodies under each network of every group.

    Attributes:
        sample: Sample.
        loss_nats: dict of group label to float64 [seeds, melodies], nats per event.
    """

    sample: Sample
    loss_nats: dict

    def mean(self, label, seed):
        """Returns the Estimate of a group's loss per event, without value if not measured."""
        if label not in self.loss_nats:
            return Estimate()
        return group_mean(self.loss_nats[label], seed, self.sample.num_events)


def cached_losses(comparison, groups):
    """Measures groups of one encoding, or takes from the cache what it has.

    Returns:
        dict of str to SampleLosses: 'held_out_best' of held-out melodies at each run's best
        checkpoint, 'held_out_last' at the last one, 'training' of training melodies at the last
        one, if there is a training file.
        list of str, what is missing and why.
    """
    held_out = draw_sample(comparison.examples.events, comparison.seed, HELD_OUT_MELODIES)
    best, notes = {}, []
    for group in groups:
        try:
            checkpoints = best_checkpoints(group)
        except UserError as error:
            notes.append(_TEXTS['NO_BEST'].format(group=group.label, reason=error))
        else:
            best[group.label] = _losses(comparison, group, held_out, checkpoints)
    last = {group.label: _losses(comparison, group, held_out) for group in groups}
    measured = {'held_out_best': SampleLosses(held_out, best),
                'held_out_last': SampleLosses(held_out, last)}
    if comparison.training is None:
        return measured, [*notes, _TEXTS['NO_TRAINING_FILE']]
    training = draw_sample(comparison.training.events, comparison.seed, TRAINING_MELODIES)
    own = [group for group in groups
           if group.training_data in ('', comparison.training.sha256)]
    measured['training'] = SampleLosses(training, {
        group.label: _losses(comparison, group, training) for group in own})
    if len(own) < len(groups):
        others = ', '.join(group.label for group in groups if group not in own)
        notes.append(_TEXTS['OTHER_TRAINING'].format(groups=others, path=comparison.training.path))
    return measured, notes


def draw_sample(events, seed, max_melodies, max_events=MAX_EVENTS):
    """Returns a Sample of whole melodies, as many as fit; one is taken in any case."""
    usable = [melody for melody in events if len(melody) >= 2]
    order = np.random.default_rng(seed).permutation(len(usable))[:max_melodies]
    total = np.cumsum([len(usable[index]) for index in order])
    fitting = max(1, int(np.searchsorted(total, max_events, 'right')))
    melodies = [usable[index] for index in sorted(order[:fitting])]
    return Sample(melodies, len(usable), array_sha256(*melodies))


def best_checkpoints(group):
    """Returns the checkpoint of each run with its lowest evaluation loss: list of path prefixes.

    Raises:
        UserError: If a run has no such checkpoint.
    """
    return [Run(run.run_dir).require_checkpoint(BEST) for run in group.runs]


def loss_per_melody(model, melodies):
    """Returns float64 [melodies], mean over a melody's events in nats, without dropout.

    With events as weights, their mean is the loss in nats per event.
    """
    return np.array([-row.astype(np.float64).mean()
                     for row in model.score(melodies, _BATCH_SIZE).log_probs])


def _losses(comparison, group, sample, checkpoints=None):
    """Returns float64 [seeds, melodies] at given checkpoints, or at the networks' own."""
    rows = []
    for run, checkpoint in zip(group.runs, checkpoints or [None] * group.n_seeds, strict=True):
        step = int(checkpoint_step(checkpoint) if checkpoint else run.model.step)

        def compute(run=run, checkpoint=checkpoint, step=step):
            model = (run.model if step == run.model.step
                     else MelodyModel.from_run(run.run_dir, checkpoint))
            return loss_per_melody(model, sample.melodies)

        rows.append(comparison.cached_for_run('losses', run, compute, step=step,
                                              melodies=sample.sha256))
    return np.stack(rows)
