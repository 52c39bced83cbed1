"""Draws follow the softmax and depend on (seed, step, stream) alone."""

import numpy as np
import pytest
from scipy import stats

from magenta_reg.compat import tf
from magenta_reg.graph.sampling import COINS, SAMPLES, Sampling, sample_classes, step_uniforms


def run(build):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build())


def test_samples_follow_the_softmax():
    logits = np.array([0.3, -1.0, 2.0, 0.0, -40.0], np.float32)
    uniforms = np.random.default_rng(0).random(40_000, np.float32)
    classes = run(lambda: sample_classes(tf.tile(logits[np.newaxis], [len(uniforms), 1]),
                                         tf.constant(uniforms)))
    counts = np.bincount(classes, minlength=5)
    expected = np.exp(logits.astype(np.float64))
    assert counts[4] == 0
    expected = expected[:4] * len(uniforms) / expected[:4].sum()
    assert stats.chisquare(counts[:4], expected).pvalue > 0.01


def test_temperature_divides_the_logits():
    logits = np.array([[0.0, 1.0]], np.float32)
    uniforms = np.random.default_rng(1).random(20_000, np.float32)
    share = run(lambda: sample_classes(tf.tile(logits, [len(uniforms), 1]), tf.constant(uniforms),
                                       Sampling(temperature=0.5))).mean()
    assert share == pytest.approx(1 / (1 + np.exp(-2.0)), abs=0.01)


def test_temperature_zero_takes_the_likeliest_class():
    logits = np.random.default_rng(2).normal(size=[50, 7]).astype(np.float32)
    classes = run(lambda: sample_classes(tf.constant(logits), tf.zeros([50]),
                                         Sampling(temperature=0)))
    np.testing.assert_array_equal(classes, logits.argmax(axis=1))


@pytest.mark.parametrize('uniform', [0.0, np.nextafter(np.float32(1), np.float32(0))])
def test_extreme_uniforms_draw_no_class_of_probability_zero(uniform):
    logits = np.array([[-200.0, 1.0, 0.0, -200.0]], np.float32)
    assert run(lambda: sample_classes(tf.constant(logits), tf.constant([uniform])))[0] in (1, 2)


def test_uniforms_depend_on_seed_step_and_stream_and_nothing_else():
    def draw(seed, step, stream):
        return run(lambda: step_uniforms([4, 5], seed, tf.constant(step, tf.int64), stream))
    first = draw(1, 7, COINS)
    np.testing.assert_array_equal(first, draw(1, 7, COINS))
    for other in (draw(2, 7, COINS), draw(1, 8, COINS), draw(1, 7, SAMPLES)):
        assert not np.isclose(first, other).any()
