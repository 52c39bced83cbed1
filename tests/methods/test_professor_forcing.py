"""Professor forcing: who learns from what, the gates, the mask, the costs."""

import numpy as np
import pytest

from magenta_reg.compat import tf
from magenta_reg.errors import UserError
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.methods.discriminator import (
    discriminator_costs,
    discriminator_logits,
    discriminator_variables,
)
from tests.small import constant_batch, make_experiment


class Built:
    """A professor forcing graph with its parts, in the default graph and session."""

    def __init__(self, batch, **hparams):
        self.builder = make_experiment('professor_forcing', **hparams).builder()
        self.tensors = self.builder.build_train(constant_batch(batch))
        self.losses = self.tensors.figures
        discriminator, of_behaviour = self.builder.discriminator_gradients(self.losses)
        self.generator = self.builder.generator_gradients(self.losses, of_behaviour)
        self.generator_step = self.builder.optimizer().apply_gradients(self.generator)
        self.discriminator_step = self.builder.discriminator_update(
            discriminator, self.losses['discriminator_gate'])
        self.session = tf.get_default_session()
        self.session.run(tf.global_variables_initializer())

    def weights(self):
        names = {'generator': generator_variables(), 'discriminator': discriminator_variables()}
        return {part: np.concatenate([value.ravel() for value in self.session.run(variables)])
                for part, variables in names.items()}


@pytest.fixture
def graph_and_session():
    with tf.Graph().as_default(), tf.Session():
        yield


@pytest.mark.usefixtures('graph_and_session')
def test_each_step_leaves_the_other_networks_variables_unchanged(small_batch):
    built = Built(small_batch, gate_generator=0.0, gate_discriminator=1.0)
    start = built.weights()
    built.session.run(built.discriminator_step)
    after_discriminator = built.weights()
    np.testing.assert_array_equal(after_discriminator['generator'], start['generator'])
    assert (after_discriminator['discriminator'] != start['discriminator']).mean() > 0.5
    built.session.run(built.generator_step)
    after_generator = built.weights()
    np.testing.assert_array_equal(after_generator['discriminator'],
                                  after_discriminator['discriminator'])
    assert (after_generator['generator'] != start['generator']).mean() > 0.5


@pytest.mark.usefixtures('graph_and_session')
def test_one_update_moves_both_networks_by_gradients_of_the_same_moment(small_batch):
    built = Built(small_batch, gate_generator=0.0, gate_discriminator=1.0)
    start = built.weights()
    built.session.run(built.tensors.train_op)
    moved = built.weights()
    assert (moved['generator'] != start['generator']).mean() > 0.5
    assert (moved['discriminator'] != start['discriminator']).mean() > 0.5
    assert built.session.run(built.tensors.global_step) == 1


@pytest.mark.usefixtures('graph_and_session')
def test_generator_gate_lets_the_adversarial_gradient_through_only_above_it(small_batch):
    # Accuracy is never above 1, so a gate of 1 is always shut; a gate of 0 is open above 0.
    shut = Built(small_batch, gate_generator=1.0)
    losses = shut.losses
    plain = tf.concat([tf.reshape(gradient, [-1]) for gradient, _ in
                       shut.builder.clipped_gradients(losses['loss'])], axis=0)
    gated = tf.concat([tf.reshape(gradient, [-1]) for gradient, _ in
                       shut.generator], axis=0)
    gate, plain, gated = shut.session.run([losses['generator_gate'], plain, gated])
    assert gate == 0
    np.testing.assert_allclose(gated, plain, atol=1e-7)



def test_open_generator_gate_adds_the_adversarial_gradient(small_batch):
    with tf.Graph().as_default(), tf.Session():
        opened = Built(small_batch, gate_generator=0.0)
        plain = opened.builder.clipped_gradients(opened.losses['loss'])
        gated = opened.generator
        gate, plain, gated = opened.session.run(
            [opened.losses['generator_gate'], [g for g, _ in plain], [g for g, _ in gated]])
    assert gate == 1
    assert all(np.abs(with_cost - without).max() > 1e-6
               for with_cost, without in zip(gated, plain, strict=True))


@pytest.mark.usefixtures('graph_and_session')
@pytest.mark.parametrize('use_c_t', [False, True])
def test_generator_gradient_equals_that_of_the_costs_themselves(small_batch, use_c_t):
    built = Built(small_batch, gate_generator=0.0, use_c_t=use_c_t, adversarial_weight=0.7,
                  clip_norm=1e6)
    direct = tf.gradients(built.losses['loss'] + 0.7 * built.losses['adversarial_loss'],
                          generator_variables())
    for _ in range(30):  # Logits away from 0, where the factors differ.
        built.session.run(built.discriminator_step)
    direct, gradients = built.session.run([direct, [gradient for gradient, _ in built.generator]])
    for expected, gradient in zip(direct, gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.usefixtures('graph_and_session')
def test_shut_discriminator_gate_leaves_its_weights_and_moments_alone(small_batch):
    # Accuracy is above 0 for some decision, so a gate of 0 is shut.
    built = Built(small_batch, gate_discriminator=0.0)
    assert built.session.run(built.losses['discriminator_accuracy']) > 0
    assert built.session.run(built.losses['discriminator_gate']) == 0
    own = [variable for variable in tf.global_variables()
           if variable.op.name.startswith('discriminator/')]
    assert any('Adam' in variable.op.name for variable in own)
    before = built.session.run(own)
    built.session.run(built.tensors.train_op)
    for old, new in zip(before, built.session.run(own), strict=True):
        np.testing.assert_array_equal(old, new)


def test_costs_equal_the_papers_formulas():
    rng = np.random.default_rng(0)
    real, free = rng.normal(size=[2, 9]) * 3
    with tf.Graph().as_default(), tf.Session() as session:
        costs = session.run(discriminator_costs(tf.constant(real), tf.constant(free)))
    d_real, d_free = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-free))
    expected = (-np.log(d_real).mean() - np.log(1 - d_free).mean(), -np.log(d_free).mean(),
                -np.log(1 - d_real).mean(), np.concatenate([d_real > 0.5, d_free < 0.5]).mean())
    np.testing.assert_allclose(costs, expected, rtol=1e-6)


def test_what_lies_beyond_a_rows_length_does_not_reach_the_discriminator():
    rng = np.random.default_rng(1)
    behaviour = rng.normal(size=[3, 12, 4]).astype(np.float32)
    lengths = np.array([12, 7, 3], np.int32)
    other = np.where(np.arange(12)[np.newaxis, :, np.newaxis] < lengths[:, np.newaxis, np.newaxis],
                     behaviour, 1e3).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        given = tf.placeholder(tf.float32, [None, None, 4])
        logits = discriminator_logits(given, tf.constant(lengths), 5, [6])
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(logits, {given: behaviour}),
                                      session.run(logits, {given: other}))


@pytest.mark.usefixtures('graph_and_session')
def test_discriminator_learns_to_tell_a_frozen_generators_two_modes_apart(small_batch):
    built = Built(small_batch, discriminator_learning_rate=0.02, gate_discriminator=1.0)
    costs = [built.session.run([built.losses['discriminator_loss'], built.discriminator_step])[0]
             for _ in range(60)]
    assert np.mean(costs[-5:]) < 0.5 * costs[0]
    assert built.session.run(built.losses['discriminator_accuracy']) > 0.8


@pytest.mark.parametrize('hparams', [
    {'gate_generator': 1.5}, {'gate_discriminator': -0.1}, {'adversarial_weight': -1.0},
    {'discriminator_gru_units': 0}, {'discriminator_mlp_layer_sizes': [4, 0]},
    {'discriminator_learning_rate': 0.0},
])
def test_settings_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment('professor_forcing', **hparams).builder()
