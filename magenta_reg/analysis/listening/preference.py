"""Which players are preferred: strengths with intervals, and whether there is any preference.

Votes of one listener hang together, as do votes on continuations of one beginning. The variance of
a strength is that over listeners plus that over beginnings minus that over single votes, which both
contain; each is of 1,000 bootstrap samples. One listener's votes say something of this listener
alone: there it is the variance over beginnings.

Source: Cameron, Gelbach & Miller 2011, Robust inference with multiway clustering; t has as many
degrees of freedom as the smaller number of clusters, less one.
"""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.listening.bradley_terry import log_likelihood, shrunk, strengths
from magenta_reg.analysis.listening.votes import LEFT, NEITHER
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.permutation import permutation_p

NUM_RESAMPLES = 1000
NUM_PERMUTATIONS = 2000
MIN_BEGINNINGS = 6


class Preference(NamedTuple):
    """What votes say of the players.

    Attributes:
        players: list of str, those that were voted on.
        wins: float64 [players, players], how often i was preferred to j; no preference is 0.5.
        strengths: dict of player to Estimate, log odds, with mean 0.
        differences: dict of (player, player) to Estimate, the first's strength minus the second's.
        likelihood_ratio: float, twice the nats by which strengths explain the votes better than
            no preference does.
        p: float, the share of exchanges of continuations of the same beginning between players
            with at least this likelihood ratio.
        n_listeners, n_beginnings: int.
        reason: str, why there are no strengths, or ''.
    """

    players: list
    wins: np.ndarray
    strengths: dict
    differences: dict
    likelihood_ratio: float | None
    p: float | None
    n_listeners: int
    n_beginnings: int
    reason: str = ''


def find_preference(votes, test, seed):
    """Returns the Preference of Votes on a BlindTest; pairs that are heard again count once."""
    votes = [vote for vote in votes if test.pairs[vote.pair].repeats is None]
    heard = {player for vote in votes for player in test.pairs[vote.pair].sides}
    players = [player for player in test.players if player in heard]
    tables, listeners, beginnings = _tables(votes, test, players)
    wins = tables.sum(axis=0)
    sizes = len(set(listeners)), len(set(beginnings))
    found = Preference(players, wins, {}, {}, None, None, *sizes, _find_reason(wins, sizes[1]))
    if found.reason:
        return found
    extra = shrunk(wins) - wins
    values = strengths(wins + extra)
    rng = np.random.default_rng(seed)
    drawn = [_resampled(rng, tables, clusters, extra)
             for clusters in (listeners, beginnings, np.arange(len(votes)))]
    ratio = likelihood_ratio(wins + extra)
    permuted = likelihood_ratio(_permuted(rng, tables, beginnings) + extra)
    names = {player: np.eye(len(players))[index] for index, player in enumerate(players)}
    pairs = {pair: names[pair[0]] - names[pair[1]] for pair in itertools.combinations(players, 2)}

    def estimate(contrast):
        return _estimate(contrast @ values, [each @ contrast for each in drawn], sizes)

    return found._replace(
        strengths={player: estimate(own) for player, own in names.items()},
        differences=corrected({pair: estimate(own) for pair, own in pairs.items()}),
        likelihood_ratio=float(ratio), p=permutation_p(ratio, permuted, 1e-9))


def likelihood_ratio(wins):
    """Returns float64 [...], twice the log-likelihood of the strengths over that of all equal."""
    found = strengths(wins)
    return 2 * (log_likelihood(wins, found) - log_likelihood(wins, np.zeros_like(found)))


def _tables(votes, test, players):
    """Returns float64 [votes, players, players], a vote's wins, and its listener and beginning."""
    tables = np.zeros([len(votes), len(players), len(players)])
    for table, vote in zip(tables, votes, strict=True):
        left, right = map(players.index, test.pairs[vote.pair].sides)
        table[left, right] = 0.5 if vote.word == NEITHER else float(vote.word == LEFT)
        table[right, left] = 1.0 - table[left, right]
    return tables, *(np.unique(each, return_inverse=True)[1] if each else np.zeros(0, int)
                     for each in ([vote.listener for vote in votes],
                                  [test.pairs[vote.pair].melody for vote in votes]))


def _find_reason(wins, n_beginnings):
    from scipy.sparse.csgraph import connected_components

    if n_beginnings < MIN_BEGINNINGS:
        return f'votes on {n_beginnings} beginnings, on at least {MIN_BEGINNINGS} are needed'
    if connected_components(wins + wins.T, directed=False)[0] > 1:
        return 'some were never compared with the rest, not even through others'
    return ''


def _resampled(rng, tables, clusters, extra):
    """Returns float64 [resamples, players]: strengths with clusters drawn with replacement.

    They are scaled about their mean: of n clusters, resamples vary by sqrt(1 - 1 / n) too little.
    """
    num_clusters = clusters.max() + 1
    if num_clusters == 1:
        return np.zeros([NUM_RESAMPLES, len(extra)])
    sums = np.zeros([num_clusters, *extra.shape])
    np.add.at(sums, clusters, tables)
    counts = rng.multinomial(num_clusters, np.full(num_clusters, 1 / num_clusters), NUM_RESAMPLES)
    drawn = strengths(np.einsum('rc,cij->rij', counts, sums) + extra)
    return drawn.mean(axis=0) + (drawn - drawn.mean(axis=0)) / np.sqrt(1 - 1 / num_clusters)


def _estimate(value, drawn, sizes):
    """Returns the Estimate of a number from what it is over listeners, beginnings and votes."""
    from scipy import stats

    n_listeners, n_beginnings = sizes
    of_listeners, of_beginnings, of_votes = (each.var() for each in drawn)
    variance = of_beginnings
    freedom = n_beginnings - 1
    if n_listeners > 1:
        variance = max(of_listeners + of_beginnings - of_votes, of_listeners, of_beginnings)
        freedom = min(n_listeners, n_beginnings) - 1
    error = float(np.sqrt(variance))
    margin = stats.t.ppf(0.975, freedom) * error
    return Estimate(float(value), float(value - margin), float(value + margin),
                    p=float(2 * stats.t.sf(abs(value) / error, freedom)),
                    n_melodies=n_beginnings, standard_error=error)


def _permuted(rng, tables, beginnings):
    """Returns float64 [permutations, players, players]: wins with players' names exchanged.

    Within each beginning the players that are heard there exchange their continuations, the same
    for all listeners: if all play equally well, that changes nothing.
    """
    total = np.zeros([NUM_PERMUTATIONS, *tables.shape[1:]])
    for beginning in range(beginnings.max() + 1):
        wins = tables[beginnings == beginning].sum(axis=0)
        heard = np.flatnonzero((wins + wins.T).sum(axis=0))
        orders = rng.permuted(np.tile(heard, [NUM_PERMUTATIONS, 1]), axis=1)
        firsts, seconds = orders[:, :, np.newaxis], orders[:, np.newaxis, :]
        rows = np.arange(NUM_PERMUTATIONS)[:, np.newaxis, np.newaxis]
        total[rows, firsts, seconds] += wins[np.ix_(heard, heard)]
    return total
