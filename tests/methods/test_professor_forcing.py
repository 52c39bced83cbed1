"""Professor forcing: who learns from what, the gates, the mask, the costs."""

import functools

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.batches import Batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.graph.unroll import unroll_teacher_forced
from magenta_reg.methods.discriminator import BEHAVIOURS, discriminator_variables
from tests.small import constant_batch, make_experiment

METRICS = [
    'loss', 'accuracy', 'discriminator_accuracy', 'discriminator_accuracy_teacher_forced',
    'discriminator_accuracy_free_running', 'discriminator_loss', 'adversarial_loss', 'c_f', 'c_t',
    'gate_accuracy', 'generator_gate', 'discriminator_gate', 'acted', 'discriminator_gradient_norm',
    'adversarial_gradient_norm', 'gradient_norm']


class Built:
    """A professor forcing graph with its parts, in the default graph and session."""

    def __init__(self, batch, **hparams):
        self.builder = builder = make_experiment('professor_forcing', **hparams).builder()
        self.batch = constant_batch(batch)
        self.made = {}
        for name in ('make_network', 'losses', 'judge', 'discriminator_gradients',
                     'generator_gradients'):
            setattr(builder, name, functools.partial(self._noted, name, getattr(builder, name)))
        self.tensors = builder.build_train(self.batch)
        self.metrics = self.tensors.metrics
        self.network, self.losses = self.made['make_network'], self.made['losses']
        self.behaviours = self.made['judge'].behaviours
        self.discriminator, _ = self.made['discriminator_gradients']
        self.generator, self.own, _ = self.made['generator_gradients']
        self.session = tf.get_default_session()
        self.session.run(tf.global_variables_initializer())

    def _noted(self, name, hook, *arguments):
        """Calls a hook of the builder and keeps what it returns."""
        self.made[name] = hook(*arguments)
        return self.made[name]

    def train_discriminator(self, num_updates, rate=0.02):
        """Updates the discriminator alone. Returns C_d before each update."""
        optimizer = tf.train.AdamOptimizer(rate)
        update = optimizer.apply_gradients(self.discriminator)
        self.session.run(tf.variables_initializer(optimizer.variables()))
        return [self.session.run([self.metrics['discriminator_loss'], update])[0]
                for _ in range(num_updates)]

    def weights(self):
        names = {'generator': generator_variables(), 'discriminator': discriminator_variables()}
        return {part: np.concatenate([value.ravel() for value in self.session.run(variables)])
                for part, variables in names.items()}


@pytest.fixture
def graph_and_session():
    with tf.Graph().as_default(), sharded_session():
        yield


@pytest.mark.usefixtures('graph_and_session')
def test_every_step_reports_who_is_winning_and_which_gates_are_open(small_batch):
    built = Built(small_batch)
    assert sorted(built.tensors.metrics) == sorted(METRICS)
    metrics = built.session.run(built.tensors.metrics)
    assert np.isfinite(list(metrics.values())).all()
    halves = [metrics[f'discriminator_accuracy_{half}'] for half in ('teacher_forced',
                                                                     'free_running')]
    np.testing.assert_allclose(metrics['discriminator_accuracy'], np.mean(halves), rtol=1e-6)


@pytest.mark.usefixtures('graph_and_session')
def test_generator_gate_lets_the_adversarial_gradient_through_only_above_it(small_batch):
    # Accuracy is never above 1, so a gate of 1 is always shut; a gate of 0 is open above 0.
    shut = Built(small_batch, gate_generator=1.0)
    plain = tf.concat([tf.reshape(gradient, [-1]) for gradient, _ in
                       shut.builder.clipped_gradients(shut.losses.loss)[0]], axis=0)
    gated = tf.concat([tf.reshape(gradient, [-1]) for gradient, _ in
                       shut.generator], axis=0)
    gate, plain, gated = shut.session.run([shut.metrics['generator_gate'], plain, gated])
    assert gate == 0
    np.testing.assert_allclose(gated, plain, atol=1e-7)


def test_open_generator_gate_adds_the_adversarial_gradient(small_batch):
    with tf.Graph().as_default(), sharded_session():
        opened = Built(small_batch, gate_generator=0.0)
        plain = opened.builder.clipped_gradients(opened.losses.loss)[0]
        gated = opened.generator
        gate, plain, gated = opened.session.run(
            [opened.metrics['generator_gate'], [g for g, _ in plain], [g for g, _ in gated]])
    assert gate == 1
    assert all(np.abs(with_cost - without).max() > 1e-6
               for with_cost, without in zip(gated, plain, strict=True))


@pytest.mark.usefixtures('graph_and_session')
@pytest.mark.parametrize('hparams', [
    {'use_c_t': False}, pytest.param({'use_c_t': True}, marks=pytest.mark.slow),
    {'behaviour': 'states', 'use_c_t': True},
    {'behaviour': 'readout_logits', 'discriminator_gru_stack': 'alternating',
     'discriminator_gru_layers': 3, 'discriminator_clip_norm': 0.01},
    pytest.param({'free_running_steps': 9, 'use_c_t': True}, marks=pytest.mark.slow),
], ids=str)
def test_generator_gradient_equals_that_of_the_costs_themselves(small_batch, hparams):
    built = Built(small_batch, gate_generator=0.0, adversarial_weight=0.7, clip_norm=1e6,
                  **hparams)
    variables = generator_variables()
    cost = 0.7 * built.metrics['adversarial_loss']
    direct = tf.gradients(built.metrics['loss'] + cost, variables)
    adversarial = tf.gradients(cost, variables, unconnected_gradients='zero')
    built.train_discriminator(30, rate=0.001)  # Logits away from 0, where the factors differ.
    direct, gradients, norm, own_norm = built.session.run(
        [direct, [gradient for gradient, _ in built.generator], tf.global_norm(adversarial),
         built.metrics['adversarial_gradient_norm']])
    for expected, gradient in zip(direct, gradients, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(own_norm, norm, rtol=1e-4)


@pytest.mark.usefixtures('graph_and_session')
@pytest.mark.parametrize('clip', [0.0, 0.01])
def test_discriminators_gradient_is_clipped_by_its_whole_norm_and_reported_before(
        small_batch, clip):
    built = Built(small_batch, discriminator_clip_norm=clip)
    direct = tf.gradients(built.metrics['discriminator_loss'], discriminator_variables())
    norm, clipped_norm, reported = built.session.run(
        [tf.global_norm(direct), tf.global_norm([gradient for gradient, _ in built.discriminator]),
         built.metrics['discriminator_gradient_norm']])
    assert norm > 0.01
    np.testing.assert_allclose(reported, norm, rtol=1e-5)
    np.testing.assert_allclose(clipped_norm, clip or norm, rtol=1e-5)


@pytest.mark.usefixtures('graph_and_session')
@pytest.mark.parametrize(('hparams', 'rate'), [
    ({'discriminator_learning_rate': 0.004}, 0.004),
    ({'discriminator_learning_rate': 0.004, 'discriminator_learning_rate_ratio': 0.1}, 0.001),
    ({'learning_rate_warmup_steps': 4, 'discriminator_learning_rate_ratio': 0.1}, 0.00025),
], ids=['rate', 'ratio', 'ratio_of_warm_up'])
def test_discriminator_learns_at_its_rate_or_at_a_ratio_of_the_generators(
        small_batch, hparams, rate):
    built = Built(small_batch, gate_discriminator=1.0, learning_rate=0.01, **hparams)
    before = built.weights()['discriminator']
    built.session.run(built.tensors.train_op)
    # The first step of Adam is as long as the rate wherever there is a gradient.
    moved = np.abs(built.weights()['discriminator'] - before)
    np.testing.assert_allclose(np.percentile(moved, 90), rate, rtol=0.01)


@pytest.mark.usefixtures('graph_and_session')
def test_steps_beyond_the_free_running_steps_are_not_judged(small_batch):
    judged = [name for name in METRICS if name not in ('loss', 'accuracy', 'gradient_norm')]
    metrics = []
    for batch, steps in ((small_batch, 9), (first_steps(small_batch, 9), 0)):
        with tf.Graph().as_default(), sharded_session():
            built = Built(batch, free_running_steps=steps)
            metrics.append(built.session.run({name: built.metrics[name] for name in judged}))
            assert built.behaviours.free.eval().shape[1] == 9
    for name in judged:
        np.testing.assert_allclose(metrics[0][name], metrics[1][name], rtol=1e-5, err_msg=name)


def first_steps(batch, steps):
    return Batch(batch.inputs[:, :steps], batch.labels[:, :steps],
                 np.minimum(batch.lengths, steps), batch.events[:, :steps + 1])


@pytest.mark.usefixtures('graph_and_session')
@pytest.mark.parametrize('behaviour', BEHAVIOURS)
def test_behaviour_is_what_its_name_says_in_both_passes(small_batch, behaviour):
    built = Built(small_batch, behaviour=behaviour)
    num_classes = built.builder.codec.num_classes
    outputs, states, *_ = unroll_teacher_forced(built.network, built.batch, with_states=True)
    logits = built.network.projection(outputs)
    expected = {'states': states,
                'states_logits': tf.concat([outputs, tf.nn.softmax(logits)], axis=2),
                'all_states_logits': tf.concat([states, tf.nn.softmax(logits)], axis=2),
                'readout_logits': tf.concat([outputs, logits], axis=2)}[behaviour]
    (real, free, _), expected = built.session.run([built.behaviours, expected])
    assert real.shape == free.shape
    is_real = np.arange(real.shape[1]) < small_batch.lengths[:, np.newaxis]
    np.testing.assert_allclose(real[is_real], expected[is_real], rtol=1e-5, atol=1e-6)
    # Both passes are fed the true first event, and part from there.
    np.testing.assert_allclose(free[:, 0], real[:, 0], rtol=1e-5, atol=1e-6)
    assert np.abs(free[:, 1:] - real[:, 1:]).max() > 1e-4
    if behaviour.endswith('states_logits'):
        np.testing.assert_allclose(free[:, :, -num_classes:].sum(axis=2), 1, rtol=1e-5)


@pytest.mark.usefixtures('graph_and_session')
def test_moving_average_advances_once_an_update(small_batch):
    built = Built(small_batch, gate_average=0.9)
    average, expected = 0.5, []
    for _ in range(4):
        seen, accuracy, _ = built.session.run(
            [built.metrics['gate_accuracy'], built.metrics['discriminator_accuracy'],
             built.tensors.train_op])
        average = 0.9 * average + 0.1 * accuracy
        expected.append((seen, average))
    np.testing.assert_allclose(*np.transpose(expected), rtol=1e-5)


@pytest.mark.usefixtures('graph_and_session')
def test_shut_discriminator_gate_leaves_its_weights_and_moments_alone(small_batch):
    # Accuracy is above 0 for some decision, so a gate of 0 is shut.
    built = Built(small_batch, gate_discriminator=0.0)
    assert built.session.run(built.metrics['discriminator_accuracy']) > 0
    assert built.session.run(built.metrics['discriminator_gate']) == 0
    own = [variable for variable in tf.global_variables()
           if variable.op.name.startswith('discriminator/')]
    assert any('Adam' in variable.op.name for variable in own)
    before = built.session.run(own)
    built.session.run(built.tensors.train_op)
    for old, new in zip(before, built.session.run(own), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.usefixtures('graph_and_session')
def test_discriminator_learns_to_tell_a_frozen_generators_two_modes_apart(small_batch):
    built = Built(small_batch)
    costs = built.train_discriminator(60)
    assert np.mean(costs[-5:]) < 0.5 * costs[0]
    assert built.session.run(built.metrics['discriminator_accuracy']) > 0.8


@pytest.mark.parametrize('hparams', [
    {'gate_generator': 1.5}, {'gate_discriminator': -0.1}, {'adversarial_weight': -1.0},
    {'discriminator_gru_units': 0}, {'discriminator_mlp_layer_sizes': [4, 0]},
    {'discriminator_learning_rate': 0.0}, {'discriminator_learning_rate_ratio': -0.1},
    {'discriminator_clip_norm': -1.0}, {'discriminator_gru_layers': 0},
    {'discriminator_gru_stack': 'sideways'}, {'behaviour': 'readout'}, {'gate_average': 1.0},
    {'free_running_steps': -1}, {'adversarial_start_step': -1},
    {'adversary': 'other'}, {'adversarial_learning_rate_ratio': -0.1},
    {'likelihood_reduction': 'max'}, {'adversarial_start': 'later'},
    {'adversarial_start_patience': 0}, {'free_running_start': 'last'},
    {'free_running_steps': 0, 'free_running_start': 'random'}, {'discriminator_updates': 0},
    {'gate_generator_end': 1.1}, {'gate_steps': -1},
])
def test_settings_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment('professor_forcing', **hparams).builder()


@pytest.mark.parametrize('gate', [0.0, 1.0])
def test_settings_at_the_ends_of_their_ranges_are_allowed(gate):
    make_experiment(
        'professor_forcing', gate_generator=gate, gate_generator_end=gate, gate_discriminator=gate,
        gate_average=0.001, gate_steps=1, free_running_steps=1, free_running_start='random',
        adversarial_weight=0.001, adversarial_learning_rate_ratio=0.001,
        discriminator_learning_rate_ratio=0.001, discriminator_clip_norm=0.001,
        discriminator_gru_units=1, discriminator_gru_layers=1, discriminator_mlp_layer_sizes=[1],
        discriminator_updates=1, adversarial_start_step=1, adversarial_start_patience=1).builder()
