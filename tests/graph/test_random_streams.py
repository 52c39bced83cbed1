"""Random numbers of different uses, layers, updates and seeds are independent, by their numbers.

Tolerances: a correlation within 4.5 standard errors of 0, and a chi-square of joint coins with
p above 1e-5. With some 200 pairs of independent streams one of these fails once in 400 seeds; the
seed is fixed, so that nothing is left to chance.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.sampling import (
    COINS,
    FREE_RUNNING,
    OUTPUT_DROPOUT,
    POSITIONS,
    RECURRENT_DROPOUT,
    ROLLOUTS,
    SAMPLES,
    WINDOWS,
    ZONEOUT,
    layer_chances,
    step_uniforms,
)

SHAPE = (80, 64)
UNIFORMS = {'coins': COINS, 'samples': SAMPLES, 'free running': FREE_RUNNING, 'windows': WINDOWS,
            'rollouts': ROLLOUTS, 'positions': POSITIONS}
MASKS = {'output dropout': OUTPUT_DROPOUT, 'recurrent dropout': RECURRENT_DROPOUT,
         'zoneout of c': ZONEOUT[0], 'zoneout of h': ZONEOUT[1]}
# Updates far apart and side by side, and some that a sum or product of both could confuse.
STEPS = (0, 1, 2, 63, 64, 65, 1000)


def drawn(seeds=(5,), steps=(7,), layers=(0,)):
    """Returns dict of name to bool of SHAPE, whether something of probability 0.5 happens."""
    draws = {}
    with tf.Graph().as_default(), sharded_session() as session:
        at = tf.placeholder(tf.int64, [])
        for seed in seeds:
            for name, stream in UNIFORMS.items():
                draws[name, seed] = step_uniforms(SHAPE, seed, at, stream) < 0.5
            for name, stream in MASKS.items():
                for layer in layers:
                    draws[name, seed, layer] = layer_chances(SHAPE, 0.5, seed, at, stream, layer)
        return {(*key, step): value for step in steps
                for key, value in session.run(draws, {at: step}).items()}


def assert_independent(draws):
    """Asserts it of every pair of bool arrays: equal half of the time, all four cases as often."""
    for (first, one), (second, other) in itertools.combinations(draws.items(), 2):
        correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(one.size), (first, second)
        counts = np.bincount(2 * one.ravel() + other.ravel(), minlength=4)
        assert stats.chisquare(counts).pvalue > 1e-5, (first, second)


def test_streams_of_one_update_are_independent():
    draws = drawn(layers=(0, 1, 2))
    assert len(draws) == 6 + 4 * 3
    assert_independent(draws)


def test_streams_of_one_seed_are_independent_of_other_streams_of_the_next():
    assert_independent(drawn(seeds=(4, 5)))


@pytest.mark.parametrize('name', [*UNIFORMS, *MASKS])
def test_a_stream_changes_with_the_update_and_the_seed(name):
    draws = drawn(seeds=(0, 1, 16), steps=STEPS)
    assert_independent({key: value for key, value in draws.items() if key[0] == name})


def test_layers_of_one_update_and_those_of_the_next_do_not_share_numbers():
    draws = drawn(steps=(0, 1, 2), layers=(0, 1, 62, 63))
    assert_independent({key: value for key, value in draws.items() if key[0] == 'output dropout'})


def test_what_is_drawn_does_not_depend_on_which_event_is_replaced():
    """Coins and samples, in all the tenths of both: one stream for both would fill a diagonal."""
    with tf.Graph().as_default(), sharded_session() as session:
        step = tf.constant(7, tf.int64)
        coins, samples = session.run([step_uniforms([200, 200], 5, step, stream)
                                      for stream in (COINS, SAMPLES)])
    counts, _, _ = np.histogram2d(coins.ravel(), samples.ravel(), bins=10, range=[[0, 1]] * 2)
    assert stats.chisquare(counts.ravel()).pvalue > 0.01


def test_draws_come_again_with_their_seed_and_update():
    first, again = drawn(steps=(3, 9)), drawn(steps=(9, 3))
    assert first.keys() == again.keys()
    for key, value in first.items():
        np.testing.assert_array_equal(value, again[key])


def test_a_seed_gives_the_numbers_that_it_gave_to_published_runs():
    """By the formula (16 seed + stream, step), with 64 layers a step and draws 2^40 steps apart."""
    with tf.Graph().as_default(), sharded_session() as session:
        step, found, wanted = tf.constant(7, tf.int64), [], []
        for number, name in enumerate(['coins', 'samples', 'free running', *[None] * 4, 'windows',
                                       'rollouts', 'positions']):
            for draw in (0, 2) if name else ():
                found.append(step_uniforms([9], 5, step, UNIFORMS[name], draw))
                wanted.append(tf.random.stateless_uniform([9], [80 + number, 7 + draw * 2 ** 40]))
        for one, other in zip(*session.run([found, wanted]), strict=True):
            np.testing.assert_array_equal(one, other)
        for number, name in enumerate(MASKS, 3):
            chances = session.run(layer_chances([3, 3], 0.3, 5, step, MASKS[name], 2))
            words = session.run(tf.random.stateless_uniform(
                [5], [80 + number, 7 * 64 + 2], None, None, tf.int32))
            # Each word is two numbers of 16 bits, with sign.
            numbers = (words.view(np.int16)[:9] / 2 ** 16 + 0.5).reshape(3, 3)
            np.testing.assert_array_equal(chances, numbers < 0.3)
