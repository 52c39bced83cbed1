"""Losses against updates, over the seeds of a method: overfitting, and Magenta's way beside it.

Training and evaluation loss are one measure here: teacher-forced, without dropout, of the weights
at that step. The training loss is of a fixed sample of the training melodies. Magenta evaluates
with dropout left on; that curve is there, too, since published comparisons used it.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.curves import Curve, read_curve

EVALUATION = 'loss'
TRAINING = 'train_loss_exact'
MAGENTA = 'loss_magenta'
COLUMNS = (EVALUATION, TRAINING, MAGENTA)


class RunSummary(NamedTuple):
    """What the curves of one run come to.

    Attributes:
        best_step: int, updates at the lowest evaluation loss.
        best_loss: float, nats per event.
        last_step: int.
        last_loss: float.
        best_gap: float, evaluation minus training loss at best_step; None without training loss.
        last_gap: float, at last_step, or None.
        num_points: int, evaluations.
    """

    best_step: int
    best_loss: float
    last_step: int
    last_loss: float
    best_gap: float | None
    last_gap: float | None
    num_points: int


class GroupCurve(NamedTuple):
    """One loss of a group's seeds at the steps that all of them have.

    Attributes:
        steps: int64 [points].
        mean: float64 [points], over seeds, nats per event.
        low: float64 [points], the lowest seed's.
        high: float64 [points], the highest seed's.
        n_seeds: int.
    """

    steps: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n_seeds: int


class GroupLosses(NamedTuple):
    """The losses of a group over training.

    Attributes:
        label: str.
        method: str.
        evaluation: GroupCurve, or None if a run was never evaluated.
        training: GroupCurve, exact, or None where a run has no such column.
        gap: GroupCurve, evaluation minus training within each run, or None.
        magenta: GroupCurve, evaluation with dropout left on, or None.
        summaries: list of RunSummary, in the order of the runs; None for one never evaluated.
        notes: list of str, what is missing and why.
    """

    label: str
    method: str
    evaluation: GroupCurve | None
    training: GroupCurve | None
    gap: GroupCurve | None
    magenta: GroupCurve | None
    summaries: list
    notes: list


def group_losses(group):
    """Reads and averages the losses of a group.

    Args:
        group: Group.

    Returns:
        GroupLosses.
    """
    curves = {column: [read_curve(run.run_dir, 'eval', column) for run in group.runs]
              for column in COLUMNS}
    gaps = [difference(evaluation, training) for evaluation, training in
            zip(curves[EVALUATION], curves[TRAINING], strict=True)]
    return GroupLosses(
        group.label, group.method, average(curves[EVALUATION]), average(curves[TRAINING]),
        average(gaps), average(curves[MAGENTA]),
        [summarize(evaluation, gap) for evaluation, gap in
         zip(curves[EVALUATION], gaps, strict=True)],
        _notes(group, curves))


def summarize(evaluation, gap):
    """Returns the RunSummary of a run's evaluation Curve and gap Curve; None without points."""
    if not len(evaluation.steps):
        return None
    best = int(np.argmin(np.where(np.isnan(evaluation.values), np.inf, evaluation.values)))
    gaps = dict(zip(gap.steps.tolist(), gap.values.tolist(), strict=True))
    best_step, last_step = int(evaluation.steps[best]), int(evaluation.steps[-1])
    return RunSummary(best_step, float(evaluation.values[best]), last_step,
                      float(evaluation.values[-1]), gaps.get(best_step), gaps.get(last_step),
                      len(evaluation.steps))


def epochs(step, num_melodies, batch_size):
    """Returns how many times a training had seen its melodies after so many updates.

    Args:
        step: int, updates.
        num_melodies: int, of the training set.
        batch_size: int.

    Returns:
        float.
    """
    # Fewer melodies than a batch are repeated until they fill it.
    melodies_per_epoch = max(num_melodies, batch_size)
    return step * melodies_per_epoch / -(-melodies_per_epoch // batch_size) / num_melodies


def difference(first, second):
    """Returns first minus second as a Curve at the steps that both have."""
    steps, of_first, of_second = np.intersect1d(first.steps, second.steps, return_indices=True)
    return Curve(steps, first.values[of_first] - second.values[of_second])


def average(curves):
    """Returns the GroupCurve of Curves at the steps that all have; None if there is none."""
    steps = curves[0].steps
    for curve in curves[1:]:
        steps = np.intersect1d(steps, curve.steps)
    if not len(steps):
        return None
    values = np.stack([curve.values[np.searchsorted(curve.steps, steps)] for curve in curves])
    return GroupCurve(steps, values.mean(axis=0), values.min(axis=0), values.max(axis=0),
                      len(curves))


def _notes(group, curves):
    wanted = {EVALUATION: 'was never evaluated in training',
              TRAINING: 'has no exact training loss (trained before it was recorded, or with '
                        'none asked for): its training curve and gap are not drawn',
              MAGENTA: "has no evaluation in Magenta's way (trained before it was recorded)"}
    return [f'{run.label} {why}' for column, why in wanted.items()
            for run, curve in zip(group.runs, curves[column], strict=True)
            if not len(curve.steps)]
