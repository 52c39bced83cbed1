"""What a run recorded over time, read from its metrics.csv."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run


class Curve(NamedTuple):
    """One metric of a run: int64 [points] steps, increasing, and float64 [points] values."""

    steps: np.ndarray
    values: np.ndarray


def check_metrics(run_dir):
    """Raises UserError if a folder has no metrics.csv with rows of step, split and loss."""
    path = Run(run_dir).metrics_path
    rows = read_metrics(path)
    if not rows:
        raise UserError(f'{path} is missing or empty: is {run_dir} the folder of a training run?')
    missing = {'step', 'split', 'loss'} - set(rows[0])
    if missing:
        raise UserError(f'{path} has no column {min(missing)!r}')


def read_curve(run_dir, split, column):
    """Returns a column of metrics.csv as Curve, without points if the run has no such metric.

    Args:
        run_dir: Path.
        split: str, 'train' or 'eval': whose rows.
        column: str.
    """
    # After a resumed training the later row of a step counts.
    points = {int(row['step']): float(row[column])
              for row in read_metrics(Run(run_dir).metrics_path)
              if row['split'] == split and row.get(column)}
    steps = sorted(points)
    return Curve(np.array(steps, np.int64), np.array([points[step] for step in steps], np.float64))


def smooth(curve, num_windows=20):
    """Returns the Curve of means over equal stretches, at most `num_windows`, at mean steps."""
    size = -(-len(curve.steps) // num_windows) or 1
    return Curve(*(np.array([values[start:start + size].mean()
                             for start in range(0, len(values), size)]) for values in curve))
