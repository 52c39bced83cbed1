"""An LSTM layer over whole sequences, with its own backward pass: as fast as its matrices.

TensorFlow's `dynamic_rnn` runs some 250 small operations a position, forward and backward, and adds
up the weights' gradients position by position. Here the forward pass is one operation a layer
(`BlockLSTM`); the backward pass is a loop over its recurrent part alone, and the gradients of
weights and inputs are one product each over all positions. All tensors are time first.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.own_gradient import own_gradient


class Activations(NamedTuple):
    """What a step computes and the backward pass reads, float32 [..., batch, units] each."""

    i: object
    cs: object  # The cell state c.
    f: object
    o: object
    ci: object  # tanh of the candidate, Magenta's j.
    co: object  # tanh of c.
    h: object


def lstm_layer(inputs, kernel, bias, activations=None):
    """Runs one LSTM layer from a state of zeros: BasicLSTMCell's equations and weights.

    Args:
        inputs: float32 [steps, batch, input_size]; steps is at least 1.
        kernel: float32 [input_size + units, 4 units], gates in the order i, j, f, o.
        bias: float32 [4 units].
        activations: Activations [steps, batch, units] of these very inputs and weights, where a
            loop of `lstm_step` has made them; else they are computed.

    Returns:
        float32 [steps, batch, units], the hidden state h after each step. Gradients flow to inputs,
        kernel and bias.

    Source: Zaremba et al. 2014, arXiv:1409.2329, section 3; backpropagation through time as in
    Werbos 1990.
    """
    @own_gradient
    def run(inputs, kernel, bias, *known):
        def zero_state(batch_size):
            return [tf.zeros([batch_size, bias.shape.as_list()[0] // 4])] * 2

        forward = Activations(*known) if known else forward_pass(
            inputs, *zero_state(tf.shape(inputs)[1]), kernel, bias)

        def gradients(grad_h):
            zeros = zero_state(tf.shape(grad_h)[1])
            grad_inputs, _, _, grad_kernel, grad_bias = gradients_of(
                inputs, *zeros, kernel, forward, grad_h, zeros)
            return grad_inputs, grad_kernel, grad_bias, *[None] * len(known)

        return tf.identity(forward.h), gradients

    return run(inputs, kernel, bias, *(activations or ()))


def empty_activations(num_steps):
    """Returns Activations of TensorArrays, to write those of each of num_steps steps into."""
    return Activations(*[tf.TensorArray(tf.float32, num_steps) for _ in Activations._fields])


def activations_of_no_rows(num_steps, units):
    """Returns the Activations of a batch of no rows, float32 [steps, 0, units]."""
    return Activations(*[tf.zeros([num_steps, 0, units])] * len(Activations._fields))


def lstm_step(inputs, c, h, kernel, bias):
    """Runs one step of one layer, without a backward pass. Returns Activations [batch, units].

    Args:
        inputs: float32 [batch, input_size]; LSTMBlockCell wants a row at least.
        c, h: float32 [batch, units], the state before it.
        kernel, bias: as in `lstm_layer`.
    """
    return Activations(*tf.raw_ops.LSTMBlockCell(
        x=inputs, cs_prev=c, h_prev=h, w=kernel, b=bias, **_plain_lstm(c.shape.as_list()[1])))


def _plain_lstm(units):
    """Returns the arguments of BlockLSTM and LSTMBlockCell that make them a BasicLSTMCell."""
    # 1 is what dynamic_rnn and Magenta's BasicLSTMCell add to the forget gate.
    return {**dict.fromkeys(['wci', 'wcf', 'wco'], tf.zeros([units])), 'use_peephole': False,
            'forget_bias': 1.0, 'cell_clip': -1.0}


def forward_pass(inputs, c, h, kernel, bias):
    """Runs a layer, without a backward pass. Returns Activations [steps, batch, units].

    Args:
        inputs, kernel, bias: as in `lstm_layer`.
        c, h: float32 [batch, units], the state before the first step.
    """
    return Activations(*tf.raw_ops.BlockLSTM(
        seq_len_max=tf.cast(tf.shape(inputs)[0], tf.int64), x=inputs, cs_prev=c, h_prev=h,
        w=kernel, b=bias, **_plain_lstm(bias.shape.as_list()[0] // 4)))


class StepGradient:
    """The gradient of one step of a layer, as LSTMBlockCellGrad returns it."""

    def __init__(self, batch_size, units):
        """Makes, outside of the loop, what it asks for and reads nothing of but the shape."""
        zeros = tf.zeros([batch_size, units])
        self._unread = {'x': zeros[:, :0], 'h_prev': zeros, 'w': tf.zeros([units, 4 * units]),
                        'b': tf.zeros([4 * units]),
                        **dict.fromkeys(['wci', 'wcf', 'wco'], tf.zeros([units]))}

    def __call__(self, c, forward, here, after, grad_c, grad_h):
        """Returns cs_prev_grad [batch, units] and dicfo [batch, 4 units], of the gates.

        Args:
            c: float32 [steps + 1, batch, units], the cell state before each step and after all.
            forward: Activations [steps, batch, units].
            here, after: int32 [1], the step and the next one.
            grad_c, grad_h: float32 [batch, units], of the step's c and h.
        """
        return tf.raw_ops.LSTMBlockCellGrad(
            cs_prev=row(c, here, after), cs=row(c, after, after + 1), cs_grad=grad_c,
            h_grad=grad_h, use_peephole=False, **self._unread,
            **{name: row(getattr(forward, name), here, after)
               for name in ('i', 'f', 'o', 'ci', 'co')})


def gradients_of(inputs, c, h, kernel, forward, grad_outputs, grad_last):
    """Backpropagates through a layer.

    Args:
        inputs, c, h, kernel: as in `forward_pass`.
        forward: Activations, what that returned.
        grad_outputs: float32 [steps, batch, units], the upstream gradient of each hidden state.
        grad_last: pair of float32 [batch, units], that of c and h after the last step.

    Returns:
        The gradients of inputs, c, h, kernel and bias.
    """
    grad_gates, grad_c, grad_h = _backward(kernel, forward, c, grad_outputs, grad_last)
    grad_rows = flat(grad_gates)
    grad_input_weights = tf.matmul(flat(inputs), grad_rows, transpose_a=True)
    grad_recurrent_weights = (
        tf.matmul(flat(forward.h[:-1]), flat(grad_gates[1:]), transpose_a=True)
        + tf.matmul(h, grad_gates[0], transpose_a=True))
    grad_inputs = tf.matmul(grad_rows, tf.transpose(kernel[:inputs.shape.as_list()[2]]))
    return (tf.reshape(grad_inputs, tf.shape(inputs)), grad_c, grad_h,
            tf.concat([grad_input_weights, grad_recurrent_weights], axis=0),
            tf.raw_ops.BiasAddGrad(out_backprop=grad_rows))


def _backward(kernel, forward, c, grad_outputs, grad_last):
    """Returns the gradients of the gates before their nonlinearity, [steps, batch, 4 units], and of
    c and h before the first step; arguments as in `gradients_of`.
    """
    num_steps, batch_size, _ = tf.unstack(tf.shape(grad_outputs))
    units = grad_outputs.shape.as_list()[2]
    # A transposed copy, made once: the product with a transposed matrix takes a third longer.
    recurrent = tf.transpose(kernel[-units:])
    c = tf.concat([c[tf.newaxis], forward.cs], axis=0)
    gradient = StepGradient(batch_size, units)

    def step(time, grad_c, grad_h, grad_gates):
        here, after = time[tf.newaxis], time[tf.newaxis] + 1
        cell = gradient(c, forward, here, after, grad_c, row(grad_outputs, here, after) + grad_h)
        return (time - 1, cell.cs_prev_grad, tf.matmul(cell.dicfo, recurrent),
                grad_gates.write(time, cell.dicfo))

    start = (num_steps - 1, *grad_last, tf.TensorArray(tf.float32, num_steps))
    _, grad_c, grad_h, grad_gates = tf.while_loop(
        lambda time, *_: time >= 0, step, start, back_prop=False)
    return grad_gates.stack(), grad_c, grad_h


def row(values, begin, end):
    """Returns values[begin], which shares its memory; begin and end are int32 [1], end = begin + 1.

    Indexing with [] would make begin and end anew for every tensor that is read.
    """
    return tf.strided_slice(values, begin, end, shrink_axis_mask=1)


def flat(values):
    """Returns [first * second, size] of [first, second, size]."""
    return tf.reshape(values, [-1, values.shape.as_list()[2]])
