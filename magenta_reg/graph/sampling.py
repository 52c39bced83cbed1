"""Drawing class indices from logits with given uniform numbers."""

from magenta_reg.compat import tf

# Streams of random numbers: each use has its own, so that none disturbs another.
COINS, SAMPLES, FREE_RUNNING, OUTPUT_DROPOUT, RECURRENT_DROPOUT = range(5)
ZONEOUT = (5, 6)
_NUM_STREAMS = 16
# More layers and positions than there are, so that no two positions share a number.
_MAX_LAYERS, _MAX_POSITIONS = 2 ** 6, 2 ** 20


def step_uniforms(shape, seed, step, stream):
    """Draws uniform numbers that depend on (seed, step, stream) and on nothing else.

    Args:
        shape: int32 [rank] tensor or list.
        seed: int.
        step: int64 scalar tensor, the global step.
        stream: int, one of this module's streams.

    Returns:
        float32 of that shape, in [0, 1).
    """
    return tf.random.stateless_uniform(
        shape, seed=tf.stack([tf.constant(seed * _NUM_STREAMS + stream, tf.int64), step]))


def position_uniforms(shape, seed, step, stream, layer, time):
    """Draws uniform numbers for one position of one layer: those of one mask.

    Args:
        shape: int32 [rank] tensor or list.
        seed: int.
        step: int64 scalar tensor, the global step.
        stream: int, one of this module's streams.
        layer: int.
        time: int64 scalar tensor, the position.

    Returns:
        float32 of that shape, in [0, 1).
    """
    position = (step * _MAX_LAYERS + layer) * _MAX_POSITIONS + time
    return step_uniforms(shape, seed, position, stream)


def sample_classes(logits, uniforms, temperature=1.0):
    """Draws one class a row by inverting the cumulative softmax.

    One uniform number a draw makes a row's sample independent of the rows beside it.

    Args:
        logits: float32 [batch, num_classes].
        uniforms: float32 [batch], in [0, 1).
        temperature: float, divides the logits; 0 takes the likeliest class.

    Returns:
        int32 [batch], class indices.
    """
    if temperature == 0:
        return tf.argmax(logits, axis=-1, output_type=tf.int32)
    cumulative = tf.cumsum(tf.nn.softmax(logits / temperature), axis=-1)
    # Scaled by the last sum, which rounding leaves a little beside 1, so that a class of
    # probability 0 is never drawn and no index passes the end.
    threshold = uniforms[:, tf.newaxis] * cumulative[:, -1:]
    return tf.reduce_sum(tf.cast(cumulative <= threshold, tf.int32), axis=-1)
