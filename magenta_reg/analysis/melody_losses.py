"""The loss of every melody of a set under every network of a group: what methods are paired on."""

from typing import NamedTuple

import numpy as np

from magenta_reg.checkpoints import checkpoint_step
from magenta_reg.errors import UserError
from magenta_reg.model import MelodyModel
from magenta_reg.runs import Run

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
            checkpoints.append(Run(run.run_dir).best_checkpoint())
        except UserError as error:
            return None, str(error)
    return checkpoints, ''


def open_at(run, checkpoint):
    """Returns the MelodyModel of a ComparedRun at a checkpoint, a path prefix."""
    if checkpoint_step(checkpoint) == run.model.step:
        return run.model
    return MelodyModel.from_run(run.run_dir, checkpoint)
