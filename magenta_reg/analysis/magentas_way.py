"""What evaluating with dropout left on, as Magenta does, does to the order of methods."""

import itertools
from typing import NamedTuple

import numpy as np


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
    common = set.intersection(*(set(curve.steps.tolist()) for curve in curves)) if curves else ()
    return max(common, default=None)


def _at(losses, step, field):
    """Returns dict of label to mean loss at a step, the lowest first."""
    values = {}
    for each in losses:
        curve = getattr(each, field)
        values[each.label] = float(curve.mean[np.searchsorted(curve.steps, step)])
    return dict(sorted(values.items(), key=lambda item: item[1]))


def _conclusion(step, exact, magenta, changed):
    ways = [' < '.join(f'{label} {loss:.3f}' for label, loss in order.items())
            for order in (exact, magenta)]
    said = ('The order changes: ' + ', '.join(f'{second} is ahead of {first} only with dropout '
                                              'left on' for first, second in changed)
            if changed else 'The order is the same')
    return (f'After {step} updates, in nats per event, without dropout: {ways[0]}; with dropout '
            f'left on: {ways[1]}. {said}.')
