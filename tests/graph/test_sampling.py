"""Draws follow the softmax and depend on (seed, step, stream) alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.sampling import COINS, SAMPLES, Sampling, sample_classes, step_uniforms


def run(build):
    with tf.Graph().as_default(), sharded_session() as session:
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


def kept_classes(logits, sampling):
    """Returns the classes that can be drawn, and float64 probabilities of all at temperature."""
    scaled = logits.astype(np.float64) / sampling.temperature
    order = sorted(range(len(logits)), key=lambda index: (-scaled[index], index))
    order = order[:sampling.top_k or None]
    weights = np.exp(scaled - scaled.max())
    total, reached, kept = weights[order].sum(), 0.0, []
    for index in order:
        if kept and reached >= sampling.top_p:
            break
        kept.append(index)
        reached += weights[index] / total
    return sorted(kept), weights


# Halves of small integers, so that there are ties, and their sums do not lie at a given top_p.
tied_logits = st.lists(st.integers(-6, 6), min_size=2, max_size=12)


@settings(max_examples=60)
@given(tied_logits, st.integers(0, 14), st.sampled_from([0.123, 0.377, 0.731, 0.957, 1.0]),
       st.sampled_from([0.5, 1.0, 2.0]))
def test_draws_follow_the_softmax_of_the_classes_that_top_k_and_top_p_leave(
        halves, top_k, top_p, temperature):
    logits, sampling = np.float32(halves) / 2, Sampling(temperature, top_k, top_p)
    uniforms = np.linspace(0, 1, 200, endpoint=False, dtype=np.float32)
    drawn = run(lambda: sample_classes(tf.constant(np.tile(logits, [len(uniforms), 1])),
                                       tf.constant(uniforms), sampling))
    kept, weights = kept_classes(logits, sampling)
    ends = np.cumsum(weights[kept]) / weights[kept].sum()
    places = np.array([kept.index(one) for one in drawn])
    assert (uniforms <= ends[places] + 1e-5).all()
    assert (uniforms >= np.append(0, ends)[places] - 1e-5).all()


def test_of_equal_logits_at_the_border_the_lower_classes_stay():
    logits = np.tile(np.float32([0, 1, 1, 1, -1]), [300, 1])
    uniforms = np.linspace(0, 1, 300, endpoint=False, dtype=np.float32)
    for sampling in (Sampling(top_k=2), Sampling(top_p=0.5)):
        classes = run(lambda one=sampling: sample_classes(
            tf.constant(logits), tf.constant(uniforms), one))
        assert set(classes) == {1, 2}


def test_one_class_at_least_stays():
    logits = np.random.default_rng(3).normal(size=[50, 7]).astype(np.float32)
    for sampling in (Sampling(top_k=1), Sampling(top_p=1e-9)):
        classes = run(lambda one=sampling: sample_classes(
            tf.constant(logits), tf.fill([50], 0.999), one))
        np.testing.assert_array_equal(classes, logits.argmax(axis=1))


@pytest.mark.parametrize(('top_p', 'kept'), [
    (0.25, [0]), (0.5, [0, 1]), (0.500001, [0, 1, 2]), (0.75, [0, 1, 2])])
def test_a_set_that_just_reaches_top_p_is_enough(top_p, kept):
    # Four probabilities of exactly a quarter; with 8 rows or more the softmax rounds otherwise.
    uniforms = np.float32([0.0, 0.4, 0.7, 0.99])
    classes = run(lambda: sample_classes(tf.zeros([4, 4]), tf.constant(uniforms),
                                         Sampling(top_p=top_p)))
    assert sorted(set(classes)) == kept


@pytest.mark.parametrize(('sampling', 'sorts'), [
    (Sampling(), False), (Sampling(0.7), False), (Sampling(top_k=7), False),
    (Sampling(top_k=6), True), (Sampling(top_p=0.9), True)])
def test_classes_are_sorted_only_where_some_are_left_out(sampling, sorts):
    with tf.Graph().as_default() as graph:
        sample_classes(tf.zeros([5, 7]), tf.zeros([5]), sampling)
        assert any('TopK' in operation.type for operation in graph.get_operations()) == sorts


@pytest.mark.parametrize(('sampling', 'named'), [
    (Sampling(-0.5), '--temperature=-0.5 .* 0 or more'),
    (Sampling(float('nan')), '--temperature=nan'),
    (Sampling(float('inf')), '--temperature=inf .* finite'), (Sampling(top_k=-1), '--top_k=-1 '),
    (Sampling(top_p=0.0), r'--top_p=0.0 .*\(0, 1\]'), (Sampling(top_p=1.01), '--top_p=1.01 ')])
def test_values_out_of_range_are_named(sampling, named):
    with pytest.raises(UserError, match=named):
        sampling.check()


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
