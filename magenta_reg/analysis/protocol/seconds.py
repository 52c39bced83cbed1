"""Equal compute: how far each method comes in the seconds that the fastest one takes in all."""

import math
from typing import NamedTuple

import numpy as np

from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run


class Timing(NamedTuple):
    """The seconds that a run's updates took, without evaluations.

    Attributes:
        steps: int64 [rows + 1], increasing, from 0.
        secs: float64 [rows + 1], of the updates up to there, from 0.
    """

    steps: np.ndarray
    secs: np.ndarray


def read_timing(run_dir):
    """Returns the Timing of a run, or None without a timing.csv of numbers."""
    try:
        rows = {int(row['step']): float(row['secs_per_step'])
                for row in read_metrics(Run(run_dir).timing_path)}
    except (KeyError, TypeError, ValueError):
        return None
    return make_timing(rows) if rows else None


def find_machines(run_dir):
    """Returns the names of the machines that trained a run, set of str, by its TensorBoard files.
    """
    return {path.name.split('.', 4)[4].rpartition('.')[0]
            for path in Run(run_dir).train_dir.glob('events.out.tfevents.*.*.*')}


def make_timing(secs_per_step):
    """Returns the Timing of dict of step to seconds an update took since the step before."""
    steps = np.array([0, *sorted(secs_per_step)], np.int64)
    secs = np.diff(steps) * [secs_per_step[step] for step in steps[1:].tolist()]
    return Timing(steps, np.cumsum([0.0, *secs]))


def mean_seconds(timings, step=math.inf):
    """Returns the mean seconds of runs up to an update, or to its end of one that ended before.

    `step` is one for all or a list with each run's own.
    """
    steps = np.broadcast_to(step, len(timings))
    return float(np.mean([np.interp(each, *timing)
                          for each, timing in zip(steps, timings, strict=True)]))


def find_budget(timings):
    """Returns the least of the methods' mean seconds in all; dict of label to list of Timing."""
    return min(map(mean_seconds, timings.values()))


def spread_of(timings):
    """Returns how many times as long as the fastest run the slowest took for an update: float."""
    paces = [timing.secs[-1] / timing.steps[-1] for timing in timings]
    return float(max(paces) / min(paces)) if min(paces) else 1.0


def step_within(timings, steps, budget_secs):
    """Returns the last of some steps that a method's runs reach on average, or None."""
    return max((step for step in steps if mean_seconds(timings, step) <= budget_secs),
               default=None)
