"""Every codec of the table equals its note_seq encoder exactly, in NumPy and in TensorFlow."""

import functools
import subprocess
import sys

import note_seq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.codec.key import KeyCodec
from magenta_reg.codec.lookback import LookbackCodec
from magenta_reg.codec.one_hot import OneHotCodec
from magenta_reg.dataset.piece_melodies import read_piece_melodies
from magenta_reg.extraction.melodies import MAGENTA_RULES
from magenta_reg.graph.fast.cores import sharded_session

TABLE = {name: encoding.codec for name, encoding in ENCODINGS.items()}
# Pitch 0, the whole range, and one so narrow that repeats and ties are common.
OTHER_RANGES = {f'{codec.__name__}{pitches}': codec(*pitches)
                for codec in (OneHotCodec, LookbackCodec, KeyCodec)
                for pitches in [(0, 128), (0, 12), (60, 64)]}
CODECS = TABLE | OTHER_RANGES
# Around the places where repeats of one and of two bars become possible.
EDGES = [1, 2, 15, 16, 17, 18, 31, 32, 33, 34, 35]
SHORT = st.integers(40, 130) | st.sampled_from(EDGES)
LONG = st.integers(500, 600)

over_table = pytest.mark.parametrize('name', TABLE)
over_codecs = pytest.mark.parametrize('name', CODECS)
reproducible = settings(deadline=None, derandomize=True, database=None, print_blob=False)


def make_melody(codec, num_events, num_pitches, seed):
    """Returns a list of int: runs, repeats of one and two bars, and events one by one.

    Few pitches make repeats and ties common; none at all leaves rests only.
    """
    rng = np.random.default_rng(seed)
    extremes = [codec.min_note, codec.max_note - 1]
    pitches = rng.permutation([*extremes, *rng.integers(*extremes, 20)])[:num_pitches]
    alphabet = [NO_EVENT, NOTE_OFF, *pitches.tolist()]
    events = []
    while len(events) < num_events:
        kind, steps = rng.choice(['run', 'repeat', 'events']), rng.integers(1, 40)
        if kind == 'run':
            events += [alphabet[rng.integers(len(alphabet))]] * steps
        elif kind == 'repeat':
            distance = rng.choice([16, 32])
            events += (([NO_EVENT] * distance + events)[-distance:] * 3)[:steps]
        else:
            events += rng.choice(alphabet, steps).tolist()
    return events[:num_events]


def melodies(codec, lengths=SHORT):
    """Returns a strategy of melodies: free lists of events, and longer ones by make_melody."""
    an_event = st.sampled_from([NO_EVENT, NOTE_OFF, codec.min_note, codec.max_note - 1])
    an_event |= st.integers(codec.min_note, codec.max_note - 1)
    free = st.lists(an_event, min_size=1, max_size=40)
    made = st.builds(make_melody, st.just(codec), lengths, st.sampled_from([3, 4, 12, 2, 1, 0]),
                     st.integers(0, 2 ** 32 - 1))
    return st.one_of(made, made, made, free) if lengths is SHORT else made


def as_melody(events):
    """Returns a note_seq Melody with these events, also if it begins with note-offs."""
    melody = note_seq.Melody()
    for event in events:
        melody.append(event)
    return melody


def encode_with_note_seq(codec, events):
    """Returns the inputs after and the labels of all events, also the ones `encode` leaves out."""
    encoder, melody = codec.note_seq_encoder(), as_melody(events)
    return (np.array([encoder.events_to_input(melody, i) for i in range(len(events))]),
            np.array([encoder.events_to_label(melody, i) for i in range(len(events))]))


class TensorFlowHalf:
    """A graph and session in which a codec reads batches of melodies, one event at a time."""

    def __init__(self, codec):
        self._codec = codec
        with tf.Graph().as_default():
            self._fed = tf.placeholder(tf.int32, [2, None, None])
            steps_of_batches = tf.transpose(self._fed, [2, 0, 1])
            batch_size = tf.shape(self._fed)[1]
            no_class = tf.zeros([batch_size], tf.int32)
            no_input = tf.zeros([batch_size, codec.input_size])
            _, *self._outputs = tf.scan(
                self._step, steps_of_batches,
                (codec.initial_state(batch_size), no_input, no_class, no_class))
            self._session = sharded_session()

    def _step(self, before, fed):
        state, event, asked = before[0], fed[0], fed[1]
        label = self._codec.encode_label(state, event)
        meant = self._codec.decode_label(state, asked)
        state = self._codec.append(state, event)
        return state, self._codec.encode_input(state), label, meant

    def __call__(self, melodies, asked):
        """Returns for each melody (inputs, labels, events that the labels asked for mean).

        Args:
            melodies: list of list of int [steps], not all of one length.
            asked: list of int [steps] each, the label to decode before each event.
        """
        fed = np.zeros([2, len(melodies), max(map(len, melodies))], np.int32) + NO_EVENT
        fed[1] = 0
        for row, (events, labels) in enumerate(zip(melodies, asked, strict=True)):
            fed[:, row, :len(events)] = events, labels
        outputs = self._session.run(self._outputs, {self._fed: fed})
        return [[output[:len(events), row] for output in outputs]
                for row, events in enumerate(melodies)]


@functools.cache
def tensorflow_half(name):
    return TensorFlowHalf(CODECS[name])


def check_numpy(codec, events):
    inputs, labels = codec.encode(np.array(events))
    true_inputs, true_labels = codec.note_seq_encoder().encode(as_melody(events))
    assert inputs.dtype == np.float32
    assert labels.dtype == np.int32
    assert inputs.shape == (len(events) - 1, codec.input_size)
    np.testing.assert_array_equal(inputs, np.reshape(true_inputs, inputs.shape))
    np.testing.assert_array_equal(labels, true_labels)


def check_tensorflow(name, batch):
    true = [encode_with_note_seq(CODECS[name], events) for events in batch]
    actual = tensorflow_half(name)(batch, [labels for _, labels in true])
    for events, (true_inputs, true_labels), row in zip(batch, true, actual, strict=True):
        inputs, labels, meant = row
        np.testing.assert_array_equal(inputs, true_inputs)
        np.testing.assert_array_equal(labels, true_labels)
        np.testing.assert_array_equal(meant, events)


def check_real_music(name, path):
    """Checks both halves on 200 melodies of an input, spread over all of them."""
    pieces = read_piece_melodies(path, ENCODINGS[name], MAGENTA_RULES)
    found = [events.tolist() for piece in pieces for events in piece.melodies]
    assert len(found) >= 200
    for index in range(200):
        events = found[index * len(found) // 200]
        check_numpy(CODECS[name], events)
        check_tensorflow(name, [events])


@over_codecs
def test_numpy_encodes_as_note_seq(name):
    @settings(reproducible, max_examples=100)
    @given(melodies(CODECS[name]))
    def check(events):
        check_numpy(CODECS[name], events)

    check()


@over_codecs
def test_tensorflow_encodes_as_note_seq_and_decodes_its_labels(name):
    @settings(reproducible, max_examples=30)
    @given(st.lists(melodies(CODECS[name]), min_size=1, max_size=4))
    def check(batch):
        check_tensorflow(name, batch)

    check()


@over_table
def test_long_melodies_are_encoded_as_by_note_seq(name):
    @settings(reproducible, max_examples=6)
    @given(melodies(CODECS[name], LONG))
    def check(events):
        check_numpy(CODECS[name], events)
        check_tensorflow(name, [events])

    check()


@pytest.mark.slow
@over_table
def test_folk_tunes_are_encoded_as_by_note_seq(name):
    check_real_music(name, 'folk')


@pytest.mark.slow
@over_table
def test_performances_are_encoded_as_by_note_seq(name, ecompetition):
    check_real_music(name, ecompetition)


@over_codecs
@pytest.mark.parametrize('num_events', EDGES)
def test_every_class_means_the_event_it_means_to_note_seq(name, num_events):
    """Row c of the batch asks, before each event of one melody, what class c means."""
    codec, rng = CODECS[name], np.random.default_rng(num_events)
    events = rng.integers(codec.min_note - 2, codec.max_note, num_events)
    events = np.where(events < codec.min_note, events - codec.min_note, events).tolist()
    classes = range(codec.num_classes)
    rows = tensorflow_half(name)(
        [events] * codec.num_classes, [[c] * num_events for c in classes])
    decode = codec.note_seq_encoder().class_index_to_event
    for c, (_, _, meant) in zip(classes, rows, strict=True):
        assert meant.tolist() == [decode(c, events[:i]) for i in range(num_events)]


@over_codecs
def test_decode_recovers_every_melody(name):
    @settings(reproducible, max_examples=100)
    @given(melodies(CODECS[name]).filter(lambda events: len(events) > 1))
    def check(events):
        melody = list(note_seq.Melody(events))
        decoded = CODECS[name].decode(*CODECS[name].note_seq_encoder().encode(as_melody(melody)))
        assert decoded.dtype == np.int32
        assert decoded.tolist() == melody

    check()


def test_only_the_key_encoding_loses_a_note_off_at_the_start():
    decoded = {name: codec.decode(*codec.encode([NOTE_OFF, codec.min_note]))[0]
               for name, codec in TABLE.items()}
    assert decoded.pop('attention_rnn') == NO_EVENT
    assert set(decoded.values()) == {NOTE_OFF}


@over_codecs
def test_events_outside_the_range_are_refused(name):
    codec = CODECS[name]
    wrong = {NO_EVENT - 1, codec.max_note, codec.max_note + 2 ** 32} | set(range(codec.min_note))
    for event in wrong:
        with pytest.raises(ValueError, match=f'event {event} is outside the pitches'):
            codec.encode(np.array([codec.min_note, event, NO_EVENT]))


@over_codecs
def test_what_no_melody_encodes_to_is_refused(name):
    codec = CODECS[name]
    inputs, labels = codec.encode([codec.min_note, NO_EVENT])
    for label in (-1, codec.num_classes):
        with pytest.raises(ValueError, match=f'label {label} is outside'):
            codec.decode(inputs, [label])
    for bad_inputs in (inputs[:, 1:], inputs[:0], inputs[0]):
        with pytest.raises(ValueError, match='inputs of shape'):
            codec.decode(bad_inputs, labels)


@over_codecs
def test_the_state_is_a_loop_variable_with_only_the_batch_unknown(name):
    codec = CODECS[name]
    with tf.Graph().as_default():
        event = tf.placeholder(tf.int32, [None])
        before = codec.initial_state(tf.shape(event)[0])
        after = codec.append(before, event)
        tf.nest.assert_same_structure(before, after)
        for tensors in zip(tf.nest.flatten(before), tf.nest.flatten(after), strict=True):
            kinds = [(tensor.dtype, tensor.shape.as_list()) for tensor in tensors]
            assert kinds[0] == kinds[1]
            assert kinds[0][1][0] is None
            assert None not in kinds[0][1][1:]
        assert codec.encode_input(after).shape.as_list() == [None, codec.input_size]
        assert codec.encode_label(after, event).shape.as_list() == [None]
        assert codec.decode_label(after, event).shape.as_list() == [None]


def test_the_numpy_half_never_loads_tensorflow_or_note_seq():
    program = (
        'import sys\n'
        'from magenta_reg.codec.encodings import ENCODINGS\n'
        'for encoding in ENCODINGS.values():\n'
        '    encoding.codec.decode(*encoding.codec.encode([60, -2, -1, 62]))\n'
        'sys.exit(", ".join({"tensorflow", "note_seq", "magenta"} & set(sys.modules)))')
    process = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert process.stderr.strip() == ''
