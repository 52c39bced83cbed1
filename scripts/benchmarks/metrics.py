"""Metrics of the peers' readings: the median and the range over the rounds."""

import math
import statistics
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError

from .targets import Target


class Metric(NamedTuple):
    """A quantity of one peer divided by a quantity of another, round by round.

    Attributes:
        name: str, what the number says, for example 'stock / ours, whole commands'.
        over: (str, str), a peer's name and a key of its reading; None for 1.
        under: (str, str), or None for the quantity `over` itself.
        target: Target, for what is in the table; or None.
        factor: float, the quotient is multiplied with it.
    """

    name: str
    over: tuple | None
    under: tuple | None = None
    target: Target | None = None
    factor: float = 1.0

    @property
    def peers(self):
        """Names of the peers that it reads: list of str."""
        return [source[0] for source in (self.over, self.under) if source]

    def values(self, readings):
        """Returns list of float, one a round."""
        over, under = (_quantity(source, readings) if source else None
                       for source in (self.over, self.under))
        num_rounds = len(over or under)
        return [self.factor * above / below for above, below in
                zip(over or [1.0] * num_rounds, under or [1.0] * num_rounds, strict=True)]

    def points(self, readings):
        """Returns what a Slope has; a Metric has none."""
        return []


class Slope(NamedTuple):
    """How a quantity grows: the slope of log(quantity) by log(size), by least squares.

    Attributes:
        name: str.
        sources: dict of a size, float, to (str, str), a peer's name and a key of its reading.
        target: Target or None.
        factor: float, the quantities are multiplied with it.
    """

    name: str
    sources: dict
    target: Target | None = None
    factor: float = 1.0

    @property
    def peers(self):
        """Names of the peers that it reads: list of str."""
        return [peer for peer, _ in self.sources.values()]

    def values(self, readings):
        """Returns list of float, one slope a round."""
        rows = [_quantity(source, readings) for source in self.sources.values()]
        sizes = np.log([float(size) for size in self.sources])
        return [float(np.polyfit(sizes, np.log(column), 1)[0])
                for column in zip(*rows, strict=True)]

    def points(self, readings):
        """Returns list of [size, median quantity]."""
        return [[float(size), self.factor * statistics.median(_quantity(source, readings))]
                for size, source in self.sources.items()]


class Summary(NamedTuple):
    """A Metric or a Slope, its values, list of float, one a round, and its points."""

    metric: object
    values: list
    points: list = ()

    @property
    def median(self):
        return statistics.median(self.values)

    def reached(self):
        """Returns 'aim', 'bar' or 'no', by the median; None without a bar."""
        target = self.metric.target
        if target is None or target.bar is None:
            return None
        sign = -1 if target.at_most else 1
        best = math.inf if target.aim is None else sign * target.aim
        if sign * self.median >= best:
            return 'aim'
        return 'bar' if sign * self.median >= sign * target.bar else 'no'

    def to_dict(self):
        target = self.metric.target
        return {'name': self.metric.name, 'target': target and target._asdict(),
                'median': self.median, 'min': min(self.values), 'max': max(self.values),
                'values': self.values, 'reached': self.reached(),
                **({'points': self.points} if self.points else {})}


def summarize(metrics, readings):
    """Returns a Summary for each Metric or Slope.

    Args:
        metrics: list of Metric or Slope.
        readings: dict of str to list of dict, from `run_rounds`.

    Raises:
        UserError: If a peer did not print a quantity that a metric needs.
    """
    return [Summary(metric, metric.values(readings), metric.points(readings))
            for metric in metrics]


def _quantity(source, readings):
    peer, key = source
    try:
        return [float(reading[key]) for reading in readings[peer]]
    except KeyError as error:
        raise UserError(f'{peer} printed no {key!r}: its last line must be a JSON object with '
                        'it') from error
