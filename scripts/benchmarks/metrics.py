"""Ratios of the peers' readings: the median and the spread over the rounds."""

import statistics
from typing import NamedTuple

from magenta_reg.base.errors import UserError


class Metric(NamedTuple):
    """A quantity of one peer divided by a quantity of another, round by round.

    Attributes:
        name: str, what the number says, for example 'stock / ours, whole commands'.
        over: (str, str), a peer's name and a key of its reading.
        under: (str, str), or None for the quantity `over` itself.
        at_least: float or None, the target.
        at_most: float or None, the target.
    """

    name: str
    over: tuple
    under: tuple | None = None
    at_least: float | None = None
    at_most: float | None = None


class Summary(NamedTuple):
    """A Metric and its values, list of float, one a round."""

    metric: Metric
    values: list

    @property
    def median(self):
        return statistics.median(self.values)

    def is_met(self):
        """Returns whether the median meets the target, None without one."""
        at_least, at_most = self.metric.at_least, self.metric.at_most
        if at_least is None and at_most is None:
            return None
        return ((at_least is None or self.median >= at_least)
                and (at_most is None or self.median <= at_most))

    def to_dict(self):
        return {**self.metric._asdict(), 'median': self.median, 'min': min(self.values),
                'max': max(self.values), 'values': self.values, 'met': self.is_met()}


def summarize(metrics, readings):
    """Returns a Summary for each Metric.

    Args:
        metrics: list of Metric.
        readings: dict of str to list of dict, from `run_rounds`.

    Raises:
        UserError: If a peer did not print a quantity that a metric needs.
    """
    return [Summary(metric, _values(metric, readings)) for metric in metrics]


def _values(metric, readings):
    over = _quantity(metric.over, readings)
    if metric.under is None:
        return over
    return [above / below
            for above, below in zip(over, _quantity(metric.under, readings), strict=True)]


def _quantity(source, readings):
    peer, key = source
    try:
        return [float(reading[key]) for reading in readings[peer]]
    except KeyError as error:
        raise UserError(f'{peer} printed no {key!r}: its last line must be a JSON object with '
                        'it') from error
