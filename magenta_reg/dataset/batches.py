"""Melodies in batches: of similar lengths, and in an order that any training step can compute."""

import functools
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT

# Melodies are sorted by length within this many batches' worth of shuffled melodies: enough to
# leave little padding, few enough that batches differ from epoch to epoch.
_POOL_BATCHES = 20


class Batch(NamedTuple):
    """Melodies padded to the longest of them; `steps` is its number of steps.

    Attributes:
        inputs: float32 [batch, steps, input_size], the input after each event; 0 where padded.
        labels: int32 [batch, steps], the label of the event after it; 0 where padded.
        lengths: int32 [batch], steps of each melody.
        events: int32 [batch, steps + 1], Melody events; NO_EVENT where padded.
    """

    inputs: np.ndarray
    labels: np.ndarray
    lengths: np.ndarray
    events: np.ndarray


def make_batch(melodies, codec):
    """Returns the Batch of melodies, a list of int32 [steps + 1], encoded and padded."""
    lengths = np.array([len(events) - 1 for events in melodies], np.int32)
    batch_size, steps = len(melodies), lengths.max()
    batch = Batch(np.zeros([batch_size, steps, codec.input_size], np.float32),
                  np.zeros([batch_size, steps], np.int32),
                  lengths,
                  np.full([batch_size, steps + 1], NO_EVENT, np.int32))
    for row, (events, length) in enumerate(zip(melodies, lengths, strict=True)):
        batch.inputs[row, :length], batch.labels[row, :length] = codec.encode(events)
        batch.events[row, :length + 1] = events
    return batch


def training_batch_indices(lengths, batch_size, seed, step):
    """Returns which melodies a training step takes.

    A function of its arguments alone, so that training resumes at any step as if it had never
    stopped. Each epoch is a new shuffle in which every melody comes exactly once. Its batches are
    equal in size to within one and at most `batch_size`; only a set of fewer melodies than that
    is repeated until a batch is full.

    Args:
        lengths: int array [num_melodies], steps of each melody.
        batch_size: int, the largest number of melodies in a batch.
        seed: int, of the shuffle.
        step: int, the batch's number from the start of training, from 0.

    Returns:
        int array [batch], indices of melodies of similar lengths.
    """
    lengths = np.asarray(lengths, np.int32)
    epoch, index = divmod(step, -(-len(lengths) // batch_size))
    return _epoch_plan(lengths.tobytes(), batch_size, seed, epoch)[index]


@functools.lru_cache(maxsize=4)
def _epoch_plan(lengths_bytes, batch_size, seed, epoch):
    """Returns the index arrays of all batches of an epoch."""
    lengths = np.frombuffer(lengths_bytes, np.int32)
    rng = np.random.default_rng([seed, epoch])
    # All melodies, or if they do not fill a batch, as many shuffles as it takes.
    num_shuffles = max(1, -(-batch_size // len(lengths)))
    order = np.concatenate([rng.permutation(len(lengths)) for _ in range(num_shuffles)])
    order = order[:max(len(lengths), batch_size)]
    batches = np.array_split(order, -(-len(order) // batch_size))
    plan = []
    for start in range(0, len(batches), _POOL_BATCHES):
        pool = batches[start:start + _POOL_BATCHES]
        melodies = np.concatenate(pool)
        melodies = melodies[np.argsort(lengths[melodies], kind='stable')]
        plan += np.split(melodies, np.cumsum([len(batch) for batch in pool])[:-1])
    rng.shuffle(plan)
    return plan


def evaluation_batches(melodies, batch_size):
    """Returns int arrays [batch] that index every melody once, by length, the last one partial."""
    order = np.argsort([len(events) for events in melodies], kind='stable')
    return np.split(order, range(batch_size, len(order), batch_size))


def batch_dataset(melodies, codec, indices_of_step, start_step, num_steps):
    """Returns a tf.data pipeline of batches that are made while the step before is computed.

    For training, `indices_of_step` is `training_batch_indices` with all but the step given; for
    evaluation it is the `__getitem__` of `evaluation_batches`.

    Args:
        melodies: list of int32 [steps + 1], Melody events.
        codec: Codec.
        indices_of_step: function of an int, the step, that returns an int array [batch].
        start_step: int, the step of the first batch.
        num_steps: int, how many batches.
    """
    def make(step):
        return tuple(make_batch([melodies[i] for i in indices_of_step(int(step))], codec))

    def batch_tensors(step):
        arrays = tf.numpy_function(make, [step], [tf.float32, tf.int32, tf.int32, tf.int32])
        shapes = [None, None, codec.input_size], [None, None], [None], [None, None]
        return Batch(*[tf.ensure_shape(array, shape)
                       for array, shape in zip(arrays, shapes, strict=True)])

    return (tf.data.Dataset.range(start_step, start_step + num_steps)
            .map(batch_tensors, num_parallel_calls=2, deterministic=True)
            .prefetch(4))
