"""MAUVE on hidden states: how much two distributions differ when both kinds of error count.

Source: Pillutla et al. 2021 (2102.01454), "MAUVE: Measuring the Gap Between Neural Text and Human
Text using Divergence Frontiers", sections 2 and 3, with the constants of its package.
"""

import numpy as np

from magenta_reg.analysis.states.pools import mean_of, principal_components

_COMPONENTS = 16
# Ten states a cluster, as in the paper; more clusters than these cost more and say little.
_STATES_PER_CLUSTER = 10
_MAX_CLUSTERS = 50
_SCALE = 5.0
_MIXTURES = np.linspace(1e-6, 1 - 1e-6, 25)


def prepare_mauve(pool, seed):
    """Prepares 1 - MAUVE of the shares of the states in the clusters of the whole pool.

    Resamples share the clusters: intervals of few melodies are somewhat narrow.
    """
    from sklearn.cluster import KMeans

    states = principal_components(pool, _COMPONENTS)
    items, positions, k = states.shape
    num_clusters = int(np.clip(items * positions / 2 / _STATES_PER_CLUSTER, 2, _MAX_CLUSTERS))
    clusters = KMeans(num_clusters, n_init=1, random_state=seed).fit_predict(states.reshape(-1, k))
    shares = np.eye(num_clusters)[clusters.reshape(items, positions)].mean(axis=1)
    return lambda first, second: 1 - mauve(mean_of(first, shares), mean_of(second, shares))


def mauve(first, second):
    """Returns the area under the divergence curve of histograms: 1 if equal, about 0 if apart.

    The curve has the points exp(-c KL(q || r)), exp(-c KL(p || r)) for the mixtures
    r = w p + (1 - w) q, and (1, 0) and (0, 1).

    Args:
        first, second: float64 [..., clusters], shares p and q.
    """
    curve = np.array([[_similarity(each, w * first + (1 - w) * second)
                       for each in (second, first)] for w in _MIXTURES])
    ends = np.ones_like(curve[:1, :1, ...])
    points = np.concatenate([np.concatenate([ends, 0 * ends], axis=1), curve,
                             np.concatenate([0 * ends, ends], axis=1)])
    x, y = points[:, 0], points[:, 1]
    return np.sum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2, axis=0)


def _similarity(shares, mixture):
    """Returns exp(-c KL(shares || mixture)), [...]; the mixture has a share wherever they have."""
    is_there = shares > 0
    ratios = np.where(is_there, shares, 1) / np.where(is_there, mixture, 1)
    return np.exp(-_SCALE * np.sum(shares * np.log(ratios), axis=-1))
