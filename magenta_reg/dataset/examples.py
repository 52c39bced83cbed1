"""SequenceExamples: written as stock Magenta does, and read back into the melodies they encode.

They are serialized from arrays: filling the protobuf library's objects takes twenty times as long.
The dense form is written because stock Magenta reads no other: its input queue parses 'inputs' as
float vectors.

Source: magenta.pipelines.pipelines_common.make_sequence_example; tensorflow/core/example/
example.proto and feature.proto; https://protobuf.dev/programming-guides/encoding/.
"""

import functools
import glob
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.folder import finish_interrupted_move
from magenta_reg.readers.tfrecord import framed, read_records

# Decoding trusts the labels; that they mean these events is checked on this many melodies.
_NUM_CHECKED = 32

# Field numbers: SequenceExample.feature_lists; the map of FeatureLists; the key and the value of
# its entries; Feature.float_list and .int64_list. Every repeated field has number 1.
_FEATURE_LISTS = 2
_REPEATED = 1
_KEY, _VALUE = 1, 2
_FLOAT_LIST, _INT64_LIST = 2, 3
_LENGTH_DELIMITED = 2


class Examples(NamedTuple):
    """The melodies of one part of a data set.

    Attributes:
        events: list of int32 [steps + 1], Melody events of each melody, in file order.
        path: str, the path or pattern that was read.
        sha256: str, of the contents of the files in the order of their names.
        file_sha256s: tuple of str, of each file where there are several.
    """

    events: list
    path: str
    sha256: str
    file_sha256s: tuple = ()


def example_record(events, codec):
    """Returns the bytes that a melody has in a TFRecord: of its SequenceExample for a MelodyCodec.

    Args:
        events: int array [steps + 1], Melody events.
    """
    return framed(serialize(*codec.encode(events)))


def serialize(inputs, labels):
    """Returns the bytes of a SequenceExample.

    Args:
        inputs: float32 [steps, input_size].
        labels: int array [steps], not negative.
    """
    features = {b'inputs': _input_features(inputs),
                b'labels': b''.join([_label_feature(label) for label in labels.tolist()])}
    return _message(_FEATURE_LISTS, b''.join([
        _message(_REPEATED, _message(_KEY, key) + _message(_VALUE, values))
        for key, values in features.items()]))


def _input_features(inputs):
    """Returns the repeated Feature of all input vectors: they differ in their floats alone."""
    num_bytes = 4 * inputs.shape[1]
    example = _message(_REPEATED, _message(_FLOAT_LIST, _message(_REPEATED, bytes(num_bytes))))
    header_size = len(example) - num_bytes
    rows = np.empty([len(inputs), len(example)], np.uint8)
    rows[:, :header_size] = np.frombuffer(example, np.uint8, header_size)
    rows[:, header_size:] = np.ascontiguousarray(inputs, '<f4').view(np.uint8)
    return rows.tobytes()


@functools.lru_cache(maxsize=1024)
def _label_feature(label):
    return _message(_REPEATED, _message(_INT64_LIST, _message(_REPEATED, _varint(label))))


def _message(field_number, payload):
    return _varint(field_number << 3 | _LENGTH_DELIMITED) + _varint(len(payload)) + payload


def _varint(value):
    """Returns an int in groups of seven bits, the lowest first, all but the last marked."""
    groups = []
    while value > 0x7f:
        groups.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes([*groups, value])


def read_examples(pattern, encoding):
    """Returns the Examples in TFRecords; UserError if there are none, or something is amiss.

    Args:
        pattern: str or Path, a file or a glob pattern such as 'training_melodies.tfrecord*'.
        encoding: Encoding that the examples were made with.
    """
    paths, events = _matching_files(pattern), []
    for path in paths:
        for index, record in enumerate(read_records(path)):
            where = f'{path}, record {index}'
            events.append(_decode(*_parse(record, where), encoding, where,
                                  check=len(events) < _NUM_CHECKED))
    if not events:
        raise UserError(f'{pattern} holds no melody: make the data set again and see what '
                        'dataset.json says was discarded')
    return Examples(events, str(pattern), _sha256(*paths),
                    tuple(map(_sha256, paths)) if len(paths) > 1 else ())


def _sha256(*paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, 'rb') as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()


def _matching_files(pattern):
    pattern = str(pattern)
    folder, name = os.path.split(pattern)
    finish_interrupted_move(Path(folder))
    paths = [pattern]
    if not os.path.isfile(pattern):  # A name that is there is no pattern.
        folder = glob.escape(folder) if os.path.isdir(folder) else folder
        paths = sorted(glob.glob(os.path.join(folder, name), recursive=True))
    paths = [path for path in paths if os.path.isfile(path)]
    if not paths:
        raise UserError(f'no file matches {pattern!r}: melody_rnn_reg_create_dataset makes '
                        'training_melodies.tfrecord and eval_melodies.tfrecord')
    return paths


def _parse(record, where):
    """Returns the inputs, a sequence of Feature, and the int32 labels [steps]."""
    from google.protobuf.message import DecodeError
    try:
        lists = tf.train.SequenceExample.FromString(record).feature_lists.feature_list
        # A protobuf map makes what it is asked for, so this also finds lists that are not there.
        inputs = lists['inputs'].feature
        labels = np.array([label.int64_list.value[0] for label in lists['labels'].feature])
    except (DecodeError, IndexError) as error:
        raise _no_example(where) from error
    if not inputs or len(inputs) != len(labels):
        raise _no_example(where)
    return inputs, labels.astype(np.int32)


def _decode(inputs, labels, encoding, where, check):
    """Returns the events of one example, int32 [steps + 1], checked by encoding them again."""
    codec = encoding.codec
    size = len(inputs[0].float_list.value)
    if size != codec.input_size:
        raise _other_size(size, encoding, where)
    try:
        # Decoding needs the first alone, and to look at all takes a third of the time.
        events = codec.decode(_vectors(inputs[:1]), labels)
        if not check or all(map(np.array_equal, codec.encode(events),
                                (_vectors(inputs), labels))):
            return events
    except ValueError:  # A label or an event that it does not have, or inputs of different sizes.
        pass
    raise UserError(f'{where} was made by another encoding than {encoding.name}: give a file '
                    f'that was made with --config={encoding.name}')


def _vectors(inputs):
    """Returns float32 [steps, input_size]; ValueError if they differ in size."""
    return np.array([vector.float_list.value for vector in inputs], np.float32)


def _no_example(where):
    return UserError(f"{where} is no SequenceExample with as many 'inputs' as 'labels': give a "
                     'file that a melody_rnn create_dataset command made')


def _other_size(size, encoding, where):
    fitting = [other.name for other in ENCODINGS.values() if other.codec.input_size == size]
    way_out = (f'it is of a data set for --config={fitting[0]}, give one for {encoding.name}'
               if fitting else 'no config has inputs of that size')
    return UserError(f'{where} has inputs of size {size}, but {encoding.name} has '
                     f'{encoding.codec.input_size}: {way_out}')
