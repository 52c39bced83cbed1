"""p-values by permutation."""

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import normalized

NUM_FLIPS = 10000
# All 2^n sign-flips are counted up to here.
_EXACT_MELODIES = 12


def permutation_p(value, permuted, margin):
    """Returns the share, in (0, 1], of permutations and of the value itself that are as large.

    Args:
        value: float.
        permuted: float array [permutations], the same of permuted data.
        margin: float, what sums in another order may differ by.
    """
    return float((1 + np.sum(permuted >= value - margin)) / (1 + len(permuted)))


def averaged_p(p_values):
    """Returns one p of several tests of one hypothesis, however they depend on each other.

    It is twice their mean; of one test its own.

    Source: Vovk & Wang 2020, "Combining p-values via averaging".
    """
    return min(1.0, (2 if len(p_values) > 1 else 1) * float(np.mean(p_values)))


def sign_flip_p(differences, seed, weights=None, num_flips=NUM_FLIPS):
    """Returns the two-sided p-value, in (0, 1], that paired differences are symmetric around 0.

    Every assignment of signs is equally likely then; all 2^n are counted for up to 12 melodies,
    random ones for more. Differences and weights are float arrays [melodies].
    """
    terms = np.asarray(differences, np.float64) * normalized(weights, len(differences))
    value, n, margin = abs(terms.sum()), len(terms), 1e-12 * np.abs(terms).sum()
    if n <= _EXACT_MELODIES:
        bits = np.arange(2 ** n)[:, np.newaxis] >> np.arange(n) & 1
        return float(np.mean(np.abs((2.0 * bits - 1) @ terms) >= value - margin))
    bits = np.random.default_rng(seed).integers(2, size=[num_flips, n], dtype=np.int8)
    return permutation_p(value, np.abs((2.0 * bits - 1) @ terms), margin)
