"""A stack of LSTM layers over whole sequences, in shards of the batch."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import num_shards, row_shards
from magenta_reg.graph.fast.lstm import lstm_layer, lstm_step


class Layer(NamedTuple):
    """One layer of a stack: weights as in `lstm_layer`, and dropout."""

    kernel: object  # float32 [input_size + units, 4 units].
    bias: object  # float32 [4 units].
    mask: object = None  # float32 [steps or more, batch, units], multiplies the output; or None.


def run_layers(layers, inputs, activations=None):
    """Runs the layers, one after the other, each over all steps.

    Args:
        layers: list of Layer.
        inputs: float32 [batch, steps, input_size].
        activations: Activations of these inputs where they are known, list by shard of list by
            layer; or None.

    Returns:
        outputs: float32 [batch, steps, units], of the last layer, after dropout.
        states: float32 [batch, steps, sum of units], h of every layer, before dropout.
    """
    known = activations or [[None] * len(layers)] * num_shards()
    outputs, states = [], []
    for values, shard, shard_known in zip(
            row_shards(tf.transpose(inputs, [1, 0, 2]), 1),
            layer_shards(layers, tf.shape(inputs)[1]), known, strict=True):
        layer_states = []
        for layer, layer_known in zip(shard, shard_known, strict=True):
            values = lstm_layer(values, layer.kernel, layer.bias, layer_known)
            layer_states.append(values)
            if layer.mask is not None:
                values = values * layer.mask
        outputs.append(values)
        states.append(tf.concat(layer_states, axis=2))
    return tuple(tf.transpose(tf.concat(shards, axis=1), [1, 0, 2])
                 for shards in (outputs, states))


def layer_shards(layers, num_steps):
    """Returns the layers of each shard of the batch: its rows of the masks, for `num_steps` steps.

    The weights are read once for all shards, so that a pass adds one gradient to a variable.
    """
    read = [Layer(tf.identity(layer.kernel), tf.identity(layer.bias)) for layer in layers]
    masks = [[None] * num_shards() if layer.mask is None else row_shards(layer.mask[:num_steps], 1)
             for layer in layers]
    return [[layer._replace(mask=mask) for layer, mask in zip(read, shard, strict=True)]
            for shard in zip(*masks, strict=True)]


class LayersStep:
    """One step of the layers, one operation each: for loops that no gradient comes back through."""

    def __init__(self, layers):
        self._layers = layers
        self.num_layers = len(layers)

    def zero_state(self, batch_size):
        """Returns (c, h) of each layer before any step."""
        zeros = [tf.zeros([batch_size, layer.bias.shape.as_list()[0] // 4])
                 for layer in self._layers]
        return [(values, values) for values in zeros]

    def __call__(self, time, inputs, state):
        """Runs one step.

        Args:
            time: int32 scalar, how many steps there were.
            inputs: float32 [batch, input_size].
            state: list of (c, h), float32 [batch, units], one a layer.

        Returns:
            The last layer's output after dropout, the new state, list of Activations, one a layer.
        """
        activations = []
        for layer, (c, h) in zip(self._layers, state, strict=True):
            activations.append(lstm_step(inputs, c, h, layer.kernel, layer.bias))
            inputs = activations[-1].h
            if layer.mask is not None:
                inputs = inputs * layer.mask[time]
        return inputs, [(one.cs, one.h) for one in activations], activations
