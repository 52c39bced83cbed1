"""Scoring and generation against stock Magenta and against themselves."""

import pickle

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.model.model import MelodyModel
from tests.small import make_experiment, make_melodies


def make_model(config='basic_rnn', scale=0.4):
    """Returns a MelodyModel with random weights, large enough for samples to differ."""
    experiment = make_experiment(config=config)
    batch = make_batch(make_melodies(1, 0), experiment.encoding.codec)
    with tf.Graph().as_default():
        experiment.builder().build_eval(type(batch)(*[tf.constant(array) for array in batch]))
        shapes = {variable.op.name: variable.shape.as_list() for variable in generator_variables()}
    rng = np.random.default_rng(5)
    return MelodyModel(experiment, {name: rng.normal(scale=scale, size=shape).astype(np.float32)
                                    for name, shape in shapes.items()})


@pytest.mark.parametrize('config', ENCODINGS)
def test_generated_events_are_what_the_model_scores_as_likeliest_at_temperature_zero(config):
    model = make_model(config)
    generated = model.generate([np.array([60], np.int32)], 24, seed=0, temperature=0)[0]
    scores = model.score([generated])
    # In lookback and key encodings one event has several classes: the likeliest class decodes to
    # the event, but its label may be another.
    if model.encoding.name in ('basic_rnn', 'mono_rnn'):
        assert scores.correct[0].all()
    assert len(generated) == 24


@pytest.mark.parametrize('config', ENCODINGS)
def test_melodies_begin_with_their_primers_and_stay_in_range(config):
    model = make_model(config)
    primers = make_melodies(5, seed=8, min_steps=17, max_steps=30)
    melodies = model.generate(primers, 40, seed=1)
    for primer, melody in zip(primers, melodies, strict=True):
        np.testing.assert_array_equal(melody[:len(primer)], primer)
        assert len(melody) == 40
        model.encoding.codec.check_range(melody)


def test_a_melody_depends_on_its_row_and_seed_and_not_on_the_batch():
    model = make_model()
    primers = make_melodies(7, seed=9, min_steps=17, max_steps=20)
    together = model.generate(primers, 40, seed=3, batch_size=7)
    apart = model.generate(primers, 40, seed=3, batch_size=2)
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(one, other)
    others = model.generate(primers, 40, seed=4)
    assert any((one != other).any() for one, other in zip(together, others, strict=True))


def test_batches_are_made_as_they_are_asked_for_and_are_those_of_generate():
    model, taken = make_model(), []

    def primers():
        for pitch in range(60, 67):
            taken.append(pitch)
            yield np.array([pitch], np.int32)

    batches = model.generate_scored_batches(primers(), 30, seed=5, batch_size=3, top_k=5,
                                            top_p=0.8)
    assert taken == []
    first, _ = next(batches)
    assert len(first) == len(taken) == 3
    melodies = [*first, *(events for batch, _ in batches for events in batch)]
    np.testing.assert_array_equal(
        melodies, model.generate(list(primers()), 30, seed=5, top_k=5, top_p=0.8))


def test_generated_events_are_among_the_top_k_of_the_distribution():
    model = make_model()
    melodies = model.generate([np.array([60], np.int32)] * 20, 5, seed=2, top_k=3)
    for melody in melodies:
        ways = [np.append(melody[:4], event).astype(np.int32) for event in (-2, -1, *range(48, 84))]
        log_probs = model.log_likelihood(ways, 4).total_nats
        own = model.log_likelihood([melody], 4).total_nats
        assert (log_probs > own + 1e-6).sum() < 3
    others = model.generate([np.array([60], np.int32)] * 20, 5, seed=2)
    assert any((one != other).any() for one, other in zip(melodies, others, strict=True))


@pytest.mark.parametrize('config', ENCODINGS)
def test_likelihoods_of_generation_are_those_of_scoring(config):
    model = make_model(config)
    primers = make_melodies(5, seed=8, min_steps=17, max_steps=30)
    starts = [len(primer) for primer in primers]
    for start, (melodies, likelihood) in zip((0, 3), model.generate_scored_batches(
            primers, 40, seed=1, temperature=0.8, batch_size=3, top_p=0.9), strict=True):
        expected = model.log_likelihood(melodies, starts[start:start + 3])
        np.testing.assert_allclose(likelihood.total_nats, expected.total_nats, atol=1e-4)
        np.testing.assert_array_equal(likelihood.num_events, expected.num_events)


@pytest.mark.parametrize(('arguments', 'named'), [
    ({'temperature': -1.0}, '--temperature=-1.0'), ({'top_p': 1.5}, '--top_p=1.5'),
    ({'top_k': -2}, '--top_k=-2'), ({'batch_size': 0}, '--batch_size=0')])
def test_arguments_out_of_range_are_named_before_anything_is_generated(arguments, named):
    with pytest.raises(UserError, match=named):
        make_model().generate_scored_batches([[60]], 20, 0, **arguments)


@pytest.mark.parametrize('config', ENCODINGS)
def test_log_likelihood_is_the_sum_over_the_events_after_the_primer(config):
    model = make_model(config)
    melodies, starts = make_melodies(5, seed=13), [1, 7, 3, 16, 19]
    likelihood = model.log_likelihood(melodies, starts, batch_size=2)
    assert likelihood.total_nats.dtype == np.float64
    for row, (melody, start) in enumerate(zip(melodies, starts, strict=True)):
        # The chain rule: what a shorter melody lacks is the last event's log-likelihood.
        whole, without = model.score([melody]).log_probs[0], model.score([melody[:start + 1]])
        expected = whole[start:].astype(np.float64).sum() + without.log_probs[0][-1]
        assert likelihood.total_nats[row] == pytest.approx(expected, abs=1e-5)
        assert likelihood.num_events[row] == len(melody) - start
        assert likelihood.per_event[row] * (len(melody) - start) == pytest.approx(expected)
    of_all = model.log_likelihood(melodies)
    assert (of_all.num_events == [len(melody) - 1 for melody in melodies]).all()


@pytest.mark.parametrize(('melody', 'primer_steps', 'named'), [
    ([60], 1, 'melody 1 has 1 events'), ([60, 62], 2, 'melody 1 .*primer_steps=2'),
    ([60, 62], 0, 'melody 1 .*primer_steps=0'), ([60, 90], 1, 'melody 1: event 90')])
def test_melodies_without_an_event_to_score_are_named(melody, primer_steps, named):
    with pytest.raises(UserError, match=named):
        make_model().log_likelihood([np.array([60, 61]), np.array(melody)], [1, primer_steps])


def test_equal_primers_give_different_melodies():
    melodies = make_model().generate([np.array([60], np.int32)] * 6, 40, seed=0)
    assert len({tuple(melody) for melody in melodies}) == 6


def test_a_primer_of_all_steps_is_given_back():
    primer = make_melodies(1, seed=2, min_steps=20, max_steps=20)[0]
    np.testing.assert_array_equal(make_model().generate([primer], 20, seed=0)[0], primer)
    np.testing.assert_array_equal(make_model().generate([primer[:1]], 1, seed=0)[0], primer[:1])


def test_frequencies_of_the_first_sampled_event_follow_the_models_distribution():
    model = make_model()
    primer = np.array([60, -2, 64], np.int32)
    events = np.array([melody[3] for melody in
                       model.generate([primer] * 4000, 4, seed=11, batch_size=1000)])
    log_probs = [model.score([np.append(primer, event).astype(np.int32)]).log_probs[0][-1]
                 for event in (-2, -1, *range(48, 84))]
    probabilities = np.exp(np.array(log_probs, np.float64))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    counts = np.array([(events == event).sum() for event in (-2, -1, *range(48, 84))])
    expected = probabilities * len(events)
    # Chi-squared with 37 degrees of freedom is above 69 once in a thousand times.
    assert ((counts - expected) ** 2 / expected).sum() < 69


def test_scores_do_not_depend_on_the_batch_size():
    model = make_model()
    melodies = make_melodies(9, seed=12)
    one, other = model.score(melodies, batch_size=9), model.score(melodies, 2, states=True)
    for first, second in zip(one.log_probs, other.log_probs, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)
    assert one.states is None
    assert [states.shape for states in other.states] == [
        (len(melody) - 1, 22) for melody in melodies]


@pytest.mark.parametrize(('primer', 'named'), [
    ([], 'a primer of 0 events'), ([60] * 30, 'a primer of 30 events'), ([90], '90')])
def test_primers_that_do_not_fit_are_named(primer, named):
    with pytest.raises(UserError, match=named):
        make_model().generate([np.array(primer, np.int32)], 20, seed=0)


def test_weights_of_another_network_are_named_with_both_shapes():
    weights = make_model()._weights
    model = MelodyModel(make_experiment(rnn_layer_sizes=[12, 11]), weights)
    with pytest.raises(UserError, match=r'fully_connected/weights .*\(11, 38\).*\(10, 38\)'):
        model.score(make_melodies(1, 0))


def test_a_model_that_went_to_another_process_scores_as_before():
    model = make_model()
    melodies = make_melodies(3, 0)
    before = model.score(melodies).log_probs
    np.testing.assert_equal(pickle.loads(pickle.dumps(model)).score(melodies).log_probs, before)
