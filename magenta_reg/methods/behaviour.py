"""What professor forcing compares: a teacher-forced and a free-running pass, at the same steps."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.sampling import FREE_RUNNING, WINDOWS, step_uniforms
from magenta_reg.graph.unroll import unroll_feedback
from magenta_reg.methods.discriminator import concat_behaviour, reads_states

WINDOW_STARTS = ('first', 'random')


class Behaviours(NamedTuple):
    """Both behaviours at the steps that are judged; beyond a row's length they mean nothing."""

    real: object  # float32 [batch, steps, size], teacher-forced.
    free: object  # float32 [batch, steps, size], free-running.
    lengths: object  # int32 [batch].


def both_behaviours(hparams, seed, network, unroll, batch, step, draw):
    """Runs a network free beside a teacher-forced pass and takes what is judged of both.

    The free-running pass is fed the batch's events up to the window's first step, and its own from
    there. The window is the whole sequence, or `free_running_steps` from the first step on or from
    a random one, another in each row and update: every place that leaves the window in the
    sequence is equally likely.

    Args:
        hparams: dict with behaviour, free_running_steps and free_running_start.
        seed: int.
        network: Network.
        unroll: Unroll, teacher-forced.
        batch: Batch of tensors.
        step: int64 scalar tensor, the global step.
        draw: int, the number of the draw: others have other samples and windows.

    Returns:
        Behaviours.
    """
    width = hparams['free_running_steps']
    starts, end = tf.zeros_like(batch.lengths), width or None
    is_random = width and hparams['free_running_start'] == 'random'
    if is_random:
        starts = _random_starts(seed, step, draw, batch.lengths, width)
        end = tf.reduce_max(starts) + width
    if width:
        batch = batch._replace(
            events=batch.events[:, :end + 1], labels=batch.labels[:, :end],
            lengths=tf.minimum(batch.lengths, end))
    free = _unroll_free_running(network, batch, starts, seed, step, draw,
                                hparams['behaviour'])
    lengths = tf.minimum(batch.lengths, width) if width else batch.lengths

    def judged(values):
        if is_random:
            return _windows(values, starts, width)
        return values[:, :end]

    real, free = [concat_behaviour(
        hparams['behaviour'], judged(each.outputs),
        judged(each.states) if reads_states(hparams['behaviour']) else (), network.projection)
        for each in (unroll, free)]
    return Behaviours(real, free, lengths)


def _random_starts(seed, step, draw, lengths, width):
    """Returns int32 [batch], the first step of each row's window; 0 in rows not longer than it."""
    last = tf.maximum(lengths - width, 0)
    uniforms = step_uniforms(tf.shape(lengths), seed, step, WINDOWS, draw)
    return tf.minimum(tf.cast(uniforms * tf.cast(last + 1, tf.float32), tf.int32), last)


def _unroll_free_running(network, batch, starts, seed, step, draw, behaviour):
    """Returns the Unroll in which the events after each row's start are the network's own."""
    shape = tf.shape(batch.labels)
    use_truth = tf.range(shape[1])[tf.newaxis, :] <= starts[:, tf.newaxis]
    uniforms = step_uniforms(shape, seed, step, FREE_RUNNING, draw)
    return unroll_feedback(network, batch, use_truth, uniforms,
                           with_states=reads_states(behaviour))


def _windows(values, starts, width):
    """Returns [batch, width, size], `width` steps of values [batch, steps, size] from each start.

    In a sequence that ends before, the last step is repeated; `width` is at most that of values.
    """
    num_steps = tf.shape(values)[1]
    steps = starts[:, tf.newaxis] + tf.range(tf.minimum(width, num_steps))
    return tf.gather(values, tf.minimum(steps, num_steps - 1), batch_dims=1)
