"""The graph that trains by scheduled sampling equals an independent computation in NumPy.

What is fed is worked out again from the coins and the uniforms of the update: note_seq's encoders,
a free float64 network, inverse CDFs. Loss, accuracy and gradient are then those of a plain pass.
"""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.sampling import COINS, SAMPLES
from tests.graph.test_training_graph import NOISES, training_experiment
from tests.reference import draws, histories, network
from tests.reference.training import (
    STEP,
    assert_gradients,
    fed_accuracy,
    fed_loss,
    run_update,
)
from tests.small import constant_batch, make_melodies

RATE = 0.6


def sampling_experiment(config, **hparams):
    return training_experiment('scheduled_sampling', config, **{
        'sampling_schedule': 'constant', 'sampling_rate': RATE, 'sampling_max_probability': 1.0,
        'seed': 3, **hparams})


def fed_events(experiment, melodies, weights, noise, step=STEP):
    """Returns what the update at a step feeds, a list of int array [steps]."""
    shape = len(melodies), max(map(len, melodies)) - 1
    coins, uniforms = (draws.uniforms(shape, experiment.seed, step, stream)
                       for stream in (COINS, SAMPLES))
    use_truth = coins >= RATE
    use_truth[:, 0] = True

    def choose(row, time, logits):
        if experiment.hparams['sampling_mode'] == 'argmax':
            return int(logits.argmax())
        return histories.draw_class(logits, uniforms[row, time])

    source = experiment.hparams['sampling_source']
    if source != 'model':
        events = np.concatenate([melody[:-1] for melody in melodies]) if source == 'marginal' else (
            np.array([-2, -1, *range(experiment.encoding.codec.min_note,
                                     experiment.encoding.codec.max_note)]))
        drawn = events[np.floor(uniforms * len(events)).astype(int)]
        return [np.where(use_truth[row, :end], melody[:end], drawn[row, :end])
                for row, melody in enumerate(melodies) for end in [len(melody) - 1]]
    if experiment.hparams['sampling_method'] == 'sequential':
        return histories.feed_back(weights, experiment, melodies, use_truth, choose, noise)
    fed = [melody[:-1] for melody in melodies]
    for _ in range(experiment.hparams['sampling_num_passes']):
        fed = _one_pass(weights, experiment, melodies, fed, use_truth, choose, noise)
    return fed


def _one_pass(weights, experiment, melodies, fed, use_truth, choose, noise):
    """Returns what the next pass is fed, where every event is drawn from what this pass was fed."""
    codec = experiment.encoding.codec
    inputs, _ = histories.encode(codec, fed, melodies)
    logits = network.forward(weights, experiment.hparams, inputs, noise).logits
    mixed = []
    for row, events in enumerate(fed):
        drawn = [codec.note_seq_encoder().class_index_to_event(
            choose(row, time, logits[row, time]), histories.as_melody(events[:time + 1]))
            for time in range(len(events) - 1)]
        own = np.array([melodies[row][0], *drawn])
        mixed.append(np.where(use_truth[row, :len(events)], melodies[row][:-1], own))
    return mixed


CASES = [(config, {'sampling_method': method}, 'none')
         for config in ENCODINGS for method in ('sequential', 'parallel')]
CASES += [(config, {'sampling_source': source}, noise) for config, source, noise in (
    ('basic_rnn', 'marginal', 'none'), ('mono_rnn', 'uniform', 'none'),
    ('lookback_rnn', 'uniform', 'dropout'), ('attention_rnn', 'marginal', 'none'))]
CASES += [('lookback_rnn', {'sampling_mode': 'argmax'}, 'none'),
          ('basic_rnn', {'sampling_mode': 'argmax', 'sampling_method': 'parallel'}, 'none'),
          ('lookback_rnn', {'sampling_method': 'parallel', 'sampling_num_passes': 3}, 'dropout'),
          ('lookback_rnn', {}, 'variational'), ('basic_rnn', {'batch_shards': 2}, 'all'),
          ('attention_rnn', {'residual_connections': True}, 'dropout')]


@pytest.mark.parametrize(('config', 'hparams', 'noise'), CASES)
def test_one_update_of_scheduled_sampling_equals_numpy(config, hparams, noise):
    experiment = sampling_experiment(config, **hparams, **NOISES[noise])
    melodies = make_melodies(4, seed=23, min_steps=18, max_steps=36)
    update = run_update(experiment, melodies)
    masks = draws.layer_noise(experiment, melodies, STEP)
    fed = fed_events(experiment, melodies, update.weights, masks)
    truth = [melody[:-1] for melody in melodies]
    loss, true_loss = (fed_loss(experiment, events, melodies, masks) for events in (fed, truth))
    assert update.metrics['loss'] == pytest.approx(loss(update.weights), abs=2e-5)
    assert abs(true_loss(update.weights) - loss(update.weights)) > 1e-3, 'not the baseline'
    assert update.metrics['accuracy'] == pytest.approx(
        fed_accuracy(experiment, update.weights, fed, melodies, masks), abs=1e-6)
    assert update.metrics['acted'] == 1
    assert_gradients(update, loss)


def test_an_update_acted_if_a_real_position_was_not_fed_its_true_event():
    experiment = sampling_experiment('basic_rnn', sampling_rate=0.03)
    # Long enough beside the others that padding often has the only coins.
    stored = make_batch([*make_melodies(1, 24, 60, 60), *[np.array([60, 62, 64])] * 5],
                        experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(stored))
        session.run(tf.global_variables_initializer())
        found, expected, in_padding = [], [], []
        for step in range(40):
            tensors.global_step.load(step, session)
            found.append(session.run(tensors.metrics['acted']))
            is_own = draws.uniforms(stored.labels.shape, experiment.seed, step, COINS) < 0.03
            is_own[:, 0] = False
            is_real = np.arange(is_own.shape[1]) < stored.lengths[:, np.newaxis]
            expected.append((is_own & is_real).any())
            in_padding.append(is_own.any() and not expected[-1])
    np.testing.assert_array_equal(found, expected)
    assert 0 < sum(expected) < 40
    assert any(in_padding)
