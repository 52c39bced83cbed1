"""The distances between two sets of hidden states, taken of the states themselves.

The unit is the melody, since states of one melody resemble each other. A distance is prepared once
for a pool of melodies and then answers for any choice of them by sums over what it prepared:
permutations, bootstrap resamples and halves cost little. Pools and choices are those of `pools`.
States of the same melody are never compared with each other.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.states.classifiers import SEQUENCES_RIDGE, prepare_classifier
from magenta_reg.analysis.states.frechet import prepare_extrapolated, prepare_frechet
from magenta_reg.analysis.states.mauve import prepare_mauve
from magenta_reg.analysis.states.pools import mean_of, ratio
from magenta_reg.measures.mmd import median_square, squared_distances

# Pairs of so many states decide the width of the kernel.
_MEDIAN_STATES = 500
_BLOCK_STATES = 128
# Of this many nearest items one is nearly always in the set; the few states left look further.
_NEAREST_ITEMS = 24


class Distance(NamedTuple):
    """A distance between two sets of states; text.md says under its name what it is.

    Attributes:
        title: str, for figures and tables.
        prepare: function of (pool, seed) to a function of two choices to float64 [choices].
        is_unbiased: bool, whether its mean over all halvings is the distance of the whole sets, and
            that of two halves of one set 0: then the distance itself is the excess over its floor.
        is_of_sequences: bool, whether its pool has `sequence_features` in place of states.
    """

    title: str
    prepare: Callable
    is_unbiased: bool = False
    is_of_sequences: bool = False


def prepare_centroid(pool, seed):
    """Prepares |m1 - m2| / s, s^2 the mean of the two sets' total variances."""
    del seed
    pool = pool - pool.mean(axis=(0, 1))
    means, squares = pool.mean(axis=1), np.sum(pool ** 2, axis=2).mean(axis=1)

    def evaluate(first, second):
        centres = [mean_of(choice, means) for choice in (first, second)]
        variances = [mean_of(choice, squares) - np.sum(centre ** 2, axis=1)
                     for choice, centre in zip((first, second), centres, strict=True)]
        return ratio(np.linalg.norm(centres[0] - centres[1], axis=1),
                     np.sqrt(np.mean(variances, axis=0)))

    return evaluate


def prepare_mmd(pool, seed):
    """Prepares MMD^2 over pairs of different melodies, in both modes and between them."""
    items, positions, units = pool.shape
    states = pool.reshape(-1, units)
    drawn = np.random.default_rng(seed).permutation(len(states))[:_MEDIAN_STATES]
    width = 2 * median_square(squared_distances(states[drawn], states[drawn]))
    # Entry i, j is the mean kernel between the states of the items i and j.
    kernel = np.concatenate([
        np.exp(-squared_distances(block, states) / width)
        .reshape(-1, positions, items, positions).mean(axis=(1, 3)) for block in _blocks(pool)])
    kernel = np.where(_are_other_melodies(items), kernel, 0.0)

    def evaluate(first, second):
        of_first, of_second = first @ kernel, second @ kernel

        def mean(sums, one, other):
            return np.sum(sums * other, axis=1) / _weight_of_pairs(one, other)

        return (mean(of_first, first, first) + mean(of_second, second, second)
                - 2 * mean(of_first, first, second))

    return evaluate


def prepare_nearest(pool, seed):
    """Prepares |log(a / b)|, a the mean distance of second's states to first's nearest, b first's.

    Both too far from first and too close to where it is dense are a difference; 0 is none.
    """
    del seed
    items, positions, units = pool.shape
    states = pool.reshape(-1, units)
    # Entry s, i is the distance of state s to the nearest state of the item i.
    nearest = np.concatenate([
        np.sqrt(squared_distances(block, states).reshape(-1, items, positions).min(axis=2))
        for block in _blocks(pool)])
    # Equal states differ by rounding errors.
    nearest[nearest < 1e-6 * np.sqrt(np.mean(states ** 2))] = 0
    nearest[np.repeat(~_are_other_melodies(items), positions, axis=0)] = np.inf
    order = np.argsort(nearest, axis=1)[:, :_NEAREST_ITEMS]
    closest = np.take_along_axis(nearest, order, axis=1)

    def to_nearest(is_present):
        present = is_present[order]
        found = closest[np.arange(len(closest)), present.argmax(axis=1)]
        is_open = ~present.any(axis=1)
        found[is_open] = nearest[is_open][:, is_present].min(axis=1)
        return found.reshape(items, positions).mean(axis=1)

    def evaluate(first, second):
        distances = np.stack([to_nearest(choice > 0) for choice in first])
        quotient = ratio(*(np.sum(choice * np.where(choice > 0, distances, 0), axis=1)
                           / choice.sum(axis=1) for choice in (second, first)))
        with np.errstate(divide='ignore'):  # States that first has exactly: reported as undefined.
            return np.abs(np.log(quotient))

    return evaluate


DISTANCES = {
    'classifier': Distance('classifier accuracy', prepare_classifier),
    'sequences': Distance('sequence classifier', functools.partial(
        prepare_classifier, ridge=SEQUENCES_RIDGE), is_of_sequences=True),
    'mmd': Distance('MMD²', prepare_mmd, is_unbiased=True),
    'frechet': Distance('Fréchet distance', prepare_frechet),
    'frechet_extrapolated': Distance('Fréchet distance², extrapolated', prepare_extrapolated),
    'mauve': Distance('1 \N{MINUS SIGN} MAUVE', prepare_mauve),
    'centroid': Distance('centroid distance', prepare_centroid),
    'nearest': Distance('nearest neighbour', prepare_nearest),
}


def _blocks(pool):
    """Yields all states of a few items at a time, [states, units]: pairs with all fit in memory."""
    size = max(1, _BLOCK_STATES // pool.shape[1])
    for start in range(0, len(pool), size):
        yield pool[start:start + size].reshape(-1, pool.shape[2])


def _weight_of_pairs(first, second):
    """Returns the weight of all pairs of different melodies of two choices: float64 [choices]."""
    of_melodies = [choice.reshape(len(choice), 2, -1).sum(axis=1) for choice in (first, second)]
    totals = [weights.sum(axis=1) for weights in of_melodies]
    return np.prod(totals, axis=0) - np.sum(np.prod(of_melodies, axis=0), axis=1)


def _are_other_melodies(items):
    """Returns bool [items, items], whether two items are of different melodies."""
    melodies = np.arange(items) % (items // 2)
    return melodies[:, np.newaxis] != melodies
