"""A comparison of a few small models, its blind test, and votes of made-up listeners."""

import numpy as np

from magenta_reg.analysis.listening.blind_test import make_test
from magenta_reg.analysis.listening.votes import LEFT, NEITHER, RIGHT, Vote
from tests.analysis.fake_comparison import make_comparison
from tests.analysis.fake_runs import MarkovModel, make_melodies, make_transitions

NAMES = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing']


def make_small(folder, monkeypatch, names=NAMES, seeds=1, num_melodies=20):
    """Returns a Comparison of methods that play differently."""
    models = [MarkovModel(make_transitions(10 * index + seed), name, seed=seed)
              for index, name in enumerate(names) for seed in range(seeds)]
    return make_comparison(folder, monkeypatch, models, make_melodies(make_transitions(0), 24, 48),
                           num_melodies=num_melodies)


def make_small_test(folder, monkeypatch, **options):
    """Returns the BlindTest of `make_small`."""
    return make_test(make_small(folder, monkeypatch, **options))


def simulate_votes(test, strengths, num_listeners, rng, share_neither=0.0, spread=0.0,
                   of_sounds=0.0):
    """Returns Votes drawn from the model.

    Args:
        strengths: dict of player to float, log odds.
        share_neither: float, of votes without a preference, whatever the pair.
        spread: float, standard deviation of each listener's own strengths about these.
        of_sounds: float, standard deviation of single continuations about their player's strength.
    """
    votes, added = [], {sound: rng.normal(0, of_sounds) for sound in test.sounds}
    for listener in range(num_listeners):
        own = {player: value + rng.normal(0, spread) for player, value in strengths.items()}
        for index, pair in enumerate(test.pairs):
            left, right = (own[player] + added[pair.melody, player] for player in pair.sides)
            word = LEFT if rng.random() < 1 / (1 + np.exp(right - left)) else RIGHT
            votes.append(Vote(f'L{listener}', index,
                              NEITHER if rng.random() < share_neither else word))
    return votes
