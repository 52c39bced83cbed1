"""Measured numbers as JSON has them."""

import math

import numpy as np


def plain(value):
    """Returns a value in JSON's types: NamedTuples as dicts, what is not finite as None.

    Args:
        value: NamedTuple, dict, list, tuple, NumPy array or number, str or None, nested at will.
    """
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
