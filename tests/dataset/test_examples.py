"""Examples are the bytes of protobuf, and read_examples recovers what stock Magenta wrote."""

import hashlib

import note_seq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from magenta.models.melody_rnn import melody_rnn_model
from magenta.pipelines.pipelines_common import make_sequence_example

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.codec.encodings import ENCODINGS, get_encoding
from magenta_reg.dataset.examples import read_examples, serialize
from magenta_reg.graph.fast.cores import sharded_session


def write_stock(path, melodies, name):
    """Writes melodies as stock Magenta does, with its encoder and TensorFlow's writer."""
    encoder = melody_rnn_model.default_configs[name].encoder_decoder
    with tf.io.TFRecordWriter(str(path)) as writer:
        for events in melodies:
            example = make_sequence_example(*encoder.encode(note_seq.Melody(events.tolist())))
            writer.write(example.SerializeToString())
    return path


def without_leading_note_offs(events):
    """note_seq's Melody replaces note-offs before the first note by no-events."""
    first = np.argmax(np.append(events >= 0, True))
    return np.concatenate([np.full(first, NO_EVENT, np.int32), events[first:]])


@pytest.mark.parametrize('name', ENCODINGS)
def test_melodies_that_stock_magenta_wrote_come_back(name, melodies, tmp_path):
    path = write_stock(tmp_path / 'a.tfrecord', melodies, name)
    examples = read_examples(path, get_encoding(name))
    assert len(examples.events) == len(melodies)
    for expected, actual in zip(melodies, examples.events, strict=True):
        assert actual.dtype == np.int32
        np.testing.assert_array_equal(without_leading_note_offs(expected), actual)


def test_a_pattern_reads_its_files_in_order_and_hashes_them_all(melodies, tmp_path):
    paths = [write_stock(tmp_path / f'a-{i}.tfrecord', melodies[i:i + 2], 'basic_rnn')
             for i in (0, 2)]
    encoding = get_encoding('basic_rnn')
    both = read_examples(tmp_path / 'a-*.tfrecord', encoding)
    singly = [events for path in paths for events in read_examples(path, encoding).events]
    assert all(map(np.array_equal, both.events, singly))
    assert both.sha256 == hashlib.sha256(b''.join(p.read_bytes() for p in paths)).hexdigest()


def test_a_path_with_pattern_characters_is_read_as_itself(melodies, tmp_path):
    path = write_stock(tmp_path / 'a[1].tfrecord', melodies[:3], 'basic_rnn')
    assert len(read_examples(path, get_encoding('basic_rnn')).events) == 3


def refusal(path, name='basic_rnn'):
    """Returns the message of the UserError that reading raises."""
    with pytest.raises(UserError) as error:
        read_examples(path, get_encoding(name))
    assert '\n' not in str(error.value)
    return str(error.value)


def test_no_file_is_named(tmp_path):
    assert str(tmp_path / 'none*') in refusal(tmp_path / 'none*')


def test_an_empty_file_holds_no_melody(tmp_path):
    (tmp_path / 'empty.tfrecord').touch()
    assert 'empty.tfrecord holds no melody' in refusal(tmp_path / 'empty.tfrecord')


@pytest.mark.parametrize('num_bytes_lost', [1, 4, 5, 1000])
def test_a_record_cut_in_the_middle_is_an_error(num_bytes_lost, melodies, tmp_path):
    path = write_stock(tmp_path / 'a.tfrecord', melodies, 'basic_rnn')
    path.write_bytes(path.read_bytes()[:-num_bytes_lost])
    assert 'ends inside the record' in refusal(path)


def test_a_flipped_bit_is_an_error(melodies, tmp_path):
    path = write_stock(tmp_path / 'a.tfrecord', melodies, 'basic_rnn')
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)
    assert 'damaged' in refusal(path)


def test_a_file_of_another_kind_is_an_error(tmp_path):
    (tmp_path / 'a.tfrecord').write_text('This is a text of more than twelve bytes.')
    assert 'no TFRecord file at all' in refusal(tmp_path / 'a.tfrecord')


def test_records_of_another_kind_are_an_error(tmp_path):
    path = tmp_path / 'a.tfrecord'
    sequence = note_seq.NoteSequence(id='/id/midi/a', filename='a.mid')
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(sequence.SerializeToString())
    assert 'a.tfrecord, record 0 is no SequenceExample' in refusal(path)


def test_another_input_size_names_both_sizes_and_the_config_that_fits(melodies, tmp_path):
    path = write_stock(tmp_path / 'a.tfrecord', melodies, 'mono_rnn')
    message = refusal(path, 'basic_rnn')
    assert '130' in message
    assert '38' in message
    assert '--config=mono_rnn' in message


def test_inputs_of_the_right_size_from_another_encoding_are_an_error(melodies, tmp_path):
    encoder = melody_rnn_model.default_configs['basic_rnn'].encoder_decoder
    inputs, labels = encoder.encode(note_seq.Melody(melodies[0].tolist()))
    example = make_sequence_example([vector[::-1] for vector in inputs], labels)
    path = tmp_path / 'a.tfrecord'
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(example.SerializeToString())
    assert 'made by another encoding than basic_rnn' in refusal(path)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 600), st.integers(0, 9))
def test_the_bytes_equal_the_protobuf_librarys(steps, input_size, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-1, 2, [steps, input_size]).astype(np.float32)
    labels = rng.integers(0, 300, steps)
    expected = make_sequence_example(inputs.tolist(), labels.tolist())
    assert serialize(inputs, labels) == expected.SerializeToString(deterministic=True)


@pytest.mark.parametrize('steps', [1, 511])
def test_tensorflow_parses_what_was_written(steps):
    inputs = np.random.default_rng(0).normal(size=[steps, 38]).astype(np.float32)
    labels = np.arange(steps) % 38
    features = {'inputs': tf.io.FixedLenSequenceFeature([38], tf.float32),
                'labels': tf.io.FixedLenSequenceFeature([], tf.int64)}
    with tf.Graph().as_default(), sharded_session() as session:
        _, parsed = tf.io.parse_single_sequence_example(
            serialize(inputs, labels), sequence_features=features)
        parsed = session.run(parsed)
    np.testing.assert_array_equal(parsed['inputs'], inputs)
    np.testing.assert_array_equal(parsed['labels'], labels)
