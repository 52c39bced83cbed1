"""A stack of LSTM layers over whole sequences, where the cell is nothing but that."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.dropout import OutputDropoutCell, TimedCell
from magenta_reg.graph.fast.cores import num_shards, row_shards
from magenta_reg.graph.fast.lstm import lstm_layer, lstm_step


class StackLayer(NamedTuple):
    """One layer of a stack.

    Attributes:
        lstm: BasicLSTMCell, whose variables it has.
        dropout: OutputDropoutCell around it, or None.
    """

    lstm: object
    dropout: object


def stack_layers(cell):
    """Returns the list of StackLayer that a cell consists of, or None if it has other parts.

    Attention, residual connections, recurrent dropout and zoneout are such parts.

    Args:
        cell: RNN cell, from `make_cell`.
    """
    if isinstance(cell, TimedCell):
        cell = cell.cell
    layers = []
    for layer in cell._cells:
        dropout = layer if isinstance(layer, OutputDropoutCell) else None
        lstm = dropout.cell if dropout else layer
        if isinstance(lstm, tf.nn.rnn_cell.DropoutWrapper):
            # Magenta's own, which is off.
            lstm = lstm.cell
        if type(lstm) is not tf.nn.rnn_cell.BasicLSTMCell:
            return None
        layers.append(StackLayer(lstm, dropout))
    return layers


def made_layers(cell, inputs):
    """Returns `stack_layers` of a cell with their variables made, or None.

    Args:
        cell: RNN cell.
        inputs: float32 [batch, input_size], of any step.
    """
    layers = stack_layers(cell)
    if layers is not None:
        # A step that is never run makes them in the scope that dynamic_rnn gives them.
        with tf.variable_scope('rnn'):
            cell(inputs, cell.zero_state(tf.shape(inputs)[0], tf.float32))
    return layers


class StackCell:
    """One step of the layers, one operation each: for loops that no gradient comes back through.

    State: c and h of each layer, and int32 scalar, how many steps there were.
    Output: the last layer's, after dropout, and list of Activations, one a layer.
    """

    def __init__(self, layers, masks):
        """Wraps layers.

        Args:
            layers: list of StackLayer, whose variables are made.
            masks: list, one entry a layer: dropout's mask [steps, batch, units], or None.
        """
        self._weights, self._masks = layer_weights(layers), masks
        self.num_layers = len(layers)

    def zero_state(self, batch_size, dtype):
        """Returns the state before any step."""
        zeros = [tf.zeros([batch_size, bias.shape.as_list()[0] // 4], dtype)
                 for _, bias in self._weights]
        return [(values, values) for values in zeros], tf.constant(0)

    def __call__(self, values, state):
        """Returns the output and the state after a step, given float32 [batch, input_size]."""
        layers, time = state
        every = []
        for (c, h), weights, mask in zip(layers, self._weights, self._masks, strict=True):
            every.append(lstm_step(values, c, h, *weights))
            h = every[-1].h
            values = h if mask is None else h * mask[time]
        return (values, every), ([(layer.cs, layer.h) for layer in every], time + 1)


def layer_weights(layers):
    """Returns (kernel, bias) of each StackLayer."""
    return [[tf.identity(variable) for variable in layer.lstm.variables] for layer in layers]


def mask_shards(layers, num_steps):
    """Returns dropout's masks by shard of the batch and layer.

    Args:
        layers: list of StackLayer.
        num_steps: int32 scalar.

    Returns:
        list of list of float32 [num_steps, rows, units] or None, first by shard.
    """
    shards = []
    for layer in layers:
        if layer.dropout is None:
            shards.append([None] * num_shards())
            continue
        shards.append(row_shards(layer.dropout.mask()[:num_steps], 1))
    return list(zip(*shards, strict=True))


def run_stack(layers, inputs, activations=None):
    """Runs the layers, one after the other, each over all steps.

    Args:
        layers: list of StackLayer, whose variables are made.
        inputs: float32 [batch, steps, input_size].
        activations: Activations of these inputs where they are known, list by shard of list by
            layer; or None.

    Returns:
        outputs: float32 [batch, steps, units], of the last layer, after dropout.
        states: float32 [batch, steps, sum of units], h of every layer, before dropout.
    """
    weights = layer_weights(layers)
    known = activations or [[None] * len(layers)] * num_shards()
    outputs, states = [], []
    for values, masks, of_shard in zip(row_shards(tf.transpose(inputs, [1, 0, 2]), 1),
                                       mask_shards(layers, tf.shape(inputs)[1]), known,
                                       strict=True):
        of_layers = []
        for (kernel, bias), mask, of_layer in zip(weights, masks, of_shard, strict=True):
            values = lstm_layer(values, kernel, bias, of_layer)
            of_layers.append(values)
            if mask is not None:
                values = values * mask
        outputs.append(values)
        states.append(tf.concat(of_layers, axis=2))
    return tuple(tf.transpose(tf.concat(shards, axis=1), [1, 0, 2])
                 for shards in (outputs, states))
