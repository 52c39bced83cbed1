"""Serialized examples are the bytes of the protobuf library's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from magenta.pipelines.pipelines_common import make_sequence_example

from magenta_reg.base.compat import tf
from magenta_reg.dataset.examples import serialize


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
    with tf.Graph().as_default(), tf.Session() as session:
        _, parsed = tf.io.parse_single_sequence_example(
            serialize(inputs, labels), sequence_features=features)
        parsed = session.run(parsed)
    np.testing.assert_array_equal(parsed['inputs'], inputs)
    np.testing.assert_array_equal(parsed['labels'], labels)
