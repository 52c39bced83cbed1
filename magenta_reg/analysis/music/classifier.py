"""Can a classifier tell generated melodies from real ones by their musical features?"""

import numpy as np

from magenta_reg.analysis.comparison.held_out import MIN_MELODIES
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.permutation import permutation_p

# A transition matrix has more entries than a set has melodies: it would only add noise.
_MAX_SIZE = 25
_NUM_FOLDS = 5
_NUM_PERMUTATIONS = 999
_NUM_HALVINGS = 20
# Ridge penalty for each melody, of columns with variance 1.
_PENALTY = 0.1


def music_two_sample(generated, real, seed):
    """Runs a classifier two-sample test on the features of melodies.

    The classifier is a ridge regression on the labels +-1, whose held-out guesses are linear in
    the labels: so all permutations are fitted anew at the price of one matrix product. Row i of
    both sets had the same primer: it is in one fold, and a permutation swaps within rows. A feature
    that a melody lacks counts as the mean, and that it lacks it is a column of its own.

    Args:
        generated, real: dict of feature name to float64 [melodies, size], of `measure_features`.
        seed: int, of folds, permutations and halvings.

    Returns:
        Estimate of the accuracy on melodies that it was not fitted to: 0.5 is guessing, 1.0 always
        right. The standard error is over rows (a generated and a real melody each). `floor` is the
        accuracy between two halves of the real melodies (mean over halvings; 95% of them are below
        `high`), and `at_floor_size` that of generated and real halves.

    Source: Lopez-Paz & Oquab 2017 (1610.06545), section 3.
    """
    first, second = _matrix(generated), _matrix(real)
    n = len(second)
    if n < MIN_MELODIES:
        return Estimate(n_melodies=n, reason=f'{n} melodies, at least {MIN_MELODIES} are needed')
    if np.all(np.ptp(standard_columns(first, second), axis=0) == 0):
        return Estimate(n_melodies=n, reason='all melodies have the same features')
    rng = np.random.default_rng(seed)
    signs = np.concatenate([np.ones([1, n]), rng.choice([-1.0, 1.0], [_NUM_PERMUTATIONS, n])])
    right = right_shares(first, second, signs.T, _folds(n, rng))
    accuracy, permuted = right[:, 0].mean(), right[:, 1:].mean(axis=0)
    halves, floors = np.array([_halves(first, second, rng) for _ in range(_NUM_HALVINGS)]).T
    return Estimate(
        float(accuracy), p=permutation_p(accuracy, permuted, 1e-9), n_melodies=n, n_seeds=1,
        standard_error=float(right[:, 0].std(ddof=1) / np.sqrt(n)),
        null_high=float(np.percentile(permuted, 95)), at_floor_size=float(halves.mean()),
        floor=Estimate(float(floors.mean()), high=float(np.percentile(floors, 95))))


def _matrix(features):
    """Returns the features side by side, float64 [melodies, columns]."""
    return np.concatenate([features[name] for name, feature in FEATURES.items()
                           if feature.size <= _MAX_SIZE], axis=1)


def _halves(first, second, rng):
    """Returns the accuracy of generated against real halves, and of real against real."""
    order = rng.permutation(len(second))
    half = len(order) // 2
    rows, others = order[:half], order[half:2 * half]
    folds, plain = _folds(half, rng), np.ones([half, 1])
    return [right_shares(each[rows], second[others], plain, folds).mean()
            for each in (first, second)]


def _folds(n, rng):
    return rng.permutation(np.arange(n) % _NUM_FOLDS)


def standard_columns(first, second):
    """Returns both sets as columns with mean 0 and variance 1, float64 [2 * melodies, columns].

    No label is used, so that a permutation of labels leaves them as they are.
    """
    columns = np.concatenate([first, second])
    missing = np.isnan(columns)
    columns = np.where(missing, 0, columns)
    means = columns.sum(axis=0) / np.maximum((~missing).sum(axis=0), 1)
    columns = np.where(missing, means, columns) - means
    lacks = np.unique(missing, axis=1).astype(np.float64)
    columns = np.concatenate([columns, lacks - lacks.mean(axis=0)], axis=1)
    deviations = columns.std(axis=0)
    is_constant = deviations < 1e-12
    return np.where(is_constant, 0, columns / np.where(is_constant, 1, deviations))


def right_shares(first, second, signs, folds):
    """Returns the share of each row's two melodies that a classifier of other folds gets right.

    Args:
        first, second: float64 [n, columns].
        signs: float64 [n, permutations], 1, or -1 where first and second of a row are swapped.
        folds: int64 [n].

    Returns:
        float64 [n, permutations], 0, 0.5 or 1.
    """
    columns = standard_columns(first, second)
    folds = np.concatenate([folds, folds])
    labels = np.concatenate([signs, -signs])
    guesses = np.empty_like(labels)
    for fold in range(_NUM_FOLDS):
        is_test = folds == fold
        train = columns[~is_test]
        mean = train.mean(axis=0)
        train = train - mean
        penalty = _PENALTY * len(train) * np.eye(columns.shape[1])
        # Each fold has as many labels of either kind: their mean, the intercept, is 0.
        slopes = np.linalg.solve(train.T @ train + penalty, train.T @ labels[~is_test])
        guesses[is_test] = (columns[is_test] - mean) @ slopes
    right = (guesses * labels > 0) + 0.5 * (guesses == 0)
    return (right[:len(first)] + right[len(first):]) / 2
