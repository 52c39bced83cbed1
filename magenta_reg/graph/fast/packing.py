"""Sequences of different lengths without most of their padding, as in PyTorch's PackedSequence.

In a batch of melodies as they come more than half can be padding, behind the end of the shorter
ones. Packed, rows are in order, the longest first, and time is cut into chunks, each with fewer
rows than the one before it; position after position, the rows that go on lie behind each other.
"""

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.own_gradient import own_gradient

# Rows are left behind in so many groups, so that there are at most so many chunks.
_NUM_GROUPS = 8


class Packing:
    """Where the rows of values [steps, batch, size] lie when they are packed.

    Attributes:
        chunks: int32 [1 + chunks, 4], rows of each, rows of the one before, its first position and
            the one behind its last. The first is none, but the state before all: of every row.
    """

    def __init__(self, lengths, num_steps):
        """Takes lengths, int32 [batch], at most num_steps each, int32 scalar."""
        num_rows = tf.shape(lengths)[0]
        self._is_real = tf.transpose(tf.sequence_mask(lengths, num_steps))
        group = tf.maximum(-(-num_rows // _NUM_GROUPS), 1)
        going_on = tf.reduce_sum(tf.cast(self._is_real, tf.int32), axis=1)
        rows = tf.minimum(-(-going_on // group) * group, num_rows)
        self.chunks = _chunks(rows, num_rows)
        order = tf.argsort(lengths, direction='DESCENDING', stable=True)
        time, place = tf.unstack(tf.cast(tf.where(tf.sequence_mask(rows, num_rows)), tf.int32),
                                 axis=1)
        # Of each packed position, where it is in [steps * batch].
        self._source = time * num_rows + tf.gather(order, place)
        # Of each [steps, batch], where it is in the packed positions; one of them behind the end.
        place = (tf.cumsum(rows, exclusive=True)[:, tf.newaxis]
                 + tf.math.invert_permutation(order))
        self._place = tf.minimum(place, tf.shape(self._source)[0] - 1)

    def pack(self, values):
        """Returns float32 [positions, size] of values [steps, batch, size]."""
        @own_gradient
        def run(values):
            return self._pack(values), lambda grad: (
                self._unpack(grad) * tf.cast(self._is_real, tf.float32)[:, :, tf.newaxis])

        return run(values)

    def unpack(self, values):
        """Returns float32 [steps, batch, size] of values [positions, size].

        What lies behind the end of a row is that of some other position, and has no gradient.
        """
        @own_gradient
        def run(values):
            return self._unpack(values), self._pack

        return run(values)

    def _pack(self, values):
        return tf.gather(tf.reshape(values, [-1, values.shape.as_list()[2]]), self._source)

    def _unpack(self, values):
        return tf.gather(values, self._place)


def _chunks(rows, num_rows):
    """Returns `Packing.chunks` of the rows of each step, int32 [steps], which never grow."""
    rows, _, steps = tf.unique_with_counts(rows)
    sizes = rows * steps
    ends = tf.cumsum(sizes)
    before = tf.concat([[num_rows], rows[:-1]], axis=0)
    chunks = tf.stack([rows, before, ends - sizes, ends], axis=1)
    first = [[num_rows, num_rows, 0, 0]]
    # Steps behind the end of the longest row are no chunk.
    return tf.concat([first, chunks[:tf.math.count_nonzero(rows, dtype=tf.int32)]], axis=0)
