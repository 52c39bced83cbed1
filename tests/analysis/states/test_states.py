"""Hidden states in both modes, and their views: layers, and what the discriminator sees."""

import numpy as np
import pytest

from magenta_reg.analysis.comparison.held_out import choose_held_out, continue_melodies
from magenta_reg.analysis.states.states import (
    NetworkParts,
    TwoModes,
    read_modes,
    read_network,
    view_modes,
)
from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.methods.discriminator import concat_behaviour
from magenta_reg.runs.run import Run
from tests import small
from tests.analysis.fake_runs import PITCHES, MarkovModel, make_melodies, make_transitions
from tests.analysis.states.test_distances import distance

BASELINE = next(file for file in small.EXPERIMENT_FILES if file.stem == 'baseline')
TRUTH = make_transitions(0)
HELD_OUT = choose_held_out(make_melodies(TRUTH, 40, 64), 40, 64, primer_steps=16, seed=0)


def modes_of(model):
    return read_modes(model, HELD_OUT, continue_melodies(model, HELD_OUT, seed=0))


def test_states_are_those_after_each_event_behind_the_primer():
    model = MarkovModel(make_transitions(1))
    generated = continue_melodies(model, HELD_OUT, seed=0)
    modes = read_modes(model, HELD_OUT, generated)
    for states, melodies in zip(modes, (HELD_OUT.melodies, generated), strict=True):
        state, expected = np.zeros(model.recurrent.shape[0]), []
        for event in melodies[3][:-1]:
            state = np.tanh(state @ model.recurrent + model.inputs[PITCHES.index(event)])
            expected.append(state)
        np.testing.assert_allclose(states[3], expected[16:], rtol=1e-5)
        assert states.shape == (40, 47, len(state))


def accuracy_of(model):
    return distance('classifier', *modes_of(model))


def test_a_model_equal_to_the_truth_has_the_same_states_in_both_modes():
    assert abs(accuracy_of(MarkovModel(TRUTH)) - 0.5) < 0.06


def test_a_model_far_from_the_truth_is_found():
    assert accuracy_of(MarkovModel(make_transitions(1))) > 0.6


def make_modes(units=5):
    return TwoModes(*np.random.default_rng(0).normal(size=[2, 4, 3, units]).astype(np.float32))


def test_layers_lie_side_by_side():
    modes = make_modes()
    views = view_modes(modes, NetworkParts([2, 3], None, None))
    assert list(views) == ['all layers', 'layer 1', 'layer 2']
    np.testing.assert_array_equal(views['layer 1'].free_running, modes.free_running[..., :2])
    np.testing.assert_array_equal(views['layer 2'].teacher_forced, modes.teacher_forced[..., 2:])
    assert list(view_modes(modes, NetworkParts([5], None, None))) == ['all layers']


def test_the_discriminator_sees_the_top_layer_and_the_distribution_of_the_next_class():
    rng = np.random.default_rng(1)
    weights = rng.normal(size=[3, 4]).astype(np.float32)
    biases = rng.normal(size=4).astype(np.float32)
    modes = make_modes()
    found = view_modes(modes, NetworkParts([2, 3], weights, biases))['discriminator'].free_running
    with tf.Graph().as_default(), sharded_session() as session:
        expected = session.run(concat_behaviour(
            'states_logits', tf.constant(modes.free_running[..., 2:]), None,
            lambda outputs: tf.tensordot(outputs, weights, 1) + biases))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_run_s_projection_gives_the_likelihoods_that_it_scores(trained_run):
    trained = trained_run(BASELINE, 'basic_rnn')
    network = read_network(trained.run.folder, trained.run.latest_checkpoint())
    melody = small.make_melodies(1, 3)[0]
    scores = trained.model.score([melody], states=True)
    states = scores.states[0][np.newaxis]
    view = view_modes(TwoModes(states, states), network)['discriminator'].teacher_forced[0]
    labels = make_batch([melody], trained.model.encoding.codec).labels[0]
    found = np.log(view[:, network.layer_sizes[-1]:][np.arange(len(labels)), labels])
    np.testing.assert_allclose(found, scores.log_probs[0], rtol=1e-4)


def test_attention_has_no_projection_of_the_states_alone(tmp_path):
    run = Run(tmp_path / 'run')
    run.start(small.make_experiment(config='attention_rnn').to_dict())
    network = read_network(run.folder, run.latest_checkpoint())
    assert network.weights is None
    assert network.layer_sizes == [12, 10]


@pytest.mark.parametrize('size', [2, 3])
def test_huge_logits_give_a_distribution(size):
    modes = TwoModes(*np.ones([2, 1, 1, size], np.float32))
    network = NetworkParts([size], np.full([size, 3], 1e4, np.float32), np.zeros(3, np.float32))
    view = view_modes(modes, network)['discriminator'].free_running
    np.testing.assert_allclose(view[..., size:], 1 / 3, rtol=1e-6)
