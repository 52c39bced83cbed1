"""Training and evaluation loss of a run, read from its metrics.csv."""

from typing import NamedTuple

import numpy as np

from magenta_reg.errors import UserError
from magenta_reg.runs import Run, read_metrics


class Curve(NamedTuple):
    """One loss over time.

    Attributes:
        steps: int64 [points], updates made, increasing.
        loss_nats: float64 [points], nats per event.
    """

    steps: np.ndarray
    loss_nats: np.ndarray


class Losses(NamedTuple):
    """The two losses of one run.

    They are not one measure: the training loss is of the batch just trained on, with the method's
    own dropout or sampling in it; the evaluation loss is teacher-forced, without dropout, over the
    whole evaluation set.

    Attributes:
        train: Curve.
        evaluation: Curve; without points if the run was never evaluated.
    """

    train: Curve
    evaluation: Curve

    @property
    def final_train(self):
        """Mean of the last tenth of the training losses, or None: one batch's is noisy."""
        values = self.train.loss_nats
        return float(values[-max(1, len(values) // 10):].mean()) if len(values) else None

    @property
    def final_evaluation(self):
        """The last evaluation loss, or None."""
        values = self.evaluation.loss_nats
        return float(values[-1]) if len(values) else None

    @property
    def best_evaluation(self):
        """The lowest evaluation loss, or None."""
        values = self.evaluation.loss_nats
        return float(values.min()) if len(values) else None


def read_losses(run_dir):
    """Reads the losses of a run folder.

    Args:
        run_dir: Path.

    Returns:
        Losses.

    Raises:
        UserError: If there is no metrics.csv with rows of step, split and loss.
    """
    path = Run(run_dir).metrics_path
    rows = read_metrics(path)
    if not rows:
        raise UserError(f'{path} is missing or empty: is {run_dir} the folder of a training run?')
    missing = {'step', 'split', 'loss'} - set(rows[0])
    if missing:
        raise UserError(f'{path} has no column {min(missing)!r}')
    # After a resumed training the later row of a step counts.
    points = {'train': {}, 'eval': {}}
    for row in rows:
        if row['split'] in points and row['loss']:
            points[row['split']][int(row['step'])] = float(row['loss'])
    return Losses(_curve(points['train']), _curve(points['eval']))


def smooth(curve, num_windows=20):
    """Returns the means of consecutive, equal stretches of a curve, at their mean steps.

    The last stretch holds what is left.

    Args:
        curve: Curve.
        num_windows: int, points that are left at most.

    Returns:
        Curve.
    """
    size = -(-len(curve.steps) // num_windows) or 1
    return Curve(*(np.array([values[start:start + size].mean()
                             for start in range(0, len(values), size)]) for values in curve))


def _curve(points):
    """Makes a Curve of a dict of step to loss."""
    steps = sorted(points)
    return Curve(np.array(steps, np.int64), np.array([points[step] for step in steps], np.float64))
