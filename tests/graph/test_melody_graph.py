"""MelodyRnnGraph against the graph of the unmodified magenta package."""

import copy
import zlib

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.interop.magenta import import_magenta
from tests.small import constant_batch, make_experiment, make_melodies


def magenta_train_graph(monkeypatch, experiment, batch):
    """Builds Magenta's own training graph on a given batch; returns its loss and train_op."""
    common = import_magenta('magenta.common')
    model = import_magenta('magenta.models.melody_rnn.melody_rnn_model')
    graph = import_magenta('magenta.models.shared.events_rnn_graph')
    config = copy.deepcopy(model.default_configs[experiment.encoding.name])
    for name in ('rnn_layer_sizes', 'attn_length', 'dropout_keep_prob', 'batch_size',
                 'learning_rate'):
        config.hparams.set_hparam(name, experiment.hparams[name])
    config.hparams.set_hparam('clip_norm', int(experiment.hparams['clip_norm']))
    # As constants they would be folded before Magenta's tf.cond over the padding is.
    tensors = [tf.placeholder_with_default(array, shape) for array, shape in (
        (batch.inputs, [4, None, batch.inputs.shape[2]]),
        (batch.labels.astype(np.int64), [4, None]), (batch.lengths, [4]))]
    monkeypatch.setattr(common, 'get_padded_batch', lambda *args, **kwargs: tensors)
    # Magenta applies some gradients while others are still being computed from the same weights;
    # resource variables keep the values that were read.
    with tf.variable_scope(tf.get_variable_scope(), use_resource=True):
        graph.get_build_graph_fn('train', config, ['unused'])()
    return tf.get_collection('loss')[0], tf.get_collection('train_op')[0]


def named_variables():
    return {variable.op.name: variable for variable in generator_variables()}


def initial_weights(experiment, batch):
    """Returns random weights by name, and the builder's loss before and after three steps."""
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        before = session.run(named_variables())
        losses = []
        for _ in range(3):
            losses.append(session.run([tensors.metrics['loss'], tensors.train_op])[0])
        return before, losses, session.run(named_variables())


@pytest.mark.parametrize('config', ENCODINGS)
def test_three_updates_of_teacher_forcing_equal_magentas(monkeypatch, config):
    experiment = make_experiment(config=config, batch_size=4)
    batch = make_batch(make_melodies(4, seed=1), experiment.encoding.codec)
    weights, losses, trained = initial_weights(experiment, batch)
    with tf.Graph().as_default(), sharded_session() as session:
        loss, train_op = magenta_train_graph(monkeypatch, experiment, batch)
        session.run(tf.global_variables_initializer())
        variables = named_variables()
        assert set(variables) == set(weights)
        for name, variable in variables.items():
            variable.load(weights[name], session)
        expected = [session.run([loss, train_op])[0] for _ in range(3)]
        np.testing.assert_allclose(losses, expected, atol=1e-5)
        for name, value in session.run(variables).items():
            np.testing.assert_allclose(trained[name], value, atol=1e-5, err_msg=name)


def test_dropout_changes_training_and_leaves_evaluation_alone(small_batch):
    def losses(keep_prob):
        experiment = make_experiment(dropout_keep_prob=keep_prob)
        with tf.Graph().as_default(), sharded_session() as session:
            train = experiment.builder().build_train(constant_batch(small_batch))
            session.run(tf.global_variables_initializer())
            training = session.run(train.metrics['loss'])
            weights = session.run(named_variables())
        with tf.Graph().as_default(), sharded_session() as session:
            evaluation = experiment.builder().build_eval(constant_batch(small_batch))
            session.run(tf.global_variables_initializer())
            for name, variable in named_variables().items():
                variable.load(weights[name], session)
            mask = np.arange(small_batch.labels.shape[1]) < small_batch.lengths[:, np.newaxis]
            return training, session.run(evaluation.nll_nats)[mask].mean()
    plain_training, plain_evaluation = losses(1.0)
    dropped_training, dropped_evaluation = losses(0.5)
    assert plain_training == pytest.approx(plain_evaluation, abs=1e-6)
    assert abs(dropped_training - plain_training) > 1e-4
    assert dropped_evaluation == pytest.approx(plain_evaluation, abs=1e-6)


def test_one_seed_gives_every_method_the_same_initial_weights(small_batch):
    def weights(method, seed, **hparams):
        with tf.Graph().as_default(), sharded_session() as session:
            make_experiment(method, seed=seed, **hparams).builder().build_train(
                constant_batch(small_batch))
            session.run(tf.global_variables_initializer())
            return session.run(named_variables())
    expected = weights('teacher_forcing', 0)
    for other in (weights('teacher_forcing', 0, dropout_keep_prob=0.5),
                  weights('scheduled_sampling', 0), weights('professor_forcing', 0)):
        for name, value in expected.items():
            np.testing.assert_array_equal(other[name], value, err_msg=name)
    kernel = 'fully_connected/weights'
    assert (weights('teacher_forcing', 1)[kernel] != expected[kernel]).all()


def test_first_weights_are_glorots_of_a_seed_of_the_variables_name(small_batch):
    experiment = make_experiment('professor_forcing', seed=3)
    with tf.Graph().as_default(), sharded_session() as session:
        experiment.builder().build_train(constant_batch(small_batch))
        matrices = {variable.op.name: variable for variable in tf.trainable_variables()
                    if 'bias' not in variable.op.name}
        expected = {name: tf.glorot_uniform_initializer(
            seed=zlib.crc32(f'3/{name}'.encode()) % 2 ** 31)(variable.shape)
            for name, variable in matrices.items()}
        session.run(tf.global_variables_initializer())
        found, expected = session.run([matrices, expected])
    assert len(found) > 8
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_padding_does_not_change_the_loss(melodies):
    codec = ENCODINGS['basic_rnn'].codec
    short = sorted(melodies, key=len)[:2]
    longest = max(melodies, key=len)
    with tf.Graph().as_default(), sharded_session() as session:
        builder = make_experiment().builder()
        batch = make_batch([*short, longest], codec)
        evaluation = builder.build_eval(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        padded = session.run(evaluation.nll_nats)
        weights = session.run(named_variables())
    for row, melody in enumerate(short):
        with tf.Graph().as_default(), sharded_session() as session:
            alone = make_experiment().builder().build_eval(
                constant_batch(make_batch([melody], codec)))
            session.run(tf.global_variables_initializer())
            for name, variable in named_variables().items():
                variable.load(weights[name], session)
            np.testing.assert_allclose(session.run(alone.nll_nats)[0],
                                       padded[row, :len(melody) - 1], atol=1e-5)


@pytest.mark.parametrize('hparams', [
    {'dropout_keep_prob': 0.0}, {'dropout_keep_prob': 1.1}, {'recurrent_dropout_keep_prob': 1.1},
    {'zoneout_prob': -0.1}, {'learning_rate': 0.0}, {'clip_norm': 0.0}, {'batch_size': 0},
    {'attn_length': -1}, {'rnn_layer_sizes': []}, {'rnn_layer_sizes': [3, 0]},
    {'learning_rate_decay_rate': 0.0}, {'learning_rate_min': -0.001}])
def test_settings_out_of_range_are_named(hparams):
    with pytest.raises(UserError, match=next(iter(hparams))):
        make_experiment(**hparams).builder()


def test_settings_at_the_ends_of_their_ranges_are_allowed():
    make_experiment(
        rnn_layer_sizes=[1], batch_size=1, attn_length=1, clip_norm=1e-6, zoneout_prob=0.999,
        dropout_keep_prob=0.001, recurrent_dropout_keep_prob=1.0, learning_rate=0.01,
        learning_rate_min=0.01, learning_rate_decay_steps=1, learning_rate_decay_rate=1.0,
        learning_rate_warmup_steps=1, weight_decay=0.001).builder()
