"""The feedback loop: all true equals dynamic_rnn; generation feeds its own samples."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.unroll import PassCell, unroll_feedback, unroll_teacher_forced
from tests.small import constant_batch, make_experiment, make_melodies


@pytest.mark.parametrize('config', ENCODINGS)
def test_loop_with_all_events_true_equals_dynamic_rnn_on_stored_inputs(config):
    experiment = make_experiment(config=config)
    stored = make_batch(make_melodies(4, seed=2), experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        batch, network = constant_batch(stored), experiment.builder().make_network()
        (expected, _), _ = tf.nn.dynamic_rnn(PassCell(network.cell), batch.inputs,
                                             initial_state=PassCell(network.cell).zero_state(4),
                                             dtype=tf.float32)
        passed = unroll_teacher_forced(network, batch).outputs
        all_true = tf.ones(tf.shape(batch.labels), tf.bool)
        unroll = unroll_feedback(network, batch, all_true,
                                 tf.random.uniform(tf.shape(batch.labels)))
        session.run(tf.global_variables_initializer())
        expected, passed, outputs, labels, events = session.run(
            [expected, passed, unroll.outputs, unroll.labels, unroll.events])
    for row, length in enumerate(stored.lengths):
        for found in (passed, outputs):
            np.testing.assert_allclose(found[row, :length], expected[row, :length], atol=1e-6)
        np.testing.assert_array_equal(labels[row, :length], stored.labels[row, :length])
        np.testing.assert_array_equal(events[row, :length], stored.events[row, :length])


def test_loop_feeds_the_true_event_exactly_where_the_mask_says(small_batch):
    use_truth = np.random.default_rng(0).random(small_batch.labels.shape) < 0.5
    use_truth[:, 0] = True
    wrong_events = np.full_like(small_batch.events, 60)
    with tf.Graph().as_default(), sharded_session() as session:
        network = make_experiment().builder().make_network()
        batch = constant_batch(small_batch)
        uniforms = tf.constant(np.random.default_rng(1).random(use_truth.shape, np.float32))
        events = [unroll_feedback(network, batch._replace(events=tf.constant(given)),
                                  use_truth, uniforms).events for given in
                  (small_batch.events,
                   np.where(np.pad(use_truth, ((0, 0), (0, 1))), small_batch.events, wrong_events))]
        session.run(tf.global_variables_initializer())
        fed, fed_without_the_rest = session.run(events)
    np.testing.assert_array_equal(fed[use_truth], small_batch.events[:, :-1][use_truth])
    np.testing.assert_array_equal(fed, fed_without_the_rest)


def test_states_of_all_layers_stand_side_by_side(small_batch):
    with tf.Graph().as_default(), sharded_session() as session:
        unroll = unroll_teacher_forced(make_experiment().builder().make_network(),
                                       constant_batch(small_batch))
        session.run(tf.global_variables_initializer())
        outputs, states = session.run([unroll.outputs, unroll.states])
    assert states.shape == (*small_batch.labels.shape, 12 + 10)
    # Without dropout the top layer's state is the output.
    np.testing.assert_array_equal(states[:, :, 12:], outputs)


def test_states_are_found_by_structure_in_an_attention_state():
    experiment = make_experiment(config='attention_rnn')
    stored = make_batch(make_melodies(2, seed=3), experiment.encoding.codec)
    with tf.Graph().as_default(), sharded_session() as session:
        unroll = unroll_teacher_forced(experiment.builder().make_network(),
                                       constant_batch(stored), with_states=True)
        session.run(tf.global_variables_initializer())
        assert session.run(unroll.states).shape == (*stored.labels.shape, 12 + 10)
