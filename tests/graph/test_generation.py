"""The searches, against all continuations and against Magenta's own search function."""

import itertools

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.graph.fast import cores
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.generation import Beam, class_events
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.graph.sampling import Sampling
from magenta_reg.graph.unroll import run_network
from magenta_reg.interop.magenta import import_magenta
from magenta_reg.model.model import MelodyModel
from tests.small import make_experiment, make_melodies


def make_model(config, scale=0.4, **hparams):
    """Returns a MelodyModel with random weights, large enough for samples to differ."""
    experiment = make_experiment(config=config, **hparams)
    rng = np.random.default_rng(5)
    return MelodyModel(experiment, {
        name: rng.normal(scale=scale, size=shape).astype(np.float32)
        for name, shape in experiment.builder().variable_shapes().items()})


def search(model, primers, num_steps, uniforms, sampling, beam):
    """Returns the Generation of a batch, of NumPy arrays."""
    graph = model._graph(('generate', sampling, beam), model._build_generate, sampling, beam)
    padded = np.zeros([len(primers), num_steps], np.int32)
    for row, primer in enumerate(primers):
        padded[row, :len(primer)] = primer
    return graph.run(graph.tensors, (padded, [len(primer) for primer in primers], uniforms))


def all_events(codec):
    return [-2, -1, *range(codec.min_note, codec.max_note)]


@pytest.mark.parametrize('config', ENCODINGS)
def test_a_beam_of_all_first_events_finds_the_likeliest_of_all_pairs_of_events(config):
    model = make_model(config)
    events = all_events(model.encoding.codec)
    primers = [np.array([60], np.int32)]
    if config in ('lookback_rnn', 'attention_rnn'):
        # At step 32 and 33 an event may repeat one or two bars, and have several classes.
        primers += make_melodies(1, seed=4, min_steps=32, max_steps=32)
    for primer in primers:
        continuations = [np.append(primer, pair).astype(np.int32)
                         for pair in itertools.product(events, events)]
        likelihood = model.log_likelihood(continuations, len(primer), batch_size=2048)
        best = likelihood.total_nats.argmax()
        num_steps = len(primer) + 2
        beam = Beam(beam_size=len(events))
        found = search(model, [primer], num_steps, np.zeros([1, num_steps - 1, beam.rows]),
                       Sampling(temperature=0), beam)
        np.testing.assert_array_equal(found.events[0], continuations[best])
        assert found.scores[0] == pytest.approx(likelihood.total_nats[best], abs=1e-5)
        greedy = model.generate([primer], num_steps, seed=0, temperature=0)
        assert model.log_likelihood(greedy, len(primer)).total_nats <= found.scores + 1e-5


def test_a_narrow_beam_keeps_what_a_search_in_python_keeps():
    model = make_model('basic_rnn')
    events, primer, beam = all_events(model.encoding.codec), [60, -2, 64], Beam(3, 2)
    kept = [np.array(primer, np.int32)]
    for _ in range(6):
        branches = []
        for melody in kept:
            ways = [np.append(melody, event).astype(np.int32) for event in events]
            totals = model.log_likelihood(ways, len(primer)).total_nats
            branches += [(totals[way], ways[way]) for way in np.argsort(-totals)[:2]]
        branches.sort(key=lambda branch: -branch[0])
        kept = [melody for _, melody in branches[:3]]
    found = model.generate([primer], 9, seed=0, temperature=0, beam=beam)[0]
    np.testing.assert_array_equal(found, kept[0])


SEARCHES = [(Sampling(0), Beam(4)), (Sampling(0), Beam(3, 2)),
            (Sampling(0.8, top_k=9, top_p=0.9), Beam(3, 2, steps_per_iteration=4))]


@pytest.mark.parametrize(('sampling', 'beam'), SEARCHES)
@pytest.mark.parametrize('config', ENCODINGS)
def test_the_score_of_a_search_is_the_log_likelihood_of_its_melody(config, sampling, beam):
    model = make_model(config)
    primers = [*make_melodies(2, seed=6, min_steps=17, max_steps=30), np.array([60], np.int32)]
    uniforms = np.random.default_rng(1).random([3, 39, beam.rows], np.float32)
    found = search(model, primers, 40, uniforms, sampling, beam)
    starts = [len(primer) for primer in primers]
    for primer, events in zip(primers, found.events, strict=True):
        np.testing.assert_array_equal(events[:len(primer)], primer)
    np.testing.assert_allclose(found.scores, model.log_likelihood(
        list(found.events), starts).total_nats, atol=1e-4)


class PythonSearch:
    """Magenta's beam_search over note_seq's classes, with given numbers for the samples."""

    def __init__(self, model):
        self._codec = model.encoding.codec
        self._encoder = self._codec.note_seq_encoder()
        with tf.Graph().as_default() as graph:
            self._inputs = tf.placeholder(tf.float32, [None, None, self._codec.input_size])
            network = model._builder.make_network()
            batch, steps = tf.unstack(tf.shape(self._inputs)[:2])
            outputs, _ = run_network(network, self._inputs, tf.fill([batch], steps))
            self._logits = network.projection(outputs)
            self._session = tf.Session(graph=graph)
            for variable in generator_variables():
                variable.load(model._weights[variable.op.name], self._session)

    def __call__(self, primer, num_steps, uniforms, temperature, beam):
        def step(sequences, states, scores):
            inputs = [self._codec.encode(np.append(events, -2))[0] for events in sequences]
            logits = self._session.run(self._logits, {self._inputs: inputs})[:, -1]
            extended = [self._extended(events, row, uniform, temperature) for events, row, uniform
                        in zip(sequences, logits.astype(np.float64),
                               uniforms[len(sequences[0]) - 1], strict=True)]
            sequences, gained = zip(*extended, strict=True)
            return list(sequences), states, list(np.add(scores, gained))

        beam_search = import_magenta('magenta.common').beam_search
        events, _, score = beam_search(
            [int(event) for event in primer], None, step, num_steps - len(primer), *beam)
        return events, score

    def _extended(self, events, logits, uniform, temperature):
        weights = np.exp((logits - logits.max()) / temperature).cumsum()
        drawn = int(np.searchsorted(weights, uniform * weights[-1], side='right'))
        events = [*events, self._encoder.class_index_to_event(drawn, events)]
        label = self._encoder.events_to_label(events, len(events) - 1)
        return events, logits[label] - np.log(np.exp(logits).sum())


@pytest.mark.parametrize(('config', 'temperature', 'beam'), [
    *((config, *search) for config in ENCODINGS
      for search in ((1.0, Beam(2, 3)), (0.7, Beam(3, 2, 4)))),
    ('lookback_rnn', 1.0, Beam(1, 2)), ('basic_rnn', 1.0, Beam(2, 1))])
def test_the_sampled_search_is_magentas(config, temperature, beam):
    model = make_model(config)
    # Of different lengths, in one batch.
    primers = [make_melodies(1, seed=3, min_steps=20, max_steps=20)[0], np.array([60, -2, 55])]
    uniforms = np.random.default_rng(2).random([2, 25, beam.rows], np.float32)
    found = search(model, primers, 26, uniforms, Sampling(temperature), beam)
    search_in_python = PythonSearch(model)
    for row, primer in enumerate(primers):
        events, score = search_in_python(primer, 26, uniforms[row], temperature, beam)
        np.testing.assert_array_equal(found.events[row], events)
        assert found.scores[row] == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize(('sampling', 'beam'), SEARCHES)
def test_a_search_does_not_depend_on_the_melodies_beside_it(sampling, beam):
    model = make_model('lookback_rnn')
    primers = make_melodies(5, seed=9, min_steps=17, max_steps=30)
    together, apart = (model.generate(primers, 36, 3, *sampling[:1], batch_size, *sampling[1:],
                                      beam=beam) for batch_size in (64, 1))
    np.testing.assert_array_equal(together, apart)
    for primer, events in zip(primers, together, strict=True):
        np.testing.assert_array_equal(events[:len(primer)], primer)


@pytest.mark.parametrize('num_melodies', [1, 5])
@pytest.mark.parametrize(('sampling', 'beam'), [(Sampling(), Beam()), *SEARCHES[:2]])
@pytest.mark.parametrize('config', ['basic_rnn', 'attention_rnn'])
def test_the_number_of_cores_changes_no_melody(monkeypatch, config, sampling, beam, num_melodies):
    primers = make_melodies(num_melodies, seed=3, min_steps=17, max_steps=30)
    uniforms = np.random.default_rng(0).random([num_melodies, 39, beam.rows])
    found = []
    for num_cores in (1, 3):
        monkeypatch.setattr(cores, 'num_cores', lambda count=num_cores: count)
        model = make_model(config, batch_shards=0)
        found.append(search(model, primers, 40, uniforms, sampling, beam))
    np.testing.assert_array_equal(found[0].events, found[1].events)
    np.testing.assert_allclose(found[0].scores, found[1].scores, rtol=1e-5)
    assert found[0].events.shape == (num_melodies, 40)


@pytest.mark.parametrize('temperature', [0, 1.0])
def test_a_beam_of_one_is_plain_generation(temperature):
    model = make_model('attention_rnn')
    primers = make_melodies(3, seed=1, min_steps=17, max_steps=20)
    plain = model.generate(primers, 36, seed=2, temperature=temperature)
    of_one = model.generate(primers, 36, seed=2, temperature=temperature, beam=Beam(1, 1, 5))
    np.testing.assert_array_equal(plain, of_one)


@pytest.mark.parametrize('temperature', [0, 1.0])
def test_a_primer_of_all_steps_is_given_back_by_a_search(temperature):
    primers = [*make_melodies(1, seed=2, min_steps=20, max_steps=20), np.array([60], np.int32)]
    melodies = make_model('basic_rnn').generate(primers, 20, 0, temperature, beam=Beam(3, 2))
    np.testing.assert_array_equal(melodies[0], primers[0])


@pytest.mark.parametrize('config', ENCODINGS)
def test_a_class_is_its_events_own_label_where_note_seq_says_so(config):
    codec = ENCODINGS[config].codec
    encoder = codec.note_seq_encoder()
    melodies = make_melodies(3, seed=11, min_steps=40, max_steps=40)
    with tf.Graph().as_default(), sharded_session() as session:
        state = codec.initial_state(3)
        for events in np.stack(melodies).T:
            state = codec.append(state, tf.constant(events))
        events, is_own_label = session.run(class_events(codec, state))
    for row, melody in enumerate(melodies):
        heard = melody.tolist()
        for label in range(codec.num_classes):
            event = encoder.class_index_to_event(label, heard)
            assert events[row, label] == event
            own_label = encoder.events_to_label([*heard, event], len(heard))
            assert is_own_label[row, label] == (own_label == label)


@pytest.mark.parametrize(('temperature', 'beam', 'named'), [
    (1.0, Beam(beam_size=0), '--beam_size=0 '), (1.0, Beam(branch_factor=-1), 'branch_factor=-1'),
    (1.0, Beam(steps_per_iteration=0), 'steps_per_iteration=0'),
    (0, Beam(2, 1, 3), 'steps_per_iteration=3 .* temperature')])
def test_widths_that_cannot_be_are_named(temperature, beam, named):
    with pytest.raises(UserError, match=named):
        make_model('basic_rnn').generate([[60]], 20, 0, temperature, beam=beam)
