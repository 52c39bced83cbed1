"""Schedules equal their formulas; clipping and decay equal updates by hand."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.optimizers import clipped, is_bias, scheduled_learning_rate
from magenta_reg.methods import METHODS
from tests.small import constant_batch, make_experiment


def rates(steps, **hparams):
    experiment = make_experiment(learning_rate=0.01, **hparams)
    with tf.Graph().as_default(), sharded_session() as session:
        step = tf.placeholder(tf.int64, [])
        rate = tf.convert_to_tensor(scheduled_learning_rate(experiment.hparams, step))
        return np.array([session.run(rate, {step: i}) for i in steps])


def test_exponential_and_cosine_equal_their_formulas():
    steps = np.array([0, 1, 50, 99, 100, 250, 5_000])
    np.testing.assert_allclose(
        rates(steps, learning_rate_schedule='exponential', learning_rate_decay_steps=100,
              learning_rate_decay_rate=0.5, learning_rate_min=0.001),
        np.maximum(0.01 * 0.5 ** (steps / 100), 0.001), rtol=1e-4)
    progress = np.minimum(steps / 100, 1)
    np.testing.assert_allclose(
        rates(steps, learning_rate_schedule='cosine', learning_rate_decay_steps=100,
              learning_rate_min=0.001),
        0.001 + 0.009 * (1 + np.cos(np.pi * progress)) / 2, rtol=1e-4)


@pytest.mark.parametrize('schedule', ['constant', 'exponential', 'cosine'])
def test_warm_up_is_a_line_to_the_peak_where_the_schedule_starts(schedule):
    options = {'learning_rate_schedule': schedule, 'learning_rate_decay_steps': 100}
    warm = rates(range(30), learning_rate_warmup_steps=10, **options)
    np.testing.assert_allclose(warm[:10], 0.01 * np.arange(1, 11) / 10, rtol=1e-5)
    np.testing.assert_allclose(warm[10:], rates(range(20), **options), rtol=1e-5)


def test_global_clipping_keeps_the_direction_and_per_tensor_clipping_does_not():
    gradients = [np.array([30.0, 40.0], np.float32), np.array([0.3], np.float32)]
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = [tf.constant(gradient) for gradient in gradients]
        norm = tf.global_norm(tensors)
        by_mode = {mode: session.run(clipped(tensors, norm, 5.0, mode))
                   for mode in ('tensor', 'global')}
    np.testing.assert_allclose(np.concatenate(by_mode['tensor']), [3, 4, 0.3], rtol=1e-5)
    whole = np.concatenate(gradients)
    np.testing.assert_allclose(np.concatenate(by_mode['global']),
                               whole * 5 / np.linalg.norm(whole), rtol=1e-5)


def after_one_update(batch, method='teacher_forcing', **hparams):
    """Returns the metrics, and the weights before and after, of one update."""
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = make_experiment(method, **hparams).builder().build_train(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        variables = {variable.op.name: variable for variable in tf.trainable_variables()}
        for variable in filter(is_bias, variables.values()):
            # As they begin, at 0, nothing could shrink them.
            variable.load(np.full(variable.shape, 0.5, np.float32), session)
        before = session.run(variables)
        metrics, _ = session.run([tensors.metrics, tensors.train_op])
        return metrics, before, session.run(variables)


@pytest.mark.parametrize('method', METHODS)
def test_weight_decay_shrinks_the_generators_weights_beside_adams_update(small_batch, method):
    _, before, plain = after_one_update(small_batch, method)
    _, _, decayed = after_one_update(small_batch, method, weight_decay=0.1)
    for name, value in plain.items():
        is_shrunk = not name.startswith('discriminator') and 'bias' not in name
        expected = value - 0.01 * 0.1 * before[name] if is_shrunk else value
        np.testing.assert_allclose(decayed[name], expected, atol=1e-6, err_msg=name)


def test_biases_are_known_by_name_under_every_encoding():
    with tf.Graph().as_default():
        builder = make_experiment(config='attention_rnn').builder()
        builder.build_steps(tf.placeholder(tf.float32, [1, None, builder.codec.input_size]))
        biases = {variable.op.name.split('/')[-1] for variable in tf.trainable_variables()
                  if is_bias(variable)}
        others = {variable.op.name.split('/')[-1] for variable in tf.trainable_variables()
                  if not is_bias(variable)}
    assert biases == {'bias', 'biases'}
    assert others == {'kernel', 'weights', 'attn_w', 'attn_v'}


def test_gradient_norm_is_the_norm_before_clipping(small_batch):
    tight, _, _ = after_one_update(small_batch, clip_norm=1e-3)
    loose, _, _ = after_one_update(small_batch, clip_norm=1e6)
    assert tight['gradient_norm'] == loose['gradient_norm'] > 1e-2


def test_learning_rate_is_a_metric_only_if_it_changes(small_batch):
    assert 'learning_rate' not in after_one_update(small_batch)[0]
    metrics, _, _ = after_one_update(small_batch, learning_rate_warmup_steps=10)
    assert metrics['learning_rate'] == pytest.approx(0.001)


@pytest.mark.parametrize('hparams', [
    {'clip_mode': 'all'}, {'learning_rate_schedule': 'step'}, {'learning_rate_decay_steps': 0},
    {'learning_rate_warmup_steps': -1}, {'learning_rate_decay_rate': 1.5}, {'weight_decay': -0.1},
    {'learning_rate_min': 1.0}])
def test_settings_of_updates_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment(**hparams).builder()
