"""The loss of every melody of a sample under every network: what methods are paired on."""

import contextlib
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.cache import array_sha256
from magenta_reg.analysis.comparison.runs import LAST, find_checkpoint
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.base.errors import UserError
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import checkpoint_step
from magenta_reg.runs.run import BEST

# Whole melodies are taken as long as they fit: what all networks can score in reasonable time. Of
# held-out melodies this is nearly always all.
HELD_OUT_EVENTS = 300_000
TRAINING_MELODIES, TRAINING_EVENTS = 256, 60_000
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


def cached_losses(comparison, groups, checkpoints=None):
    """Measures groups of one encoding at one checkpoint, or takes from the cache what it has.

    Args:
        checkpoints: dict of run label to path prefix, or None for the comparison's own.

    Returns:
        dict of str to SampleLosses: 'held_out', and 'training' if there is a training file.
        list of str, what is missing and why.
    """
    held_out = held_out_sample(comparison)
    measured = {'held_out': SampleLosses(held_out, {
        group.label: group_losses(comparison, group, held_out, checkpoints) for group in groups})}
    if comparison.training is None:
        return measured, [_TEXTS['NO_TRAINING_FILE']]
    training = draw_sample(comparison.training.events, comparison.seed, TRAINING_MELODIES,
                           TRAINING_EVENTS)
    own = [group for group in groups
           if group.training_data in ('', comparison.training.sha256)]
    measured['training'] = SampleLosses(training, {
        group.label: group_losses(comparison, group, training, checkpoints) for group in own})
    if len(own) == len(groups):
        return measured, []
    others = ', '.join(group.label for group in groups if group not in own)
    return measured, [_TEXTS['OTHER_TRAINING'].format(groups=others, path=comparison.training.path)]


def cache_losses(comparison, run):
    """Measures of a ComparedRun, into the cache, what `cached_losses` asks at both checkpoints."""
    group = next(group for group in comparison.groups if run in group.runs)._replace(runs=[run])
    cached_losses(comparison, [group])
    with contextlib.suppress(UserError):  # There is no other one: the section says so.
        if checkpoints := find_checkpoints([group], other_checkpoint(comparison)):
            cached_losses(comparison, [group], checkpoints)


def other_checkpoint(comparison):
    """Returns BEST or LAST, the one that the comparison is not at."""
    return LAST if comparison.checkpoint == BEST else BEST


def find_checkpoints(groups, which):
    """Returns BEST or LAST checkpoints, for a table beside those of the comparison.

    Returns:
        dict of run label to path prefix; empty if a run has none, or all are the networks' own.
    """
    runs = [run for group in groups for run in group.runs]
    found = {run.label: find_checkpoint(run.run_dir, which) for run in runs}
    if not all(found.values()) or all(checkpoint_step(found[run.label]) == run.model.step
                                      for run in runs):
        return {}
    return found


def held_out_sample(comparison):
    """Returns the Sample of a comparison's held-out melodies, of any length."""
    events = comparison.examples.events
    return draw_sample(events, comparison.seed, len(events), HELD_OUT_EVENTS)


def draw_sample(events, seed, max_melodies, max_events):
    """Returns a Sample of whole melodies, as many as fit; one is taken in any case."""
    usable = [melody for melody in events if len(melody) >= 2]
    order = np.random.default_rng(seed).permutation(len(usable))[:max_melodies]
    total = np.cumsum([len(usable[index]) for index in order])
    fitting = max(1, int(np.searchsorted(total, max_events, 'right')))
    melodies = [usable[index] for index in sorted(order[:fitting])]
    return Sample(melodies, len(usable), array_sha256(*melodies))


def loss_per_melody(model, melodies):
    """Returns float64 [melodies], mean over a melody's events in nats, without dropout.

    With events as weights, their mean is the loss in nats per event.
    """
    return np.array([-row.astype(np.float64).mean()
                     for row in model.score(melodies, _BATCH_SIZE).log_probs])


def group_losses(comparison, group, sample, checkpoints=None):
    """Measures a group on a Sample, or takes from the cache what it has.

    `checkpoints` is dict of run label to path prefix, or None for the comparison's own.

    Returns:
        float64 [seeds, melodies], nats per event.
    """
    rows = []
    for run in group.runs:
        checkpoint = (checkpoints or {}).get(run.label, run.checkpoint)
        step = checkpoint_step(checkpoint)

        def compute(run=run, checkpoint=checkpoint, step=step):
            model = (run.model if step == run.model.step
                     else MelodyModel.from_run(run.run_dir, checkpoint))
            return loss_per_melody(model, sample.melodies)

        rows.append(comparison.cached_for_run('losses', run, compute, step=step,
                                              melodies=sample.sha256))
    return np.stack(rows)
