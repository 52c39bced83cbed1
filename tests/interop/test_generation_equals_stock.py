"""Generation in one loop gives the melodies of the unmodified package, which takes step by step.

Stock Magenta builds its own graph and restores the same weights. Both sides get the same uniform
number for each step: stock's `np.random.choice` is replaced by the inversion of its own softmax.
"""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import softmax

from magenta_reg.base.compat import tf
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.model.model import MelodyModel
from magenta_reg.sources.known_sets import folk_source
from tests.small import NOTE_OFF, make_experiment
from tests.stock import stock_model

NEW_STEPS = 40
SEED = 3

# The last one is longer than two bars and than the window of attention; both sides squash it.
PRIMERS = {
    'one note': [60],
    'silence first': [-2, -2, -2, 67, -2],
    'note-offs': [62, -2, -1, -2, 65, -1, -2, -2, 69, -1],
    'ends on a note-off after a bar': [72, -2, 71, -2, 69, -1, -2, -2, 67, -2, 65, -2, 64, -2, 62,
                                       -2, 60, -1],
    'repeats itself, far from middle C': 3 * [86, -2, 89, -2, 93, -1, -2, 91, -2, 89, -2, -1, 86,
                                              -2, 81, -2],
}


class Pair(NamedTuple):
    """The same weights on both sides.

    Attributes:
        stock: stock Magenta's MelodyRnnModel at batch size 1.
        ours: MelodyModel.
        logits: function of float32 [steps, input_size] to float32 [steps, num_classes]: our
            network over stored inputs.
    """

    stock: object
    ours: MelodyModel
    logits: object

    def squashed(self, melody):
        """Returns a note_seq.Melody as stock squashes it and by how much it was transposed."""
        codec, events = self.ours.encoding.codec, type(melody)(list(melody))
        transposition = events.squash(codec.min_note, codec.max_note,
                                      self.ours.encoding.transpose_to_key)
        return np.array(list(events), np.int32), transposition


@pytest.fixture(scope='module', params=ENCODINGS)
def pair(request, tmp_path_factory):
    experiment = make_experiment(config=request.param, batch_size=1)
    rng = np.random.default_rng(5)
    # Large enough for other classes to be likely at each step.
    weights = {name: rng.normal(scale=0.3, size=shape).astype(np.float32)
               for name, shape in experiment.builder().variable_shapes().items()}
    checkpoint = str(tmp_path_factory.mktemp('weights') / 'model.ckpt')
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.get_variable(name, initializer=value) for name, value in weights.items()]
        session.run(tf.variables_initializer(variables))
        tf.train.Saver(variables).save(session, checkpoint)
    stock = stock_model(experiment)
    stock.initialize_with_checkpoint(checkpoint)
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.placeholder(tf.float32, [1, None, experiment.encoding.codec.input_size])
        logits, _, _ = experiment.builder().build_steps(inputs)
        for variable in generator_variables():
            variable.load(weights[variable.op.name], session)
        yield Pair(stock, MelodyModel(experiment, weights),
                   lambda steps: session.run(logits, {inputs: steps[np.newaxis]})[0])
    stock.close()


def generate_stock(pair, melody, num_steps, uniforms, temperature, monkeypatch):
    """Returns stock's melody, the classes it took and the softmax it took each from."""
    numbers, classes, distributions = iter(uniforms), [], []

    def choose(num_classes, p):
        cumulative = np.cumsum(np.asarray(p, np.float64))
        classes.append(int(np.searchsorted(cumulative, next(numbers) * cumulative[-1], 'right')))
        distributions.append(p)
        assert num_classes == len(p)
        return classes[-1]

    monkeypatch.setattr(np.random, 'choice', choose)
    generated = pair.stock.generate_melody(num_steps, melody, temperature)
    return np.array(list(generated)), classes, np.array(distributions)


@pytest.mark.parametrize(('name', 'temperature'), [
    *[(name, 1.0) for name in PRIMERS], ('note-offs', 0.7), (list(PRIMERS)[-1], 0.7)])
def test_events_and_distributions_equal_stocks_at_every_step(
        pair, name, temperature, monkeypatch):
    melody = import_note_seq().Melody(PRIMERS[name])
    primer, transposition = pair.squashed(melody)
    num_steps = len(primer) + NEW_STEPS
    ours, = pair.ours.generate([primer], num_steps, SEED, temperature)
    # What the random numbers of the first row are is a promise: the same seed, the same melody.
    uniforms = np.random.default_rng([SEED, 0]).random(num_steps - 1, np.float32)
    uniforms = uniforms[len(primer) - 1:]
    theirs, classes, distributions = generate_stock(pair, melody, num_steps, uniforms, temperature,
                                                    monkeypatch)
    np.testing.assert_array_equal(np.where(ours < 0, ours, ours - transposition), theirs)
    inputs, _ = pair.ours.encoding.codec.encode(ours)
    logits = pair.logits(inputs)[-NEW_STEPS:].astype(np.float64)
    np.testing.assert_allclose(softmax(logits / temperature, axis=1), distributions, atol=1e-5)
    assert len(set(classes)) > 5


def test_rows_with_different_primers_each_equal_stocks_own_run(pair, monkeypatch):
    melodies = [import_note_seq().Melody(events) for events in PRIMERS.values()]
    squashed = [pair.squashed(melody) for melody in melodies]
    num_steps, taken = 60, set()
    together = pair.ours.generate([primer for primer, _ in squashed], num_steps, SEED)
    for row, (melody, (primer, transposition)) in enumerate(zip(melodies, squashed, strict=True)):
        uniforms = np.random.default_rng([SEED, row]).random(num_steps - 1, np.float32)
        theirs, classes, _ = generate_stock(pair, melody, num_steps, uniforms[len(primer) - 1:],
                                            1.0, monkeypatch)
        ours = together[row]
        np.testing.assert_array_equal(np.where(ours < 0, ours, ours - transposition), theirs)
        taken.update(classes)
    codec = pair.ours.encoding.codec
    num_plain = codec.max_note - codec.min_note + 2
    # All classes that mean 'as one bar ago' and 'as two bars ago', where there are such.
    assert taken >= set(range(num_plain, codec.num_classes))


@pytest.fixture(scope='module')
def folk_melodies():
    """Real tunes with held notes and rests, as note_seq.Melody at their own pitches."""
    source = folk_source()
    book, = [path for path in source.items if path.name == 'erk5.abc']
    melodies = [melody for piece in source.read(book) if piece.notes is not None
                for melody in extract_melodies(piece.notes).melodies]
    chosen = sorted(melodies, key=lambda events: (events == NOTE_OFF).sum())[-5:]
    assert min((events == NOTE_OFF).sum() for events in chosen) > 2
    return [import_note_seq().Melody(events.tolist()) for events in chosen]


@pytest.fixture
def float64_sums(pair, monkeypatch):
    """Lets stock add up in float64, as with the NumPy it was written for.

    Its sum starts as a Python float: NumPy 2 adds a float32 to that in float32.
    """
    encoder = pair.stock._config.encoder_decoder
    evaluate = encoder.evaluate_log_likelihood
    monkeypatch.setattr(encoder, 'evaluate_log_likelihood', lambda events, softmax: evaluate(
        events, np.asarray(softmax, np.float64)))


def test_log_likelihood_of_real_melodies_equals_stocks(pair, folk_melodies, float64_sums):
    squashed = [pair.squashed(melody)[0] for melody in folk_melodies]
    assert len(set(map(len, squashed))) > 1
    theirs = [pair.stock.melody_log_likelihood(melody) for melody in folk_melodies]
    ours = pair.ours.log_likelihood(squashed)
    np.testing.assert_array_equal(ours.num_events, [len(events) - 1 for events in squashed])
    np.testing.assert_allclose(ours.total_nats, theirs, rtol=0, atol=1e-4)


def test_log_likelihood_equals_stocks_own_sum_but_for_its_rounding(pair, folk_melodies):
    squashed = [pair.squashed(melody)[0] for melody in folk_melodies]
    theirs = [pair.stock.melody_log_likelihood(melody) for melody in folk_melodies]
    np.testing.assert_allclose(pair.ours.log_likelihood(squashed).total_nats, theirs, rtol=1e-6)


def test_log_likelihood_after_a_primer_is_stocks_of_the_whole_less_that_of_the_primer(
        pair, folk_melodies, float64_sums):
    # Stock squashes what it is given: a part of a squashed melody could move.
    stock = pair.stock._evaluate_log_likelihood
    squashed, _ = pair.squashed(folk_melodies[0])
    whole, primer = [import_note_seq().Melody(events.tolist())
                     for events in (squashed, squashed[:33])]
    ours = pair.ours.log_likelihood([squashed], primer_steps=33)
    assert ours.num_events[0] == len(squashed) - 33
    assert ours.total_nats[0] == pytest.approx(stock([whole])[0] - stock([primer])[0], abs=1e-4)
