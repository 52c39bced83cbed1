"""The recurrent cells of MelodyRNN: Magenta's equations, under Magenta's variable names.

A cell makes its variables at once, in the scope that is open, and then runs steps:

    output, state = cell(time, inputs, state)
        time: integer scalar, the position, which noise depends on; None where there is none.
        inputs: float32 [batch, input_size].  output: float32 [batch, output_size].
        state: a nest of float32 [batch, size]; `state_size` is the nest of their sizes.

Training has the bits that it has with TensorFlow's legacy cells, so three orders are theirs: that
of the operations; that of their names, by which Grappler sorts what it adds up, hence the name
scopes; and that in which variables are made, in which the norm of all gradients is summed up,
hence a wrapper takes a function from an input size to the cell in it.

Source: magenta.models.shared.events_rnn_graph, `make_rnn_cell`; magenta.contrib.rnn.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.attention import AttentionWeights


class LstmState(NamedTuple):
    """The state of an LSTM, float32 [batch, units] each."""

    c: object
    h: object


def zero_state(cell, batch_size):
    """Returns a cell's state before any step."""
    return tf.nest.map_structure(lambda size: tf.zeros([batch_size, size]), cell.state_size)


class LstmCell:
    """An LSTM layer without peepholes.

        i, j, f, o = [x, h] kernel + bias
        c' = sigmoid(f + 1) c + sigmoid(i) tanh(j)
        h' = sigmoid(o) tanh(c')

    `graph.fast.lstm` runs the same equations, on the same variables, over whole sequences.

    Source: Zaremba et al. 2014, arXiv:1409.2329, section 3; the 1 is from Jozefowicz et al. 2015.
    """

    def __init__(self, units, input_size):
        self.output_size, self.state_size = units, LstmState(units, units)
        with tf.variable_scope('basic_lstm_cell'):
            self.kernel = tf.get_variable('kernel', [input_size + units, 4 * units])
            self.bias = tf.get_variable('bias', [4 * units], initializer=tf.zeros_initializer())

    def __call__(self, time, inputs, state):
        with tf.name_scope('basic_lstm_cell'):
            gates = tf.matmul(tf.concat([inputs, state.h], 1), self.kernel)
            i, j, f, o = tf.split(tf.nn.bias_add(gates, self.bias), 4, axis=1)
            c = state.c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
            h = tf.tanh(c) * tf.sigmoid(o)
            return h, LstmState(c, h)


class AttentionCell:
    """A cell that attends over its own last `attn_length` outputs.

        x' = W_in [x, a]                                the inner cell's input
        u_t = v tanh(W_o o_t + W_s s + b)               o_t: each of the last outputs, s: its state
        a' = sum_t softmax(u)_t o_t
        output = W_out [inner output, a']

    `graph.fast.attention` runs the same equations, on the same variables, over whole sequences.

    Source: Cheng et al. 2016, arXiv:1601.06733, as TensorFlow's AttentionCellWrapper has it.
    """

    def __init__(self, make_cell, units, attn_length, input_size):
        with tf.variable_scope('attention_cell_wrapper'):
            self._input = Linear(input_size + units, input_size)
            self.cell = make_cell(input_size=input_size)
            with tf.variable_scope('attention'):
                self._attn_w = tf.get_variable('attn_w', [1, 1, units, units])
                self._attn_v = tf.get_variable('attn_v', [units])
                self._query = Linear(2 * units, units)
            with tf.variable_scope('attn_output_projection'):
                self._output = Linear(2 * units, units)
        self.attn_length, self.output_size = attn_length, units
        self.state_size = (self.cell.state_size, units, units * attn_length)

    @property
    def weights(self):
        """AttentionWeights of the variables, where the cell in it is an LstmCell."""
        units = self.output_size
        return AttentionWeights(
            *self._input.variables, self.cell.kernel, self.cell.bias,
            tf.reshape(self._attn_w, [units, units]), self._attn_v, *self._query.variables,
            *self._output.variables)

    def __call__(self, time, inputs, state):
        with tf.name_scope('attention_cell_wrapper'):
            state, attention, memory = state
            memory = tf.reshape(memory, [-1, self.attn_length, self.output_size])
            output, state = self.cell(time, self._input(inputs, attention), state)
            attention = self._attend(tf.concat(state, 1), memory)
            with tf.name_scope('attn_output_projection'):
                output = self._output(output, attention)
            memory = tf.concat([tf.slice(memory, [0, 1, 0], [-1, -1, -1]),
                                tf.expand_dims(output, 1)], 1)
            memory = tf.reshape(memory, [-1, self.attn_length * self.output_size])
            return output, (state, attention, memory)

    def _attend(self, query, memory):
        """Returns [batch, units] of query [batch, 2 units] and memory [batch, length, units]."""
        hidden = tf.reshape(memory, [-1, self.attn_length, 1, self.output_size])
        features = tf.nn.conv2d(hidden, self._attn_w, [1, 1, 1, 1], 'SAME')
        query = tf.reshape(self._query(query), [-1, 1, 1, self.output_size])
        scores = tf.reduce_sum(self._attn_v * tf.tanh(features + query), [2, 3])
        weights = tf.reshape(tf.nn.softmax(scores), [-1, self.attn_length, 1, 1])
        return tf.reduce_sum(weights * hidden, [1, 2])


class ResidualCell:
    """Adds a cell's input to its output. Source: He et al. 2015, arXiv:1512.03385."""

    def __init__(self, make_cell, input_size):
        self._cell = make_cell(input_size=input_size)
        self.output_size, self.state_size = self._cell.output_size, self._cell.state_size

    def __call__(self, time, inputs, state):
        output, state = self._cell(time, inputs, state)
        return inputs + output, state


class InputProjectionCell:
    """Projects the input to `size` before the cell, so that a residual connection fits."""

    def __init__(self, make_cell, size, input_size):
        with tf.variable_scope('input_projection_wrapper'):
            self._linear = Linear(input_size, size)
            self._cell = make_cell(input_size=size)
        self.output_size, self.state_size = self._cell.output_size, self._cell.state_size

    def __call__(self, time, inputs, state):
        with tf.name_scope('input_projection_wrapper'):
            return self._cell(time, self._linear(inputs), state)


class StackedCell:
    """Layers one above the other; `make_cells` takes a function a layer."""

    def __init__(self, make_cells, input_size):
        self.cells = []
        with tf.variable_scope('rnn/multi_rnn_cell'):
            for number, make_cell in enumerate(make_cells):
                with tf.variable_scope(f'cell_{number}'):
                    self.cells.append(make_cell(input_size=input_size))
                input_size = self.cells[-1].output_size
        self.output_size = input_size
        self.state_size = tuple(cell.state_size for cell in self.cells)
        self._name_scope = None  # Of the first step built: later ones name their operations so.

    def __call__(self, time, inputs, state):
        states = []
        with tf.name_scope(self._name_scope or 'multi_rnn_cell') as self._name_scope:
            for number, (cell, cell_state) in enumerate(zip(self.cells, state, strict=True)):
                with tf.name_scope(f'cell_{number}'):
                    inputs, cell_state = cell(time, inputs, cell_state)
                states.append(cell_state)
        return inputs, tuple(states)


class Linear:
    """A linear layer over its inputs side by side, under the names of TensorFlow's cells."""

    def __init__(self, input_size, output_size):
        self.variables = (
            tf.get_variable('kernel', [input_size, output_size]),
            tf.get_variable('bias', [output_size], initializer=tf.zeros_initializer()))

    def __call__(self, *inputs):
        inputs = inputs[0] if len(inputs) == 1 else tf.concat(inputs, 1)
        kernel, bias = self.variables
        return tf.nn.bias_add(tf.matmul(inputs, kernel), bias)
