"""Dropout and zoneout: Magenta's distribution, masks that depend on no history, expectations."""

import numpy as np
import pytest
from scipy import stats

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.dropout import Masks
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.graph.sampling import OUTPUT_DROPOUT, ZONEOUT
from magenta_reg.graph.unroll import unroll_feedback, unroll_teacher_forced
from magenta_reg.methods import METHODS
from tests.reference import network
from tests.small import constant_batch, make_experiment, make_melodies

NOISES = [{'dropout_keep_prob': 0.5}, {'dropout_keep_prob': 0.5, 'dropout_mode': 'variational'},
          {'recurrent_dropout_keep_prob': 0.6}, {'zoneout_prob': 0.3},
          {'dropout_keep_prob': 0.7, 'recurrent_dropout_keep_prob': 0.6, 'zoneout_prob': 0.3}]


def drawn(build, steps, batch_size=200, num_steps=12, **options):
    """Returns what `build` makes of a Masks, at each of some global steps."""
    with tf.Graph().as_default(), sharded_session() as session:
        step = tf.placeholder(tf.int64, [])
        tensor = build(Masks(3, step, (batch_size, num_steps), **options))
        return [session.run(tensor, {step: i}) for i in steps]


@pytest.mark.parametrize('keep_prob', [0.25, 0.5, 0.9])
def test_a_share_of_keep_prob_is_kept_scaled_so_that_the_mean_stays(keep_prob):
    values, = drawn(lambda masks: masks.dropout(keep_prob, OUTPUT_DROPOUT, 0, 500)[7], [5])
    assert set(np.unique(values)) == {0, np.float32(1 / keep_prob)}
    kept = int((values > 0).sum())
    assert stats.binomtest(kept, values.size, keep_prob).pvalue > 0.01
    # The other side: a rate that is a hundredth off would be seen.
    assert stats.binomtest(kept, values.size, keep_prob - 0.01).pvalue < 1e-6
    assert values.mean() == pytest.approx(1, abs=0.02)


def test_masks_differ_by_step_and_time_and_layer_and_repeat_with_them():
    def masks_of(masks):
        return [masks.dropout(0.5, OUTPUT_DROPOUT, layer, 30) for layer in (0, 1)]
    first, other_step, again = drawn(masks_of, [1, 2, 1], 8)
    np.testing.assert_array_equal(first, again)
    different = [masks[layer][time] for masks in (first, other_step) for layer in (0, 1)
                 for time in (0, 1)]
    for index, one in enumerate(different):
        for other in different[index + 1:]:
            assert 0.3 < (one == other).mean() < 0.7


def test_variational_masks_stay_through_time_and_change_with_the_step():
    one, other_step = drawn(lambda masks: masks.dropout(0.5, OUTPUT_DROPOUT, 0, 30), [1, 2], 8,
                            is_variational=True)
    np.testing.assert_array_equal(one, one[:1].repeat(12, axis=0))
    assert 0.3 < (one[0] == other_step[0]).mean() < 0.7


def test_a_shorter_pass_sees_the_first_masks_of_a_longer_one():
    masks = [drawn(lambda masks: masks.dropout(0.5, OUTPUT_DROPOUT, 1, 31), [4], 3,
                   num_steps)[0] for num_steps in (7, 513)]
    assert [mask.shape for mask in masks] == [(7, 3, 31), (513, 3, 31)]
    np.testing.assert_array_equal(masks[0], masks[1][:7])


def test_zoneout_keeps_the_old_value_with_its_probability():
    is_old, = drawn(lambda masks: masks.zoneout(0.3, ZONEOUT[0], 0, 500)[7], [5])
    assert stats.binomtest(int(is_old.sum()), is_old.size, 0.3).pvalue > 0.01


def losses_of(experiment, batch, steps):
    """Returns the training loss at each of some global steps, of one graph in fresh sessions."""
    with tf.Graph().as_default() as graph:
        tensors = experiment.builder().build_train(constant_batch(batch))
        start, losses = tf.global_variables_initializer(), []
        for step in steps:
            with tf.Session(graph=graph) as session:
                session.run(start)
                tensors.global_step.load(step, session)
                losses.append(session.run(tensors.metrics['loss']))
        return losses


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('noise', NOISES[:1] + NOISES[-1:], ids=str)
def test_a_step_draws_the_same_masks_whatever_ran_before(small_batch, method, noise):
    experiment = make_experiment(method, **noise)
    first, other_step, again = losses_of(experiment, small_batch, [7, 8, 7])
    assert first == again
    assert other_step != first
    assert losses_of(experiment._replace(seed=1), small_batch, [7]) != [first]


@pytest.mark.parametrize('noise', NOISES, ids=str)
@pytest.mark.parametrize(('config', 'residual'), [
    ('lookback_rnn', False), ('lookback_rnn', True), ('attention_rnn', True)])
def test_noise_adds_no_variables_and_both_ways_through_time_see_the_same(config, residual, noise):
    experiment = make_experiment(config=config, residual_connections=residual, **noise)
    stored = make_batch(make_melodies(3, seed=4), experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        builder, batch = experiment.builder(), constant_batch(stored)
        network = builder.make_network(batch, tf.constant(5, tf.int64))
        stored_pass = unroll_teacher_forced(network, batch, with_states=True)
        fed = unroll_feedback(network, batch, tf.ones(tf.shape(batch.labels), tf.bool),
                              tf.zeros(tf.shape(batch.labels))).outputs
        session.run(tf.global_variables_initializer())
        shapes = {variable.op.name: tuple(variable.shape.as_list())
                  for variable in generator_variables()}
        outputs, states, fed = session.run([*stored_pass[:2], fed])
    plain = make_experiment(config=config, residual_connections=residual)
    assert shapes == plain.builder().variable_shapes()
    assert states.shape == (*stored.labels.shape, 12 + 10)
    for row, length in enumerate(stored.lengths):
        np.testing.assert_allclose(outputs[row, :length], fed[row, :length], atol=1e-5)
        is_dropped = outputs[row, :length] == 0
        if 'dropout_mode' in noise:
            assert is_dropped.any()
            np.testing.assert_array_equal(is_dropped, is_dropped[:1].repeat(length, axis=0))
        else:
            share = 1 - noise.get('dropout_keep_prob', 1.0)
            assert is_dropped.mean() == pytest.approx(share, abs=0.16)


def evaluation_nll(experiment, batch):
    with tf.Graph().as_default(), sharded_session() as session:
        evaluation = experiment.builder().build_eval(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        for index, variable in enumerate(generator_variables()):
            rng = np.random.default_rng(index)
            variable.load(rng.normal(size=variable.shape).astype(np.float32), session)
        return session.run(evaluation.nll_nats)


def test_evaluation_has_no_dropout_of_any_kind_and_expected_zoneout(small_batch):
    plain = evaluation_nll(make_experiment(), small_batch)
    for noise in NOISES[:3]:
        np.testing.assert_array_equal(evaluation_nll(make_experiment(**noise), small_batch), plain)
    zoned = evaluation_nll(make_experiment(zoneout_prob=0.3), small_batch)
    assert np.abs(zoned - plain).max() > 0.01
    np.testing.assert_array_equal(
        zoned, evaluation_nll(make_experiment(zoneout_prob=0.3), small_batch))


@pytest.mark.parametrize('config', ['basic_rnn', 'attention_rnn'])
def test_evaluation_equals_numpy_where_zoneout_is_its_expectation(config):
    experiment = make_experiment(config=config, zoneout_prob=0.3, dropout_keep_prob=0.5)
    batch = make_batch(make_melodies(3, seed=5), experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        evaluation = experiment.builder().build_eval(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        variables = {variable.op.name: variable for variable in generator_variables()}
        found, weights = session.run([evaluation, variables])
    expected = network.forward(weights, experiment.hparams, batch.inputs.astype(np.float64))
    nll_nats = network.nll_nats(expected.logits, batch.labels)
    for row, length in enumerate(batch.lengths):
        np.testing.assert_allclose(found.states[row, :length], expected.states[row, :length],
                                   atol=1e-5)
        np.testing.assert_allclose(found.nll_nats[row, :length], nll_nats[row, :length], atol=1e-5)


@pytest.mark.parametrize('hparams', [
    {'dropout_mode': 'same'}, {'recurrent_dropout_keep_prob': 0.0}, {'zoneout_prob': 1.0}])
def test_noise_out_of_range_is_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment(**hparams).builder()
