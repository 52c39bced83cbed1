"""The held-out loss of each method at equal updates, at its own best, and in equal seconds."""

from typing import NamedTuple

from magenta_reg.analysis.comparison.runs import find_checkpoint, seeds_of
from magenta_reg.analysis.losses.measure import SampleLosses, group_losses, held_out_sample
from magenta_reg.analysis.protocol.seconds import (
    find_budget,
    find_machines,
    mean_seconds,
    read_timing,
    spread_of,
    step_within,
)
from magenta_reg.analysis.report.claims import BASELINE
from magenta_reg.analysis.report.texts import texts
from magenta_reg.analysis.statistics.paired import all_differences
from magenta_reg.base.errors import UserError, explain
from magenta_reg.runs.checkpoints import checkpoint_step, list_checkpoints
from magenta_reg.runs.run import BEST, Run

EQUAL_UPDATES, OWN_BEST, EQUAL_SECONDS = POINTS = ('equal updates', 'own best', 'equal seconds')
_TEXTS = texts('protocol')


class Point(NamedTuple):
    """Losses of the groups of one encoding, each run at one checkpoint.

    Attributes:
        held_out: SampleLosses of the groups that could be measured.
        updates: dict of their labels to list of int, of each run's checkpoint.
        reasons: dict of each other group's label to str, why it could not.
    """

    held_out: SampleLosses
    updates: dict
    reasons: dict

    def mean(self, label, seed):
        """Returns the Estimate of a group's loss, nats per event, or the reason."""
        found = self.held_out.mean(label, seed)
        return found._replace(reason=self.reasons.get(label, ''))

    def differences(self, groups, seed):
        """Returns dict of (label, label) to Estimate: of each method minus the baseline."""
        first = next((group.label for group in groups if group.method == BASELINE), None)
        losses, weights = self.held_out.loss_nats, self.held_out.sample.num_events
        if first not in losses:
            return {}
        found = {}
        for label in losses:
            pair = {each: losses[each] for each in (label, first)}
            found |= all_differences(pair, seeds_of(groups), seed, weights)
        return found


class Seconds(NamedTuple):
    """The budget of equal compute.

    Attributes:
        budget: float, or None where no method was timed.
        timings: dict of group label to list of Timing, one a run; a group without one is left out.
        used: dict of group label to float, mean seconds up to the checkpoints in the budget.
        spread: float, `spread_of` the method whose runs differ most.
        num_machines: int, that trained the runs.
    """

    budget: float | None
    timings: dict
    used: dict
    spread: float
    num_machines: int

    @property
    def in_all(self):
        """dict of group label to float, mean seconds of its runs to their ends."""
        return {label: mean_seconds(own) for label, own in self.timings.items()}


def measure_points(comparison, groups):
    """Returns dict of POINTS to Point, and Seconds, of the groups of one encoding."""
    saved = {run.label: _saved(run.run_dir) for group in groups for run in group.runs}
    timings = {group.label: [read_timing(run.run_dir) for run in group.runs] for group in groups}
    timed = {label: own for label, own in timings.items() if None not in own}
    budget = find_budget(timed) if timed else None
    chosen = {EQUAL_UPDATES: _at_equal_updates(groups, saved),
              OWN_BEST: {group.label: _at_best(comparison, group) for group in groups},
              EQUAL_SECONDS: {group.label: _in_budget(group, saved, timed.get(group.label), budget)
                              for group in groups}}
    points = {name: _measure(comparison, groups, own) for name, own in chosen.items()}
    machines = len(set().union(*(find_machines(run.run_dir)
                                 for group in groups for run in group.runs)))
    used = {label: mean_seconds(timed[label], updates)
            for label, updates in points[EQUAL_SECONDS].updates.items()}
    return points, Seconds(budget, timed, used, max(map(spread_of, timed.values()), default=1.0),
                           machines)


def _saved(run_dir):
    """Returns dict of step to path prefix, of all checkpoints of a run."""
    run = Run(run_dir)
    return {checkpoint_step(prefix): prefix for folder in (run.best_dir, run.train_dir)
            for prefix in list_checkpoints(folder)}


# What follows returns, of each group, dict of run label to checkpoint, or a str: why there is none.
def _at_equal_updates(groups, saved):
    common = set.intersection(*map(set, saved.values()))
    if not common:
        return {group.label: _TEXTS['NONE_IN_COMMON'] for group in groups}
    return {group.label: {run.label: saved[run.label][max(common)] for run in group.runs}
            for group in groups}


def _at_best(comparison, group):
    if comparison.checkpoint == BEST:
        return {run.label: run.checkpoint for run in group.runs}
    try:
        found = {run.label: find_checkpoint(run.run_dir, BEST) for run in group.runs}
    except UserError as error:
        return explain(error)
    return found if all(found.values()) else _TEXTS['NEVER_EVALUATED']


def _in_budget(group, saved, timings, budget):
    if timings is None:
        return _TEXTS['NOT_TIMED']
    own = [saved[run.label] for run in group.runs]
    step = step_within(timings, {step for each in own for step in each}, budget)
    if step is None or any(min(each, default=step + 1) > step for each in own):
        return _TEXTS['NONE_IN_BUDGET']
    return {run.label: each[max(number for number in each if number <= step)]
            for run, each in zip(group.runs, own, strict=True)}


def _measure(comparison, groups, chosen):
    """Returns the Point of the checkpoints that were chosen for each group."""
    sample, losses, reasons = held_out_sample(comparison), {}, {}
    for group in groups:
        own = chosen[group.label]
        if isinstance(own, str):
            reasons[group.label] = own
            continue
        try:
            losses[group.label] = group_losses(comparison, group, sample, own)
        except UserError as error:
            reasons[group.label] = explain(error)
    return Point(SampleLosses(sample, losses),
                 {label: list(map(checkpoint_step, chosen[label].values())) for label in losses},
                 reasons)
