"""Which players are preferred: strengths with intervals, and whether there is any preference.

Votes of one listener hang together, as do votes on continuations of one beginning. The variance of
a strength is that over single votes, and by how much those over listeners and over beginnings are
larger. Intervals and p are of t with Satterthwaite's degrees of freedom. One listener's votes say
something of this listener alone. All this is without a bootstrap: where every vote is for one
player, all samples are the same, and an interval over them has no width.

Source: Cameron, Gelbach & Miller 2011, Robust inference with multiway clustering; Bell & McCaffrey
2002, Bias reduction in standard errors for linear regression with multi-stage samples.
"""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.listening.bradley_terry import log_likelihood, shrunk, strengths
from magenta_reg.analysis.listening.votes import LEFT, NEITHER
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import corrected
from magenta_reg.analysis.statistics.permutation import permutation_p

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
    n_beginnings = len(set(beginnings))
    found = Preference(players, wins, {}, {}, None, None, len(set(listeners)), n_beginnings,
                       _find_reason(wins, n_beginnings))
    if found.reason:
        return found
    extra = shrunk(wins) - wins
    values = strengths(wins + extra)
    variances = _variances(tables, values, extra, (listeners, beginnings))
    ratio = likelihood_ratio(wins + extra)
    permuted = likelihood_ratio(
        _permuted(np.random.default_rng(seed), tables, beginnings) + extra)
    names = {player: np.eye(len(players))[index] for index, player in enumerate(players)}
    pairs = {pair: names[pair[0]] - names[pair[1]] for pair in itertools.combinations(players, 2)}

    def estimate(contrast):
        return _estimate(float(contrast @ values), n_beginnings, [
            (contrast @ each @ contrast, freedom) for each, freedom in variances])

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
        return f'beginnings with votes: {n_beginnings}, at least {MIN_BEGINNINGS} are needed'
    if connected_components(wins + wins.T, directed=False)[0] > 1:
        return 'some were never compared with the rest, not even through others'
    return ''


def _variances(tables, values, extra, clusterings):
    """Returns a list of (float64 [players, players], degrees of freedom) of strengths.

    The first is over single votes, the others over clusters; what `shrunk` added is in all. It is
    the jackknife's to first order: the score of a cluster is divided by what it leaves to the rest.
    """
    chance = 1 / (1 + np.exp(values - values[:, np.newaxis]))
    voted = tables + tables.transpose(0, 2, 1)
    scores = (tables - voted * chance).sum(axis=2)
    known = _laplacian(voted * chance * (1 - chance))
    information = known.sum(axis=0) + _laplacian((extra + extra.T) * chance * (1 - chance))
    inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)  # Of strengths with mean 0.
    added = extra * (1 - chance) ** 2
    found = []
    for clusters in (np.arange(len(tables)), *clusterings):
        number = clusters.max() + 1
        if number > 1:
            own, sums = np.zeros([number, *known.shape[1:]]), np.zeros([number, len(values), 1])
            np.add.at(own, clusters, known)
            np.add.at(sums[..., 0], clusters, scores)
            left = np.linalg.solve(np.eye(len(values)) - own @ inverse, sums)[..., 0]
            spread = (number - 1) / number * left.T @ left + _laplacian(added + added.T)
            found.append((inverse @ spread @ inverse, number - 1))
    return found


def _laplacian(weights):
    return np.eye(weights.shape[-1]) * weights.sum(axis=-1)[..., np.newaxis] - weights


def _estimate(value, n_beginnings, variances):
    """Returns the Estimate of a number from its variances, each with its degrees of freedom."""
    from scipy import stats

    (of_votes, _), *of_clusters = variances
    variance = of_votes + sum(max(each - of_votes, 0.0) for each, _ in of_clusters)
    freedom = variance ** 2 / sum(each ** 2 / degrees for each, degrees in variances)
    error = float(np.sqrt(variance))
    margin = float(stats.t.ppf(0.975, freedom)) * error
    return Estimate(value, value - margin, value + margin,
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
