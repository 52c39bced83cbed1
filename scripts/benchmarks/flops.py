"""How many floating-point operations the matrix products of a training update have."""

import itertools


def flops_per_event(input_size, layer_sizes, num_classes):
    """Returns the operations of one event of one melody, forward and backward.

    A product of [m, k] with [k, n] counts 2 m k n. Forward, each weight is used once; backward,
    once for the gradient of the weights and once for that of what it was multiplied with, which
    only the inputs of the network do not need. What is elementwise is left out, as is the update,
    which is once a batch. One-hot inputs count as the dense rows that they are.
    """
    recurrent, inputs = 0, 0
    sizes = [input_size, *layer_sizes]
    for number, (below, units) in enumerate(itertools.pairwise(sizes)):
        recurrent += 3 * 2 * units * 4 * units
        inputs += (3 if number else 2) * 2 * below * 4 * units
    return recurrent + inputs + 3 * 2 * sizes[-1] * num_classes
