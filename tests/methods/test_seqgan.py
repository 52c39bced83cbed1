"""SeqGAN: the graph equals NumPy's; whose turn it is; what its policy learns."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.methods.discriminator import discriminator_variables
from tests.graph.test_training_graph import NOISES, training_experiment
from tests.reference import draws, network, seqgan
from tests.reference.histories import encode
from tests.reference.training import STEP, assert_gradients, fed_loss, run_update
from tests.small import constant_batch, make_experiment, make_melodies

AVERAGE = 0.5  # Where the moving average of rewards starts.


def policy_cost(experiment, played, lengths, advantages):
    """Returns - sum of A_t log p(y_t) over the number of events, as a function of weights."""
    inputs, _ = encode(experiment.encoding.codec, [events[:-1] for events in played.events],
                       played.events)
    chosen = seqgan.actions(experiment, lengths, STEP)

    def cost(weights):
        nll = network.nll_nats(network.forward(weights, experiment.hparams, inputs).logits,
                               played.classes)
        return sum((stands_for * advantages[row] * nll[row, steps]).sum()
                   for row, (steps, stands_for) in enumerate(chosen)) / sum(lengths)

    return cost


def discriminator_cost(experiment, real, free):
    """Returns the discriminator's cost of two lists of melodies, as a function of weights."""
    def cost(weights):
        d_real, d_free = (network.sigmoid(seqgan.judged(weights, experiment, melodies))
                          for melodies in (real, free))
        return -np.log(d_real).mean() - np.log(1 - d_free).mean()

    return cost


CASES = [(config, {'rollouts': 2, 'rollout_positions': 3}, 'none') for config in ENCODINGS]
CASES += [('attention_rnn', {'rollouts': 0, 'likelihood_weight': 0.5}, 'dropout')]
CASES += [pytest.param(*case, marks=pytest.mark.slow) for case in (
    *((config, {'rollouts': 0}, 'none') for config in ENCODINGS),
    ('lookback_rnn', {'rollouts': 1, 'rollout_positions': 0}, 'none'),
    ('basic_rnn', {'rollouts': 2, 'rollout_positions': 1, 'likelihood_weight': 0.5,
                   'batch_shards': 2}, 'all'))]


@pytest.mark.parametrize(('config', 'hparams', 'noise'), CASES)
def test_one_update_of_seqgan_equals_numpy(config, hparams, noise):
    experiment = training_experiment('seqgan', config, seed=5, reward_average=0.8,
                                     **hparams, **NOISES[noise])
    melodies = make_melodies(4, seed=37, min_steps=18, max_steps=28)
    update, lengths = run_update(experiment, melodies), [len(melody) - 1 for melody in melodies]
    weights = {name: value.astype(np.float64) for name, value in update.before.items()}
    played = seqgan.play(update.weights, experiment, melodies, STEP)
    real = list(melodies)
    free = [events[:length + 1] for events, length in zip(played.events, lengths, strict=True)]
    assert len(set(lengths)) > 2

    logits = [seqgan.judged(weights, experiment, each) for each in (real, free)]
    hits = [np.mean(logits[0] > 0), np.mean(logits[1] < 0)]
    reward, cost = np.mean(network.sigmoid(logits[1])), discriminator_cost(experiment, real, free)
    for name, expected in {
            'discriminator_accuracy': np.mean(hits), 'discriminator_accuracy_real': hits[0],
            'discriminator_accuracy_free_running': hits[1], 'discriminator_loss': cost(weights),
            'reward': reward, 'reward_average': 0.8 * AVERAGE + 0.2 * reward, 'acted': 1}.items():
        assert update.metrics[name] == pytest.approx(expected, abs=2e-5), name
    own = {name: value for name, value in weights.items()
           if name.startswith('discriminator/') and f'{name}/Adam' in update.after
           and 'Adam' not in name}
    assert len(own) == 4 + 2 + 2
    assert_gradients(update, lambda moved: cost({**weights, **moved}), own)

    rewards = seqgan.rewards(weights, experiment, played, lengths, STEP)
    assert np.std(np.concatenate(rewards)) > 1e-3
    policy = policy_cost(experiment, played, lengths, [row - AVERAGE for row in rewards])
    likelihood = fed_loss(experiment, [melody[:-1] for melody in melodies], melodies,
                          draws.layer_noise(experiment, melodies, STEP))
    weight = experiment.hparams['likelihood_weight']
    # The Adam of the policy is not the likelihood's.
    assert_gradients(
        update._replace(after={name.removeprefix('discriminator/'): value
                               for name, value in update.after.items()
                               if name.startswith(('discriminator/rnn/multi',
                                                   'discriminator/fully'))}),
        lambda moved: policy(moved) + (weight * likelihood(moved) if weight else 0.0),
        update.weights)


def test_both_networks_move_as_adam_moves_them_at_their_own_rates():
    experiment = training_experiment(
        'seqgan', rollouts=0, adversarial_learning_rate_ratio=0.5,
        discriminator_learning_rate=0.002)
    update = run_update(experiment, make_melodies(4, seed=32))
    for scope, rate in (('discriminator/', 0.5 * 0.01), ('', 0.002)):
        names = [name for name in update.before if f'{scope}{name}/Adam' in update.after
                 and name.startswith('discriminator/') == (not scope)]
        assert len(names) >= 6
        for name in names:
            gradient = update.after[f'{scope}{name}/Adam'] / 0.1
            # Adam's first step; epsilon is scaled as TensorFlow scales it.
            expected = -rate * gradient / (np.abs(gradient) + 1e-8 / np.sqrt(0.001))
            np.testing.assert_allclose(update.after[name] - update.before[name], expected,
                                       atol=2e-6, err_msg=name)


def test_the_network_takes_a_step_every_so_many_updates_after_the_warm_up(small_batch):
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = make_experiment('seqgan', rollouts=1, rollout_positions=1,
                                  discriminator_warmup_steps=2, discriminator_updates=3
                                  ).builder().build_train(constant_batch(small_batch))
        session.run(tf.global_variables_initializer())
        own_adam = [variable for variable in tf.global_variables()
                    if variable.op.name.startswith('discriminator/rnn/multi')]
        assert len(own_adam) == 8
        acted, rows = [], []
        for _ in range(9):
            states = [session.run(variables) for variables in (
                generator_variables() + own_adam, discriminator_variables())]
            acted.append(session.run([tensors.metrics['acted'], tensors.train_op])[0])
            rows.append([all((old != new).any() for old, new in zip(
                before, session.run(variables), strict=True)) for before, variables in zip(
                    states, (generator_variables() + own_adam, discriminator_variables()),
                    strict=True)])
        assert session.run(tensors.global_step) == 9
    assert acted == [0, 0, 0, 0, 1, 0, 0, 1, 0]
    assert rows == [[bool(each), True] for each in acted]


@pytest.mark.parametrize('hparams', [
    {'rollouts': 0}, pytest.param({'rollouts': 2, 'rollout_positions': 2}, marks=pytest.mark.slow)],
    ids=str)
def test_the_policy_learns_to_play_what_the_discriminator_calls_real(small_batch, hparams):
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = make_experiment(
            'seqgan', learning_rate=0.03, discriminator_learning_rate=1e-9, **hparams
        ).builder().build_train(constant_batch(small_batch))
        session.run(tf.global_variables_initializer())
        for variable in discriminator_variables():
            if 'kernel' in variable.op.name or 'weights' in variable.op.name:
                variable.load(3 * session.run(variable), session)
        rewards = [session.run([tensors.metrics['reward'], tensors.train_op])[0]
                   for _ in range(60)]
    assert np.mean(rewards[-10:]) > np.mean(rewards[:10]) + 0.1


def test_the_discriminator_learns_to_tell_a_frozen_networks_melodies(small_batch):
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = make_experiment('seqgan', discriminator_learning_rate=0.02,
                                  discriminator_warmup_steps=1000).builder().build_train(
                                      constant_batch(small_batch))
        session.run(tf.global_variables_initializer())
        costs = [session.run([tensors.metrics['discriminator_loss'], tensors.train_op])[0]
                 for _ in range(60)]
        assert np.mean(costs[-5:]) < 0.3 * costs[0]
        assert session.run(tensors.metrics['discriminator_accuracy']) > 0.9


@pytest.mark.parametrize('rollouts', [0, 2])
def test_held_out_accuracy_is_that_of_each_melody_against_one_that_is_played(rollouts):
    experiment = training_experiment('seqgan', 'lookback_rnn', rollouts=rollouts)
    melodies = make_melodies(4, seed=33, max_steps=30)
    stored = make_batch(melodies, experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        found = experiment.builder().build_held_out(
            constant_batch(stored), tf.constant(STEP, tf.int64))
        session.run(tf.global_variables_initializer())
        weights = {variable.op.name: session.run(variable).astype(np.float64) * 4
                   for variable in tf.trainable_variables()}
        for variable in tf.trainable_variables():
            variable.load(weights[variable.op.name].astype(np.float32), session)
        accuracy = session.run(found['discriminator_accuracy_held_out'])
    played = seqgan.play(weights, experiment, melodies, STEP).events
    expected = [np.mean([np.mean(seqgan.judged(weights, experiment, [melody]) > 0),
                         np.mean(seqgan.judged(weights, experiment, [events[:len(melody)]]) < 0)])
                for melody, events in zip(melodies, played, strict=True)]
    np.testing.assert_allclose(accuracy, expected, atol=1e-6)


def test_random_positions_stand_for_all_actions_of_a_row():
    lengths = np.array([2, 7, 20, 21], np.int32)
    with tf.Graph().as_default(), sharded_session() as session:
        builder, step = make_experiment('seqgan', rollout_positions=3).builder(), tf.placeholder(
            tf.int64, [])
        drawn = builder._random_positions(tf.constant(lengths), step)
        found = [session.run(drawn, {step: number}) for number in range(2000)]
    positions, weights = (np.array(each) for each in zip(*found, strict=True))
    assert (positions >= 0).all()
    assert (positions < lengths[:, np.newaxis]).all()
    np.testing.assert_allclose(weights.sum(axis=2), np.broadcast_to(lengths, [2000, 4]), rtol=1e-6)
    for row, length in enumerate(lengths):
        counts = np.bincount(positions[:, row].ravel(), minlength=length)
        # 6,000 draws; the standard error of a count is below the square root of its mean.
        np.testing.assert_allclose(counts, 6000 / length, atol=4.5 * np.sqrt(6000 / length))
        assert (np.diff(positions[:, row], axis=1) >= 0).all()


@pytest.mark.parametrize('hparams', [
    {'rollouts': -1}, {'rollout_positions': -1}, {'likelihood_weight': -0.1},
    {'reward_average': 1.0}, {'adversarial_learning_rate_ratio': 0.0},
    {'discriminator_warmup_steps': -1}, {'discriminator_updates': 0},
    {'discriminator_gru_units': 0}, {'discriminator_mlp_layer_sizes': [4, 0]},
    {'discriminator_learning_rate': 0.0}, {'adversarial_start': 'soon'},
    {'adversarial_start_step': -1}, {'adversarial_start_patience': 0},
])
def test_settings_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment('seqgan', **hparams).builder()


def test_settings_at_the_ends_of_their_ranges_are_allowed():
    make_experiment(
        'seqgan', rollouts=1, rollout_positions=1, likelihood_weight=0.001, reward_average=0.0,
        adversarial_learning_rate_ratio=0.001, discriminator_warmup_steps=1,
        discriminator_updates=1, discriminator_gru_units=1, discriminator_mlp_layer_sizes=[1],
        discriminator_learning_rate=1e-6).builder()
