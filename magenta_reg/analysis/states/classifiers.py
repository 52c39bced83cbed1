"""How well a linear classifier tells two sets apart: single states, or whole melodies' states."""

import numpy as np

from magenta_reg.analysis.states.pools import mean_of, principal_components, ratio

# As shares of the mean variance. Nearly collinear units carry much of what tells the modes apart:
# more would hide it. Of features of sequences there are nearly as many as melodies.
_STATES_RIDGE = 1e-4
SEQUENCES_RIDGE = 0.1
SEQUENCE_COMPONENTS = 8
LAGS = (1, 4, 16)


def sequence_features(teacher_forced, free_running):
    """Returns what all states of a melody together are like, for a classifier of whole melodies.

    Of each of the first principal components of both modes' states: mean, standard deviation,
    minimum, maximum, and autocorrelation at LAGS.

    Args:
        teacher_forced, free_running: float array [melodies, positions, units].

    Returns:
        two float64 [melodies, 1, features], of either mode.
    """
    states = np.concatenate([teacher_forced, free_running]).astype(np.float32)
    components = principal_components(states, SEQUENCE_COMPONENTS).astype(np.float64)
    means = components.mean(axis=1, keepdims=True)
    centred = components - means
    variances = np.mean(centred ** 2, axis=1)
    summaries = [means[:, 0], np.sqrt(variances), components.min(axis=1), components.max(axis=1)]
    for lag in (lag for lag in LAGS if 2 * lag <= components.shape[1]):
        products = np.mean(centred[:, lag:] * centred[:, :-lag], axis=1)
        summaries.append(np.where(variances > 0, ratio(products, variances), 0))
    features = np.concatenate(summaries, axis=1)[:, np.newaxis]
    return features[:len(teacher_forced)], features[len(teacher_forced):]


def prepare_classifier(pool, seed, num_folds=5, ridge=_STATES_RIDGE):
    """Prepares the accuracy of a linear classifier on melodies of folds it was not fitted to.

    A linear discriminant of standardized units: the difference of the two sets' means, in the
    metric of the covariance of the training folds' pool, with the threshold halfway between the
    means. That covariance does not depend on which set an item is in, so every permutation shares
    it. All items of a melody are in one fold.
    """
    pool = pool - pool.mean(axis=(0, 1))
    pool /= np.maximum(pool.std(axis=(0, 1)), np.finfo(np.float32).tiny)
    items, positions, units = pool.shape
    rank = np.random.default_rng(seed).permutation(items // 2)
    folds = np.tile(rank % num_folds, 2)
    means = pool.mean(axis=1)
    inverses = [_inverse_covariance(pool[folds != fold].reshape(-1, units), ridge)
                for fold in range(num_folds)]

    def evaluate(first, second):
        positive = np.empty([len(first), items])
        for fold, inverse in enumerate(inverses):
            is_test = folds == fold
            centres = [mean_of(choice * ~is_test, means) for choice in (first, second)]
            weights = (centres[0] - centres[1]) @ inverse
            thresholds = np.sum(weights * (centres[0] + centres[1]) / 2, axis=1)
            scores = pool[is_test].reshape(-1, units) @ weights.T - thresholds
            positive[:, is_test] = (np.sign(scores).reshape(-1, positions, len(first))
                                    .mean(axis=1).T + 1) / 2
        right = [np.sum(choice * guess, axis=1) / choice.sum(axis=1)
                 for choice, guess in ((first, positive), (second, 1 - positive))]
        return np.mean(right, axis=0)

    return evaluate


def _inverse_covariance(states, ridge):
    """Returns the inverse of the covariance with a share more variance, [units, units]."""
    states = states - states.mean(axis=0)
    covariance = states.T @ states / len(states)
    added = ridge * np.trace(covariance) / len(covariance)
    return np.linalg.inv(covariance + added * np.eye(len(covariance)))
