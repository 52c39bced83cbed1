"""Batches lose nothing, repeat nothing, pad little, and depend on the step alone."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset.batches import (
    batch_dataset,
    evaluation_batches,
    make_batch,
    training_batch_indices,
)
from magenta_reg.graph.fast.cores import sharded_session

CODEC = get_encoding('basic_rnn').codec
LENGTHS = np.random.default_rng(0).integers(100, 512, 500)

sizes = st.integers(1, 300)


def epoch(lengths, batch_size, seed, number):
    """Returns the batches of an epoch, asking for one step at a time."""
    num_batches = -(-len(lengths) // batch_size)
    return [training_batch_indices(lengths, batch_size, seed, number * num_batches + i)
            for i in range(num_batches)]


def test_a_batch_holds_each_melody_and_padding_after_it(melodies):
    batch = make_batch(melodies, CODEC)
    steps = max(map(len, melodies)) - 1
    assert batch.inputs.shape == (len(melodies), steps, CODEC.input_size)
    assert batch.events.shape == (len(melodies), steps + 1)
    for row, events in enumerate(melodies):
        length = len(events) - 1
        inputs, labels = CODEC.encode(events)
        assert batch.lengths[row] == length
        np.testing.assert_array_equal(batch.events[row, :length + 1], events)
        np.testing.assert_array_equal(batch.inputs[row, :length], inputs)
        np.testing.assert_array_equal(batch.labels[row, :length], labels)
        assert (batch.events[row, length + 1:] == NO_EVENT).all()
        assert not batch.inputs[row, length:].any()
        assert not batch.labels[row, length:].any()


@settings(deadline=None)
@given(num_melodies=sizes, batch_size=sizes, seed=st.integers(0, 9), number=st.integers(0, 9))
def test_an_epoch_takes_every_melody_exactly_once(num_melodies, batch_size, seed, number):
    batches = epoch(LENGTHS[:num_melodies], batch_size, seed, number)
    counts = np.bincount(np.concatenate(batches), minlength=num_melodies)
    if num_melodies >= batch_size:
        assert (counts == 1).all()
        assert max(map(len, batches)) <= batch_size
        assert max(map(len, batches)) - min(map(len, batches)) <= 1
    else:
        assert [len(batch) for batch in batches] == [batch_size]
        assert counts.max() - counts.min() <= 1


def test_epochs_differ_and_seeds_differ():
    first, second = epoch(LENGTHS, 32, 0, 0), epoch(LENGTHS, 32, 0, 1)
    other_seed = epoch(LENGTHS, 32, 1, 0)
    assert not all(map(np.array_equal, first, second))
    assert not all(map(np.array_equal, first, other_seed))


def test_a_step_asked_for_alone_equals_the_step_in_its_order():
    in_order = [training_batch_indices(LENGTHS, 32, 5, step) for step in range(60)]
    for step in (59, 3, 31, 0):
        alone = training_batch_indices(LENGTHS.tolist(), 32, 5, step)
        np.testing.assert_array_equal(alone, in_order[step])


def padding_share(lengths, batches):
    """Returns the share of the steps of all batches that is padding."""
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    return 1.0 - sum(lengths[batch].sum() for batch in batches) / padded


def test_batches_of_similar_lengths_leave_a_fifth_of_the_padding():
    shuffled = np.array_split(np.random.default_rng(0).permutation(len(LENGTHS)), 16)
    assert padding_share(LENGTHS, epoch(LENGTHS, 32, 0, 0)) < (
        0.2 * padding_share(LENGTHS, shuffled))


def test_the_order_of_batches_within_an_epoch_is_not_the_order_of_lengths():
    longest = [LENGTHS[batch].max() for batch in epoch(LENGTHS, 32, 0, 0)]
    assert longest != sorted(longest)


@given(num_melodies=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_evaluation_takes_every_melody_once_in_batches_that_are_full_but_the_last(
        num_melodies, batch_size):
    melodies = [np.zeros(length, np.int32) for length in LENGTHS[:num_melodies]]
    batches = evaluation_batches(melodies, batch_size)
    assert sorted(np.concatenate(batches)) == list(range(num_melodies))
    assert all(len(batch) == batch_size for batch in batches[:-1])
    lengths = LENGTHS[np.concatenate(batches)]
    assert (np.diff(lengths) >= 0).all()


def test_the_pipeline_gives_the_batches_of_its_steps_in_order(melodies):
    lengths = [len(events) - 1 for events in melodies]
    indices = functools.partial(training_batch_indices, lengths, 8, 3)
    with tf.Graph().as_default(), sharded_session() as session:
        dataset = batch_dataset(melodies, CODEC, indices, start_step=7, num_steps=9)
        batch = tf.data.make_one_shot_iterator(dataset).get_next()
        assert batch.inputs.shape.as_list() == [None, None, CODEC.input_size]
        for step in range(7, 16):
            expected = make_batch([melodies[i] for i in indices(step)], CODEC)
            for theirs, ours in zip(session.run(batch), expected, strict=True):
                np.testing.assert_array_equal(theirs, ours)
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(batch)
