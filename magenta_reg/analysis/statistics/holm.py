"""p-values corrected for their number."""

import numpy as np

from magenta_reg.analysis.statistics.estimate import finite

ALPHA = 0.05


def holm(p_values):
    """Returns p-values, as list of float, adjusted for their number by Holm's step-down method.

    Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
    """
    p_values = np.asarray(p_values, np.float64)
    order = np.argsort(p_values, kind='stable')
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1)
    return adjusted.tolist()


def corrected(estimates):
    """Returns a dict of Estimates, all tests of a table, with their p corrected as `p_holm`."""
    tested = [key for key, each in estimates.items() if finite(each.p) is not None]
    adjusted = holm([estimates[key].p for key in tested])
    return estimates | {key: estimates[key]._replace(p_holm=p)
                        for key, p in zip(tested, adjusted, strict=True)}
