"""One record for every measured number: its interval, its test, its chance level."""

import math
from typing import NamedTuple

import numpy as np

OVER_BOTH = 'melodies and seeds'
OVER_MELODIES = 'melodies alone'


class Estimate(NamedTuple):
    """A measured number; numbers are floats, or float64 arrays [points] where it is a curve.

    What does not apply is None. Without a value, `reason` says why.

    Attributes:
        value, low, high: the number and its 95% interval.
        p: float, two-sided unless the measure has one side, of the test `test`; None of a
            difference between methods where there is one seed.
        floor: Estimate of what the measure gives where there is no difference (chance level); its
            interval holds 95% of random halvings.
        n_melodies: int.
        n_seeds: int, of a difference those that both methods have.
        reason: str, why there is no value; of a curve a list of str or None, one a point.
        at_floor_size: the same measure at the size of the halves of the floor: compares with it.
        on_all: float, where the value is the excess over a floor: the measure itself, on all.
        standard_error: float, of the value; over melodies and seeds where p is.
        degrees_of_freedom: float, of t = value / standard_error.
        standardized: float, a difference over the deviation of melodies' differences (d_z).
        p_melodies: float, of the test over melodies alone where there is one seed: about these
            networks, not about others of the same methods.
        p_holm: float, p corrected for the number of tests, by `corrected`.
        null_high: float, 95% of the permutations are below.
        test: str.
        resamples: float64 [resamples, ...], bootstrap values about the value; resample k has the
            same melodies in all that was measured with the same seed.
    """

    value: object = None
    low: object = None
    high: object = None
    p: float | None = None
    floor: object = None
    n_melodies: int | None = None
    n_seeds: int | None = None
    reason: str = ''
    at_floor_size: object = None
    on_all: float | None = None
    standard_error: float | None = None
    standardized: float | None = None
    p_melodies: float | None = None
    p_holm: float | None = None
    null_high: float | None = None
    test: str = ''
    degrees_of_freedom: float | None = None
    resamples: object = None

    @property
    def over(self):
        """What interval and p are over: with one seed they speak of this one network."""
        return OVER_BOTH if (self.n_seeds or 0) > 1 else OVER_MELODIES

    @property
    def excess(self):
        """How far the measure is above its floor, at the size of the floor."""
        return self.at_floor_size - self.floor.value

    def plain(self, *fields, **renamed):
        """Returns value, low and high as results.json has them, and the fields named.

        Args:
            *fields: str, names of attributes.
            **renamed: key in the result to name of an attribute.
        """
        names = {'value': 'value', 'low': 'low', 'high': 'high',
                 **{name: name for name in fields}, **renamed}
        return {key: plain(getattr(self, name)) for key, name in names.items()}


class EstimateCurve(NamedTuple):
    """An Estimate against updates or positions.

    Attributes:
        points: int64 [points], updates; or [points + 1], the ends of stretches of positions: point
            k is over [points[k], points[k + 1]).
        estimate: Estimate of arrays [points].
    """

    points: np.ndarray
    estimate: Estimate


def unboxed(value):
    """Returns an array as it is, one of no dimension as float."""
    return value if np.ndim(value) else float(value)


def finite(value):
    """Returns a number as float, None if it is None or not finite."""
    return None if value is None or not np.isfinite(value) else float(value)


def plain(value):
    """Returns a value in JSON's types: NamedTuples as dicts, what is not finite as None.

    Args:
        value: Estimate (its value and interval), NamedTuple, dict, list, tuple, NumPy array or
            number, str or None, nested at will.
    """
    if isinstance(value, Estimate):
        return value.plain()
    if hasattr(value, '_asdict'):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
