"""A stack of recurrent layers over whole sequences, in shards of the batch."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast import attention, lstm
from magenta_reg.graph.fast.cores import num_shards, row_shards
from magenta_reg.graph.fast.packed_lstm import packed_lstm_layer
from magenta_reg.graph.fast.packing import Packing


class LstmLayer(NamedTuple):
    """An LSTM layer of a stack: weights as in `lstm_layer`, and dropout."""

    kernel: object  # float32 [input_size + units, 4 units].
    bias: object  # float32 [4 units].
    mask: object = None  # float32 [steps or more, batch, units], multiplies the output; or None.

    @property
    def units(self):
        """int."""
        return self.bias.shape.as_list()[0] // 4

    def read(self):
        """Returns the layer with its weights read."""
        return self._replace(kernel=tf.identity(self.kernel), bias=tf.identity(self.bias))

    def run(self, inputs, activations):
        """Returns outputs before dropout and h, float32 [steps, batch, units]: the same."""
        h = lstm.lstm_layer(inputs, self.kernel, self.bias, activations)
        return h, h

    def zero_state(self, batch_size):
        """Returns (c, h) before any step."""
        zeros = tf.zeros([batch_size, self.units])
        return zeros, zeros

    def step(self, time, inputs, state):
        """Returns the output before dropout, the new state, and Activations."""
        found = lstm.lstm_step(inputs, *state, self.kernel, self.bias)
        return found.h, (found.cs, found.h), found

    def choose_rows(self, state, rows):
        """Returns the state of some of the rows, int32."""
        return tuple(tf.gather(values, rows) for values in state)

    def arrays(self, num_steps):
        """Returns Activations of TensorArrays."""
        return lstm.empty_activations(num_steps)

    def activations_of_no_rows(self, num_steps):
        """Returns Activations [steps, 0, units]."""
        return lstm.activations_of_no_rows(num_steps, self.units)


class AttentionLayer(NamedTuple):
    """An AttentionCell around an LSTM as a layer of a stack, called as LstmLayer is."""

    weights: attention.AttentionWeights
    length: int
    mask: object = None  # As LstmLayer's.

    @property
    def units(self):
        """int."""
        return self.weights.attn_v.shape.as_list()[0]

    def read(self):
        """Returns the layer with its weights read."""
        return self._replace(weights=attention.AttentionWeights(*map(tf.identity, self.weights)))

    def run(self, inputs, activations):
        """Returns outputs before dropout and h, float32 [steps, batch, units]."""
        return attention.attention_layer(inputs, self.weights, self.length, activations)

    def zero_state(self, batch_size):
        """Returns the AttentionState before any step."""
        return attention.zero_state(batch_size, self.units, self.length)

    def step(self, time, inputs, state):
        """Returns the output before dropout, the new state, and AttentionActivations."""
        found, state = attention.attention_step(time, inputs, state, self.weights)
        return found.output, state, found

    def choose_rows(self, state, rows):
        """Returns the state of some of the rows, int32."""
        return attention.choose_rows(state, rows)

    def arrays(self, num_steps):
        """Returns AttentionActivations of TensorArrays."""
        return attention.empty_activations(num_steps)

    def activations_of_no_rows(self, num_steps):
        """Returns AttentionActivations [steps, 0, size]."""
        return attention.activations_of_no_rows(num_steps, self.weights, self.length)


def run_layers(layers, inputs, lengths, activations=None):
    """Runs the layers, one after the other, each over all steps.

    Args:
        layers: list of LstmLayer and AttentionLayer.
        inputs: float32 [batch, steps, input_size].
        lengths: int32 [batch], steps of each row; what comes out behind its end means nothing.
        activations: what LayersStep gave for these inputs where they are known, list by shard of
            list by layer; or None.

    Returns:
        outputs: float32 [batch, steps, units], of the last layer, after dropout.
        states: float32 [batch, steps, sum of units], h of every layer, before dropout.
    """
    known = activations or [[None] * len(layers)] * num_shards()
    packs = not activations and all(isinstance(layer, LstmLayer) for layer in layers)
    found = [_run_packed(shard, values, own) if packs else _run_whole(shard, values, shard_known)
             for shard, values, own, shard_known in zip(
                 layer_shards(layers, tf.shape(inputs)[1]),
                 row_shards(tf.transpose(inputs, [1, 0, 2]), 1), row_shards(lengths, 0), known,
                 strict=True)]
    return tuple(tf.transpose(tf.concat(shards, axis=1), [1, 0, 2])
                 for shards in zip(*found, strict=True))


def _run_whole(layers, values, activations):
    """Returns outputs and states of a shard, float32 [steps, rows, size]."""
    states = []
    for layer, known in zip(layers, activations, strict=True):
        values, h = layer.run(values, known)
        states.append(h)
        if layer.mask is not None:
            values = values * layer.mask
    return values, tf.concat(states, axis=2)


def _run_packed(layers, values, lengths):
    """Returns what `_run_whole` does, without most of what is behind the end of a row."""
    packing, states = Packing(lengths, tf.shape(values)[0]), []
    values = packing.pack(values)
    for layer in layers:
        values = packed_lstm_layer(values, packing.chunks, layer.kernel, layer.bias)
        states.append(values)
        if layer.mask is not None:
            values = values * packing.pack(layer.mask)
    return packing.unpack(values), packing.unpack(tf.concat(states, axis=1))


def layer_shards(layers, num_steps):
    """Returns the layers of each shard of the batch: its rows of the masks, for `num_steps` steps.

    The weights are read once for all shards, so that a pass adds one gradient to a variable.
    """
    read = [layer.read() for layer in layers]
    masks = [[None] * num_shards() if layer.mask is None else row_shards(layer.mask[:num_steps], 1)
             for layer in layers]
    return [[layer._replace(mask=mask) for layer, mask in zip(read, shard, strict=True)]
            for shard in zip(*masks, strict=True)]


class LayersStep:
    """One step of the layers: for loops that no gradient comes back through."""

    def __init__(self, layers, keeps_activations=True):
        self._layers, self._keeps = layers, keeps_activations

    def zero_state(self, batch_size):
        """Returns the state of each layer before any step."""
        return [layer.zero_state(batch_size) for layer in self._layers]

    def choose_rows(self, state, rows):
        """Returns the state of some of the rows, int32."""
        return [layer.choose_rows(own, rows)
                for layer, own in zip(self._layers, state, strict=True)]

    def arrays(self, num_steps):
        """Returns where each layer's activations are written: a list of nests of TensorArrays."""
        return [layer.arrays(num_steps) for layer in self._layers] if self._keeps else []

    def activations_of_no_rows(self, num_steps):
        """Returns the activations of a shard of no rows, a list by layer."""
        return [layer.activations_of_no_rows(num_steps) for layer in self._layers]

    def __call__(self, time, inputs, state):
        """Runs one step.

        Args:
            time: int32 scalar, how many steps there were.
            inputs: float32 [batch, input_size]; a row at least.
            state: list of each layer's.

        Returns:
            The last layer's output after dropout, the new state, each layer's activations.
        """
        states, activations = [], []
        for layer, layer_state in zip(self._layers, state, strict=True):
            inputs, layer_state, found = layer.step(time, inputs, layer_state)
            states.append(layer_state)
            activations.append(found)
            if layer.mask is not None:
                inputs = inputs * layer.mask[time]
        return inputs, states, activations if self._keeps else []
