"""SequenceExamples as stock Magenta writes them, serialized from arrays without message objects.

The dense form is written because stock Magenta reads no other: its input queue parses 'inputs' as
float vectors. Filling the protobuf library's objects takes twenty times as long as this.

Source: magenta.pipelines.pipelines_common.make_sequence_example; tensorflow/core/example/
example.proto and feature.proto; https://protobuf.dev/programming-guides/encoding/.
"""

import functools

import numpy as np

# Field numbers: SequenceExample.feature_lists; the map of FeatureLists; the key and the value of
# its entries; Feature.float_list and .int64_list. Every repeated field has number 1.
_FEATURE_LISTS = 2
_REPEATED = 1
_KEY, _VALUE = 1, 2
_FLOAT_LIST, _INT64_LIST = 2, 3

_LENGTH_DELIMITED = 2


def serialize(inputs, labels):
    """Returns the bytes of a SequenceExample with the feature lists 'inputs' and 'labels'.

    Args:
        inputs: float32 [steps, input_size].
        labels: int array [steps], not negative.
    """
    label_list = b''.join([_label_feature(label) for label in labels.tolist()])
    lists = _entry(b'inputs', _input_features(inputs)) + _entry(b'labels', label_list)
    return _message(_FEATURE_LISTS, lists)


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


def _entry(key, features):
    return _message(_REPEATED, _message(_KEY, key) + _message(_VALUE, features))


def _message(field_number, payload):
    return _varint(field_number << 3 | _LENGTH_DELIMITED) + _varint(len(payload)) + payload


def _varint(value):
    """Returns an int in groups of seven bits, the lowest first, all but the last marked."""
    groups = []
    while value > 0x7f:
        groups.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes([*groups, value])
