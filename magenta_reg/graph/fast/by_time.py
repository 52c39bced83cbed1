"""Tensors whose first dimension is time: read step by step, or as one matrix."""

from magenta_reg.base.compat import tf


def row(values, begin, end):
    """Returns values[begin], which shares its memory.

    Indexing with [] would make begin and end anew for every tensor that is read.

    Args:
        values: tensor [steps, ...].
        begin: int32 [1].
        end: int32 [1], begin + 1.
    """
    return tf.strided_slice(values, begin, end, shrink_axis_mask=1)


def flat(values):
    """Returns [steps * batch, size] of [steps, batch, size]."""
    return tf.reshape(values, [-1, values.shape.as_list()[2]])
