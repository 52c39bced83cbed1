"""Drawing class indices from logits with given uniform numbers."""

import math
from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError

# Streams of random numbers: each use has its own, so that none disturbs another.
COINS, SAMPLES, FREE_RUNNING, OUTPUT_DROPOUT, RECURRENT_DROPOUT = range(5)
ZONEOUT = (5, 6)
WINDOWS, ROLLOUTS, POSITIONS = 7, 8, 9
_NUM_STREAMS = 16
# Above every global step: a further draw of one update takes a step's numbers that no update has.
_DRAWS_APART = 2 ** 40
# More layers than there are, so that no two share a number.
_MAX_LAYERS = 2 ** 6


class Sampling(NamedTuple):
    """How a class is drawn from the softmax.

    Source: top_p is nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751, section 3.1.
    """

    temperature: float = 1.0  # Divides the logits; 0 takes the likeliest class.
    top_k: int = 0  # How many of the likeliest classes can be drawn; 0 for all.
    # In (0, 1]: of the classes that `top_k` leaves, the smallest set of the likeliest whose
    # probability reaches it can be drawn, one class at least.
    top_p: float = 1.0

    def check(self):
        """Raises UserError for a value out of range."""
        if not 0 <= self.temperature < math.inf:
            raise UserError(f'--temperature={self.temperature} must be 0 or more and finite')
        if self.top_k < 0:
            raise UserError(f'--top_k={self.top_k} must be 0, for all classes, or more')
        if not 0 < self.top_p <= 1:
            raise UserError(f'--top_p={self.top_p} must be in (0, 1]')


SOFTMAX = Sampling()


def step_uniforms(shape, seed, step, stream, draw=0):
    """Draws float32 of a shape, in [0, 1), that depend on the other arguments and nothing else.

    `step` is an int64 scalar tensor, the global step; `stream` one of this module's streams;
    `draw`, an int or int64 scalar tensor, tells draws of one update from each other.
    """
    return tf.random.stateless_uniform(
        shape, _seed_pair(seed, step + draw * _DRAWS_APART, stream))


def layer_chances(shape, probability, seed, step, stream, layer):
    """Draws for one layer whether something of a probability happens: bool of a shape.

    A draw takes 16 bits, half of what a uniform float would: the probability is rounded to
    1 / 65,536. Of two shapes with other first dimensions, the shorter's draws are the first of the
    longer's. The other arguments are those of `step_uniforms`.
    """
    count = tf.reduce_prod(shape)
    words = tf.random.stateless_uniform(
        [(count + 1) // 2], _seed_pair(seed, step * _MAX_LAYERS + layer, stream), minval=None,
        maxval=None, dtype=tf.int32)
    numbers = tf.reshape(tf.bitcast(words, tf.int16), [-1])[:count]
    # int16 has no number above them all: at most all draws but one in 65,536 happen.
    below = min(round(probability * 2 ** 16) - 2 ** 15, 2 ** 15 - 1)
    return tf.reshape(numbers, shape) < tf.constant(below, tf.int16)


def _seed_pair(seed, step, stream):
    """Returns int64 [2] that no other (seed, step, stream) has."""
    return tf.stack([tf.constant(seed * _NUM_STREAMS + stream, tf.int64), step])


def sample_classes(logits, uniforms, sampling=SOFTMAX):
    """Draws one class a row by inverting the cumulative softmax.

    One uniform number a draw makes a row's sample independent of the rows beside it.

    Args:
        logits: float32 [batch, num_classes].
        uniforms: float32 [batch], in [0, 1).
        sampling: Sampling.

    Returns:
        int32 [batch], class indices.
    """
    if sampling.temperature == 0:
        return tf.argmax(logits, axis=-1, output_type=tf.int32)
    probabilities = tf.nn.softmax(_truncated(logits / sampling.temperature, sampling))
    cumulative = tf.cumsum(probabilities, axis=-1)
    # Scaled by the last sum, which rounding leaves a little beside 1, so that a class of
    # probability 0 is never drawn and no index passes the end.
    threshold = uniforms[:, tf.newaxis] * cumulative[:, -1:]
    return tf.reduce_sum(tf.cast(cumulative <= threshold, tf.int32), axis=-1)


def _truncated(logits, sampling):
    """Returns logits with -inf for the classes that top_k and top_p leave out.

    Of equal logits the lower class counts as the likelier, so that exactly k classes stay.
    """
    is_limited = 0 < sampling.top_k < logits.shape[-1]
    if not is_limited and sampling.top_p == 1:
        return logits
    order = tf.argsort(logits, direction='DESCENDING', stable=True)
    ranks = tf.argsort(order)
    if is_limited:
        logits = tf.where(ranks < sampling.top_k, logits, tf.fill(tf.shape(logits), -math.inf))
    if sampling.top_p < 1:
        likeliest_first = tf.gather(tf.nn.softmax(logits), order, batch_dims=1)
        likelier = tf.cumsum(likeliest_first, axis=-1, exclusive=True)
        num_kept = tf.reduce_sum(tf.cast(likelier < sampling.top_p, tf.int32), axis=-1)
        logits = tf.where(ranks < num_kept[:, tf.newaxis], logits,
                          tf.fill(tf.shape(logits), -math.inf))
    return logits
