"""An LSTM layer over whole sequences, with its own backward pass: as fast as its matrices.

TensorFlow's `dynamic_rnn` runs some 250 small operations a position, forward and backward, and adds
up the weights' gradients position by position. Here the forward pass is one operation a layer
(`BlockLSTM`); the backward pass is a loop over its recurrent part alone, and the gradients of
weights and inputs are one product each over all positions. All tensors are time first.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf


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
    @tf.custom_gradient
    def run(inputs, kernel, bias, *known):
        forward = Activations(*known) if known else _forward(inputs, kernel, bias)

        def gradients(grad_h):
            grad_gates = _backward(kernel, forward, grad_h)
            return (*_gradients(inputs, kernel, forward, grad_gates), *[None] * len(known))

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


def _forward(inputs, kernel, bias):
    """Returns Activations [steps, batch, units]."""
    num_steps, batch_size, _ = tf.unstack(tf.shape(inputs))
    units = bias.shape.as_list()[0] // 4
    zeros = tf.zeros([batch_size, units])
    return Activations(*tf.raw_ops.BlockLSTM(
        seq_len_max=tf.cast(num_steps, tf.int64), x=inputs, cs_prev=zeros, h_prev=zeros, w=kernel,
        b=bias, **_plain_lstm(units)))


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


def _backward(kernel, forward, grad_h):
    """Backpropagates through time.

    Args:
        kernel: float32 [input_size + units, 4 units].
        forward: Activations.
        grad_h: float32 [steps, batch, units], the upstream gradient of each hidden state.

    Returns:
        float32 [steps, batch, 4 units], the gradient of the gates before their nonlinearity.
    """
    num_steps, batch_size, _ = tf.unstack(tf.shape(grad_h))
    units = grad_h.shape.as_list()[2]
    # A transposed copy, made once: the product with a transposed matrix takes a third longer.
    recurrent = tf.transpose(kernel[-units:])
    zeros = tf.zeros([batch_size, units])
    c = tf.concat([zeros[tf.newaxis], forward.cs], axis=0)
    gradient = StepGradient(batch_size, units)

    def step(time, grad_c, grad_recurrent_h, grad_gates):
        here, after = time[tf.newaxis], time[tf.newaxis] + 1
        cell = gradient(c, forward, here, after, grad_c,
                        row(grad_h, here, after) + grad_recurrent_h)
        return (time - 1, cell.cs_prev_grad, tf.matmul(cell.dicfo, recurrent),
                grad_gates.write(time, cell.dicfo))

    start = (num_steps - 1, zeros, zeros, tf.TensorArray(tf.float32, num_steps))
    *_, grad_gates = tf.while_loop(lambda time, *_: time >= 0, step, start, back_prop=False)
    return grad_gates.stack()


def _gradients(inputs, kernel, forward, grad_gates):
    """Returns the gradients of inputs, kernel and bias."""
    grad_rows = flat(grad_gates)
    grad_input_weights = tf.matmul(flat(inputs), grad_rows, transpose_a=True)
    # The first hidden state is 0 and adds nothing.
    grad_recurrent_weights = tf.matmul(flat(forward.h[:-1]), flat(grad_gates[1:]),
                                       transpose_a=True)
    grad_inputs = tf.matmul(grad_rows, tf.transpose(kernel[:inputs.shape.as_list()[2]]))
    return (tf.reshape(grad_inputs, tf.shape(inputs)),
            tf.concat([grad_input_weights, grad_recurrent_weights], axis=0),
            tf.raw_ops.BiasAddGrad(out_backprop=grad_rows))


def row(values, begin, end):
    """Returns values[begin], which shares its memory; begin and end are int32 [1], end = begin + 1.

    Indexing with [] would make begin and end anew for every tensor that is read.
    """
    return tf.strided_slice(values, begin, end, shrink_axis_mask=1)


def flat(values):
    """Returns [first * second, size] of [first, second, size]."""
    return tf.reshape(values, [-1, values.shape.as_list()[2]])
