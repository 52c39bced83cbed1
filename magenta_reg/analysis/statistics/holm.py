"""p-values corrected for their number."""

import numpy as np

ALPHA = 0.05


def holm(p_values):
    """Returns p-values adjusted for their number by Holm's step-down method.

    Args:
        p_values: sequence of float.

    Returns:
        list of float, in the same order, at most 1.

    Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values, kind='stable')
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1)
    return adjusted.tolist()
