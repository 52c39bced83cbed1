"""Losses against updates, over the seeds of a method: overfitting, and Magenta's way.

Training and evaluation loss are one measure here: teacher-forced, without dropout, of the weights
at that step. The training loss is of a fixed sample of the training melodies. Magenta evaluates
with dropout left on; that curve is there, too, since published comparisons used it.
"""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.comparison.curves import Curve, read_curve
from magenta_reg.analysis.statistics.estimate import Estimate, EstimateCurve, finite

# Where metrics.csv has each curve.
COLUMNS = {'evaluation': 'loss', 'training': 'train_loss_exact', 'magenta': 'loss_magenta'}

# The share of a training whose last updates the loop's own loss is the mean of.
_LAST_SHARE = 0.1


class LossCurves(NamedTuple):
    """The losses of a group over training.

    A curve is the mean over seeds, nats per event, at the updates that all of them have, from the
    lowest to the highest seed; None if a run has none.

    Attributes:
        label, method: str, of the group.
        evaluation, training: EstimateCurve.
        magenta: EstimateCurve, evaluation with dropout left on.
        gap: EstimateCurve, evaluation minus training within each run.
        of_runs: list of (Curve, Curve), of each run: its evaluation loss, and its gap.
        missing: list of (run label, key of COLUMNS), curves that a run does not have.
    """

    label: str
    method: str
    evaluation: EstimateCurve | None
    training: EstimateCurve | None
    magenta: EstimateCurve | None
    gap: EstimateCurve | None
    of_runs: list
    missing: list


def loss_curves(group):
    """Returns the LossCurves of a Group, read from its runs' metrics."""
    curves = {field: [read_curve(run.run_dir, 'eval', column) for run in group.runs]
              for field, column in COLUMNS.items()}
    missing = [(run.label, field) for field, own in curves.items()
               for run, curve in zip(group.runs, own, strict=True) if not len(curve.steps)]
    curves['gap'] = list(map(difference, curves['evaluation'], curves['training']))
    return LossCurves(
        group.label, group.method, **{field: average(own) for field, own in curves.items()},
        of_runs=list(zip(curves['evaluation'], curves['gap'], strict=True)), missing=missing)


def losses_at(step, evaluation, gap):
    """Returns the losses of one run at its last evaluation up to an update.

    Args:
        step: int, of a checkpoint.
        evaluation, gap: Curve, of the evaluation loss and of evaluation minus training loss.

    Returns:
        dict of column of the tables to int or float, losses in nats per event; None where there is
        no training loss. It is empty for a run not evaluated until then.
    """
    index = np.searchsorted(evaluation.steps, step, 'right') - 1
    if index < 0:
        return {}
    step, loss = int(evaluation.steps[index]), float(evaluation.values[index])
    own = dict(zip(gap.steps.tolist(), gap.values.tolist(), strict=True)).get(step)
    return {'update': step, 'evaluation loss': finite(loss),
            'training loss': None if own is None else finite(loss - own), 'gap': finite(own)}


def loop_loss(run_dir, last_step):
    """Returns the mean loss, in nats per event, of the training loop in a training's last tenth.

    It is of batches as they were trained on, with dropout and with sampled events: this is the
    training loss that studies print. NaN without such rows.

    Args:
        run_dir: Path.
        last_step: int, updates after it do not count.
    """
    curve = read_curve(run_dir, 'train', 'loss')
    is_last = (curve.steps <= last_step) & (curve.steps > (1 - _LAST_SHARE) * last_step)
    return float(curve.values[is_last].mean()) if is_last.any() else np.nan


def epochs(step, num_melodies, batch_size):
    """Returns how many times a training of so many updates has used each melody: float."""
    # Fewer melodies than a batch are repeated until they fill it.
    melodies_per_epoch = max(num_melodies, batch_size)
    return step * melodies_per_epoch / -(-melodies_per_epoch // batch_size) / num_melodies


def difference(first, second):
    """Returns first minus second as a Curve at the steps that both have."""
    steps, in_first, in_second = np.intersect1d(first.steps, second.steps, return_indices=True)
    return Curve(steps, first.values[in_first] - second.values[in_second])


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


def magentas_way(losses):
    """Compares the order of methods by evaluation loss without dropout and in Magenta's way.

    Only the order is compared; whether a difference is more than chance is another question.

    Args:
        losses: list of LossCurves of one encoding.

    Returns:
        dict, as results.json has it, of `step`, the last one at which all groups were evaluated, or
        None; `exact` and `magenta`, dicts of label to mean loss over seeds without and with
        dropout, the lowest first; `changed`, pairs of labels whose order changes; `left_out`,
        labels without evaluation in Magenta's way; and `conclusion`, str.
    """
    having = [each for each in losses if each.magenta is not None and each.evaluation is not None]
    steps = [set(curve.points.tolist()) for each in having
             for curve in (each.evaluation, each.magenta)]
    step = max(set.intersection(*steps), default=None) if len(having) > 1 else None
    exact, magenta = ({} if step is None else _order(having, step, field)
                      for field in ('evaluation', 'magenta'))
    changed = [[first, second] for first, second in itertools.combinations(exact, 2)
               if magenta[first] > magenta[second]]
    return {'step': step, 'exact': exact, 'magenta': magenta, 'changed': changed,
            'left_out': [each.label for each in losses if each not in having],
            'conclusion': _conclusion(step, exact, magenta, changed)}


def _order(losses, step, field):
    """Returns dict of label to mean loss at a step, the lowest first."""
    curves = {each.label: getattr(each, field) for each in losses}
    values = {label: float(curve.estimate.value[np.searchsorted(curve.points, step)])
              for label, curve in curves.items()}
    return dict(sorted(values.items(), key=lambda item: item[1]))


def _conclusion(step, exact, magenta, changed):
    if step is None:
        return 'There are not two methods with both evaluations at one step.'
    orders = [' < '.join(f'{label} {loss:.3f}' for label, loss in order.items())
              for order in (exact, magenta)]
    said = ('The order changes: ' + ', '.join(f'{second} is ahead of {first} only with dropout '
                                              'left on' for first, second in changed)
            if changed else 'The order is the same')
    return (f'After {step} updates, in nats per event, without dropout: {orders[0]}; with dropout '
            f'left on: {orders[1]}. {said}.')
