"""How a graph is spread over the cores: by rows of the batch, not within an operation.

An LSTM's matrices are too small to be worth sharing: BlockLSTM over 64 rows of 128 units takes as
long on two threads as on one. So the batch is cut into one shard a core, up to four, and as many
operations as there are cores run at once, each on the threads that the shards leave it.

Sums over the rows are rounded by shard, and by thread where an operation takes four or more. So
where the number of shards is chosen, an operation takes one thread, and training comes to the same
bits on any number of cores.
"""

import os

from magenta_reg.base.compat import tf

# A product of fewer rows is less efficient: a batch of 64 keeps 16 in a shard.
_MAX_SHARDS = 4
_CHOSEN = 'batch_shards'


def num_cores():
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def choose_shards(count):
    """Decides what `num_shards` is in this graph; 0 leaves it to the cores."""
    if count:
        tf.add_to_collection(_CHOSEN, count)


def num_shards():
    """Returns how many shards `row_shards` makes in this graph."""
    chosen = tf.get_collection(_CHOSEN)
    return chosen[-1] if chosen else min(num_cores(), _MAX_SHARDS)


def row_shards(values, axis):
    """Cuts [..., batch, ...] along `axis`, one shard a core; some are empty if rows are few."""
    count = num_shards()
    rows = tf.shape(values)[axis]
    ends = tf.stack([rows * (index + 1) // count for index in range(count)])
    return tf.split(values, ends - tf.concat([[0], ends[:-1]], axis=0), axis=axis, num=count)


def if_rows(values, run, otherwise, axis=1):
    """Returns run(), or otherwise() where values [..., batch, ...] are a shard of no rows.

    LSTMBlockCell and TensorScatterUpdate refuse such, the latter while the graph is built.
    """
    if values.shape.as_list()[axis] == 0:
        return otherwise()
    return tf.cond(tf.shape(values)[axis] > 0, run, otherwise)


def sharded_session(count=0):
    """Returns a tf.Session whose operations take the threads that the shards leave them.

    That is one with `count`, which is that of `choose_shards`.

    Make it before the graph: whatever starts TensorFlow's devices first decides the threads of all
    sessions of the process, and building a training graph can (it took a quarter of the speed).
    """
    config = tf.ConfigProto(
        intra_op_parallelism_threads=1 if count else num_cores() // num_shards(),
        inter_op_parallelism_threads=num_cores())
    # Rewriting these graphs takes longer than the rest of a start, and makes no step faster.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf.Session(config=config)
