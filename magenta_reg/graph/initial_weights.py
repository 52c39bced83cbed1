"""Initial weights that depend on the seed and the variable's name, and on nothing else."""

import zlib
from contextlib import contextmanager

from magenta_reg.base.compat import tf


@contextmanager
def weights_seeded_by_name(seed):
    """Gives every variable made in the block with Glorot's uniform initializer a seed of its own.

    TensorFlow seeds an initializer by the number of operations made before it. Then two methods
    would start from different weights under one seed, and their comparison would not be paired.

    Args:
        seed: int.
    """
    def seeded_getter(getter, name, *args, **options):
        initializer = options.get('initializer')
        # Glorot's uniform is what get_variable takes by default; Keras' cells name it.
        if initializer is None or isinstance(initializer, tf.glorot_uniform_initializer):
            name_seed = zlib.crc32(f'{seed}/{name}'.encode()) & 0x7fffffff
            options['initializer'] = tf.glorot_uniform_initializer(seed=name_seed)
        return getter(name, *args, **options)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=seeded_getter,
                           auxiliary_name_scope=False):
        yield
