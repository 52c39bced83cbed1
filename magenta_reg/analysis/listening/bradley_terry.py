"""Strengths from votes on pairs: the model of Bradley and Terry.

Player i is preferred to player j with probability e^(s_i) / (e^(s_i) + e^(s_j)); no preference
counts as half a vote for each.

Source: Bradley & Terry 1952, Rank analysis of incomplete block designs; Hunter 2004, MM algorithms
for generalized Bradley-Terry models, equation (3).
"""

import numpy as np

_TOLERANCE = 1e-10
_MAX_ITERATIONS = 20_000
_INFINITE = 'no finite strengths: some players won or lost every vote'


def strengths(wins):
    """Returns the most likely strengths, float64 [..., players], in log odds with mean 0.

    Args:
        wins: float array [..., players, players]: how often i was preferred to j. They are finite
            only if no part of the players won or lost every vote against the rest.
    """
    wins = np.asarray(wins, np.float64)
    voted = wins + np.swapaxes(wins, -1, -2)
    won, found = wins.sum(axis=-1), np.zeros(wins.shape[:-1])
    if not won.all():
        raise ValueError(_INFINITE)
    for _ in range(_MAX_ITERATIONS):
        odds = np.exp(found)
        sums = odds[..., :, np.newaxis] + odds[..., np.newaxis, :]
        new = np.log(won) - np.log((voted / sums).sum(axis=-1))
        new -= new.mean(axis=-1, keepdims=True)
        change = np.abs(new - found).max()
        found = new
        if change < _TOLERANCE:
            return found
    raise ValueError(_INFINITE)


def log_likelihood(wins, found):
    """Returns float64 [...], the log-likelihood of votes, in nats, under strengths."""
    differences = found[..., :, np.newaxis] - found[..., np.newaxis, :]
    return -(wins * np.logaddexp(0.0, -differences)).sum(axis=(-1, -2))


def shrunk(wins):
    """Returns the wins with 1 / players of a vote more on either side of each pair voted on.

    So the strengths are finite where a player won every vote. It is the correction by which the
    bias of the strengths is smallest: of two players half a vote each; of more, the same in a
    balanced design among equals.

    Source: Haldane 1956 for two; Firth 1993, Bias reduction of maximum likelihood estimates.
    """
    wins = np.asarray(wins, np.float64)
    return wins + ((wins + np.swapaxes(wins, -1, -2)) > 0) / wins.shape[-1]
