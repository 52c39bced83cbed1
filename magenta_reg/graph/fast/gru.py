"""A GRU layer over whole sequences, with its own backward pass: see `lstm`."""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.lstm import flat, row
from magenta_reg.graph.fast.own_gradient import own_gradient


class GruWeights(NamedTuple):
    """The variables of TensorFlow's GRUCell, float32."""

    gates: object  # [input_size + units, 2 units], r and u.
    gates_bias: object  # [2 units].
    candidate: object  # [input_size + units, units].
    candidate_bias: object  # [units].

    @classmethod
    def make(cls, input_size, units):
        """Makes the variables in the scope that is open, with GRUCell's names and first values."""
        weights = []
        for name, size, bias in (('gates', 2 * units, tf.ones_initializer()),
                                 ('candidate', units, tf.zeros_initializer())):
            with tf.variable_scope(f'gru_cell/{name}'):
                weights += [tf.get_variable('kernel', [input_size + units, size]),
                            tf.get_variable('bias', [size], initializer=bias)]
        return cls(*weights)


def gru_layer(inputs, weights):
    """Runs one GRU layer from a state of zeros: GRUCell's equations and weights.

        r, u = sigmoid([x, h] W_gates + b_gates)
        c = tanh([x, r h] W_candidate + b_candidate)
        h' = u h + (1 - u) c

    Args:
        inputs: float32 [steps, batch, input_size]; steps is at least 1.
        weights: GruWeights of tensors.

    Returns:
        float32 [steps, batch, units], the state h' after each step. Gradients flow to all of
        the arguments.

    Source: Cho et al. 2014, arXiv:1406.1078, equations 5 to 8, with the reset before the product.
    """
    @own_gradient
    def run(inputs, *weights):
        forward = _forward(inputs, GruWeights(*weights))
        return forward.h, lambda grad_h: _gradients(inputs, GruWeights(*weights), forward, grad_h)

    return run(inputs, *weights)


class _Forward(NamedTuple):
    """Gates, candidate and state after each step, float32 [steps, batch, units] each."""

    r: object
    u: object
    c: object
    h: object


def _forward(inputs, weights):
    """Returns _Forward."""
    num_steps, batch_size, _ = tf.unstack(tf.shape(inputs))

    def step(time, h, arrays):
        here = time[tf.newaxis]
        cell = _Forward(*tf.raw_ops.GRUBlockCell(
            x=row(inputs, here, here + 1), h_prev=h, w_ru=weights.gates, w_c=weights.candidate,
            b_ru=weights.gates_bias, b_c=weights.candidate_bias))
        return time + 1, cell.h, [array.write(time, values)
                                  for array, values in zip(arrays, cell, strict=True)]

    units = weights.candidate_bias.shape.as_list()[0]
    start = (0, tf.zeros([batch_size, units]), [tf.TensorArray(tf.float32, num_steps) for _ in
                                                _Forward._fields])
    *_, arrays = tf.while_loop(lambda time, *_: time < num_steps, step, start, back_prop=False)
    return _Forward(*[tf.ensure_shape(array.stack(), [None, None, units]) for array in arrays])


def _gradients(inputs, weights, forward, grad_h):
    """Returns the gradients of inputs and of the four weights."""
    input_size = inputs.shape.as_list()[2]
    units = weights.candidate_bias.shape.as_list()[0]
    before = tf.concat([tf.zeros_like(forward.h[:1]), forward.h[:-1]], axis=0)
    grad_gates, grad_candidate = map(flat, _backward(weights, forward, before, grad_h, units))
    # One product for what reads the inputs, gates and candidate side by side.
    both = tf.concat([grad_gates, grad_candidate], axis=1)
    input_weights = tf.concat([weights.gates[:input_size], weights.candidate[:input_size]], axis=1)
    grad_inputs = tf.matmul(both, tf.transpose(input_weights))
    grad_input_weights = tf.matmul(flat(inputs), both, transpose_a=True)
    grad_recurrent = [tf.matmul(flat(before), grad_gates, transpose_a=True),
                      tf.matmul(flat(forward.r * before), grad_candidate, transpose_a=True)]
    grad_weights = [tf.concat(parts, axis=0) for parts in zip(
        tf.split(grad_input_weights, [2 * units, units], axis=1), grad_recurrent, strict=True)]
    return (tf.reshape(grad_inputs, tf.shape(inputs)),
            grad_weights[0], tf.raw_ops.BiasAddGrad(out_backprop=grad_gates),
            grad_weights[1], tf.raw_ops.BiasAddGrad(out_backprop=grad_candidate))


def _backward(weights, forward, before, grad_h, units):
    """Backpropagates through time.

    Args:
        weights: GruWeights.
        forward: _Forward.
        before: float32 [steps, batch, units], the state before each step.
        grad_h: float32 [steps, batch, units], the upstream gradient of each state.
        units: int.

    Returns:
        The gradients of gates, float32 [steps, batch, 2 units], and candidate, float32
        [steps, batch, units], before their nonlinearities.
    """
    num_steps = tf.shape(grad_h)[0]
    gates, candidate = (tf.transpose(matrix[-units:])
                        for matrix in (weights.gates, weights.candidate))
    # What does not depend on later gradients is computed for all steps at once.
    r, u, c, _ = forward
    to_candidate = (1 - u) * (1 - c * c)
    to_gates = tf.concat([before * r * (1 - r), (before - c) * u * (1 - u)], axis=2)

    def step(time, recurrent, grad_gates, grad_candidate):
        here = time[tf.newaxis]
        def at(values):
            return row(values, here, here + 1)
        grad_state = at(grad_h) + recurrent
        candidate_here = grad_state * at(to_candidate)
        grad_reset = tf.matmul(candidate_here, candidate)
        gates_here = tf.concat([grad_reset, grad_state], axis=1) * at(to_gates)
        recurrent = grad_state * at(u) + grad_reset * at(r) + tf.matmul(gates_here, gates)
        return (time - 1, recurrent, grad_gates.write(time, gates_here),
                grad_candidate.write(time, candidate_here))

    start = (num_steps - 1, tf.zeros_like(before[0]),
             *[tf.TensorArray(tf.float32, num_steps) for _ in range(2)])
    *_, grad_gates, grad_candidate = tf.while_loop(
        lambda time, *_: time >= 0, step, start, back_prop=False)
    return grad_gates.stack(), grad_candidate.stack()
