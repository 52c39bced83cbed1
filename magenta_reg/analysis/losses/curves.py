"""Losses against updates, over the seeds of a method: overfitting, and Magenta's way beside it.

Training and evaluation loss are one measure here: teacher-forced, without dropout, of the weights
at that step. The training loss is of a fixed sample of the training melodies. Magenta evaluates
with dropout left on; that curve is there, too, since published comparisons used it.

What evaluating with dropout left on, as Magenta does, does to the order of methods.
"""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.curves import Curve, read_curve
from magenta_reg.analysis.statistics.estimate import Estimate, EstimateCurve

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


class GroupLosses(NamedTuple):
    """The losses of a group over training.

    A curve is the mean over seeds, nats per event, at the updates that all of them have, from the
    lowest to the highest seed.

    Attributes:
        label: str.
        method: str.
        evaluation: EstimateCurve, or None if a run was never evaluated.
        training: EstimateCurve, exact, or None where a run has no such column.
        gap: EstimateCurve, evaluation minus training within each run, or None.
        magenta: EstimateCurve, evaluation with dropout left on, or None.
        summaries: list of RunSummary, in the order of the runs; None for one never evaluated.
        notes: list of str, what is missing and why.
    """

    label: str
    method: str
    evaluation: EstimateCurve | None
    training: EstimateCurve | None
    gap: EstimateCurve | None
    magenta: EstimateCurve | None
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
    """Returns the EstimateCurve of Curves at the steps that all have; None if there is none."""
    steps = curves[0].steps
    for curve in curves[1:]:
        steps = np.intersect1d(steps, curve.steps)
    if not len(steps):
        return None
    values = np.stack([curve.values[np.searchsorted(curve.steps, steps)] for curve in curves])
    return EstimateCurve(steps, Estimate(values.mean(axis=0), values.min(axis=0),
                                         values.max(axis=0), n_seeds=len(curves)))


def _notes(group, curves):
    wanted = {EVALUATION: 'was never evaluated in training',
              TRAINING: 'has no exact training loss (trained before it was recorded, or with '
                        'none asked for): its training curve and gap are not drawn',
              MAGENTA: "has no evaluation in Magenta's way (trained before it was recorded)"}
    return [f'{run.label} {why}' for column, why in wanted.items()
            for run, curve in zip(group.runs, curves[column], strict=True)
            if not len(curve.steps)]


class MagentasWay(NamedTuple):
    """The order of methods by evaluation loss, without dropout and in Magenta's way.

    Attributes:
        step: int, updates at which all groups were evaluated: the last such one.
        exact: dict of label to float, mean loss over seeds without dropout, the lowest first.
        magenta: dict of label to float, with dropout left on, the lowest first.
        changed: list of (str, str), pairs of labels whose order changes.
        left_out: list of str, labels without evaluation in Magenta's way.
        conclusion: str, one sentence.
    """

    step: int | None
    exact: dict
    magenta: dict
    changed: list
    left_out: list
    conclusion: str


def magentas_way(losses):
    """Compares both ways of evaluation at the last step that all groups have.

    Only the order is compared; whether a difference is more than chance is another question.

    Args:
        losses: list of GroupLosses of one encoding.

    Returns:
        MagentasWay.
    """
    having = [each for each in losses if each.magenta is not None and each.evaluation is not None]
    left_out = [each.label for each in losses if each not in having]
    step = _last_common_step(having)
    if step is None or len(having) < 2:
        return MagentasWay(None, {}, {}, [], left_out,
                           'There are not two methods with both evaluations at one step.')
    exact = _at(having, step, 'evaluation')
    magenta = _at(having, step, 'magenta')
    changed = [(first, second) for first, second in itertools.combinations(exact, 2)
               if magenta[first] > magenta[second]]
    return MagentasWay(step, exact, magenta, changed, left_out,
                       _conclusion(step, exact, magenta, changed))


def _last_common_step(losses):
    curves = [curve for each in losses for curve in (each.evaluation, each.magenta)]
    common = set.intersection(*(set(curve.points.tolist()) for curve in curves)) if curves else ()
    return max(common, default=None)


def _at(losses, step, field):
    """Returns dict of label to mean loss at a step, the lowest first."""
    values = {}
    for each in losses:
        curve = getattr(each, field)
        values[each.label] = float(curve.estimate.value[np.searchsorted(curve.points, step)])
    return dict(sorted(values.items(), key=lambda item: item[1]))


def _conclusion(step, exact, magenta, changed):
    ways = [' < '.join(f'{label} {loss:.3f}' for label, loss in order.items())
            for order in (exact, magenta)]
    said = ('The order changes: ' + ', '.join(f'{second} is ahead of {first} only with dropout '
                                              'left on' for first, second in changed)
            if changed else 'The order is the same')
    return (f'After {step} updates, in nats per event, without dropout: {ways[0]}; with dropout '
            f'left on: {ways[1]}. {said}.')
