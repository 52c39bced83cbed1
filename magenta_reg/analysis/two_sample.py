"""Are two sets of hidden states alike? Tests in the original space, over melodies.

Every test takes two arrays [melodies, positions, units] whose rows i belong together, and treats
the melody, not the state, as the unit of evidence: states of one melody resemble each other.
"""

from typing import NamedTuple

import numpy as np


class Accuracy(NamedTuple):
    """How well a classifier tells two sets apart: 0.5 not at all, 1.0 always.

    Attributes:
        mean: float in [0, 1], over held-out folds.
        standard_error: float, over melodies.
        n: int, melodies in each set.
    """

    mean: float
    standard_error: float
    n: int


def classifier_accuracy(first, second, seed, num_positions=64, num_folds=5):
    """Returns the accuracy of the classifier two-sample test, by logistic regression.

    Row i of both sets is in the same fold, so nothing of a melody is known from training.

    Args:
        first: float array [melodies, positions, units].
        second: float array of the same shape.
        seed: int, of the positions drawn and of the folds.
        num_positions: int, drawn from each melody, the same ones in both sets; fewer where there
            are fewer.
        num_folds: int.

    Returns:
        Accuracy.

    Source: Lopez-Paz & Oquab 2017 (1610.06545), section 3.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    first, second = _draw_positions(first, second, seed, num_positions)
    num_melodies, num_positions, units = first.shape
    states = np.concatenate([first.reshape(-1, units), second.reshape(-1, units)])
    sets = np.repeat([0, 1], num_melodies * num_positions)
    melodies = np.tile(np.repeat(np.arange(num_melodies), num_positions), 2)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = GroupKFold(num_folds, shuffle=True, random_state=seed)
    # The matrices are so small that threads wait for each other longer than they work.
    with threadpool_limits(1):
        guesses = cross_val_predict(classifier, states, sets, groups=melodies, cv=folds)
    right = np.bincount(melodies, weights=guesses == sets) / (2 * num_positions)
    return Accuracy(float(right.mean()), float(right.std(ddof=1) / np.sqrt(num_melodies)),
                    num_melodies)


def classifier_floor(states, seed, num_splits=5, **options):
    """Returns the same accuracy between random halves of one set: what 'alike' looks like.

    Args:
        states: float array [melodies, positions, units].
        seed: int.
        num_splits: int, random halvings that are averaged.
        **options: As for `classifier_accuracy`.

    Returns:
        Accuracy, the mean over the halvings with the mean standard error of one.
    """
    rng = np.random.default_rng(seed)
    half = len(states) // 2
    found = []
    for split in range(num_splits):
        order = rng.permutation(len(states))
        found.append(classifier_accuracy(
            states[order[:half]], states[order[half:2 * half]], seed + split, **options))
    return Accuracy(float(np.mean([each.mean for each in found])),
                    float(np.mean([each.standard_error for each in found])), half)


def _draw_positions(first, second, seed, num_positions):
    """Draws positions of each melody, the same ones in both sets."""
    num_melodies, all_positions, _ = first.shape
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(all_positions), [num_melodies, 1]), axis=1)
    drawn = order[:, :num_positions, np.newaxis]
    return np.take_along_axis(first, drawn, 1), np.take_along_axis(second, drawn, 1)
