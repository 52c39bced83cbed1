"""The attention layer over whole sequences, with its own backward pass: see `lstm`.

TensorFlow's wrapper multiplies all of the last outputs by a matrix at every position, three
quarters of the layer's arithmetic, and its gradient keeps several copies of the window for every
position. Here a position's product is made once, when its output is, and the window is a ring: slot
`time % length` holds the output at `time`. Attention does not ask for an order. The backward pass
turns the ring back and computes the tanh again, so a window is never kept.

A window is [length, batch, units]: sums over it, and a query added to it, are of whole rows.
"""

from typing import NamedTuple

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast import lstm
from magenta_reg.graph.fast.cores import if_rows
from magenta_reg.graph.fast.lstm import Activations, StepGradient, flat, lstm_step, row
from magenta_reg.graph.fast.own_gradient import own_gradient


class AttentionWeights(NamedTuple):
    """The variables of an AttentionCell around an LSTM, float32."""

    input_kernel: object  # [input_size + units, input_size].
    input_bias: object  # [input_size].
    kernel: object  # [input_size + units, 4 units], the LSTM's.
    bias: object  # [4 units].
    attn_w: object  # [units, units].
    attn_v: object  # [units].
    query_kernel: object  # [2 units, units].
    query_bias: object  # [units].
    output_kernel: object  # [2 units, units].
    output_bias: object  # [units].


class AttentionActivations(NamedTuple):
    """What a step computes and the backward pass reads, float32 [..., batch, size] each."""

    lstm: Activations
    inputs: object  # The LSTM's, of size input_size.
    query: object
    shares: object  # [..., length, batch], the softmax over the window.
    attention: object
    output: object


class AttentionState(NamedTuple):
    """The state between steps, float32."""

    c: object  # [batch, units].
    h: object  # [batch, units].
    attention: object  # [batch, units].
    memory: object  # [length, batch, units], the last outputs.
    features: object  # [length, batch, units], their products with attn_w.


def attention_layer(inputs, weights, length, activations=None):
    """Runs an AttentionCell around an LSTM from a state of zeros.

    Args:
        inputs: float32 [steps, batch, input_size]; steps is at least 1.
        weights: AttentionWeights of tensors.
        length: int, of the window.
        activations: AttentionActivations [steps, ...] of these very inputs and weights, where a
            loop of `attention_step` has made them; else they are computed.

    Returns:
        float32 [steps, batch, units], the output of each step.
        float32 [steps, batch, units], the LSTM's hidden state h after each step. Gradients flow
        from both to inputs and weights.

    Source: the equations of `graph.cells.AttentionCell`.
    """
    known = tf.nest.flatten(activations) if activations else []

    @own_gradient
    def run(inputs, *tensors):
        own = AttentionWeights(*tensors[:len(weights)])
        if known:
            forward = tf.nest.pack_sequence_as(activations, tensors[len(weights):])
        else:
            forward = if_rows(inputs, lambda: _forward(inputs, own, length),
                              lambda: activations_of_no_rows(tf.shape(inputs)[0], own, length))

        def gradients(grad_outputs, grad_h):
            found = if_rows(
                inputs, lambda: _gradients(inputs, own, forward, length, grad_outputs, grad_h),
                lambda: [tf.zeros_like(values) for values in (inputs, *own)])
            return *found, *[None] * len(known)

        return (tf.identity(forward.output), tf.identity(forward.lstm.h)), gradients

    return run(inputs, *weights, *known)


def zero_state(batch_size, units, length):
    """Returns the AttentionState before any step."""
    window = tf.zeros([length, batch_size, units])
    return AttentionState(*[tf.zeros([batch_size, units])] * 3, window, window)


def choose_rows(state, rows):
    """Returns the AttentionState of some of the rows, int32; windows have them second."""
    return AttentionState(*[tf.gather(values, rows, axis=values.shape.ndims - 2)
                            for values in state])


def attention_step(time, inputs, state, weights):
    """Runs one step, without a backward pass.

    Args:
        time: int32 scalar, how many steps there were.
        inputs: float32 [batch, input_size].
        state: AttentionState.
        weights: AttentionWeights.

    Returns:
        AttentionActivations [batch, size].
        the new AttentionState.
    """
    input_size = weights.input_bias.shape.as_list()[0]
    projected = tf.matmul(inputs, weights.input_kernel[:input_size]) + weights.input_bias
    return _step(time, projected, state, weights, weights.input_kernel[input_size:])


def _step(time, projected, state, weights, recurrent_input_kernel):
    """Runs one step on inputs that are projected already."""
    inputs = projected + tf.matmul(state.attention, recurrent_input_kernel)
    inner = lstm_step(inputs, state.c, state.h, weights.kernel, weights.bias)
    query = (tf.matmul(tf.concat([inner.cs, inner.h], 1), weights.query_kernel)
             + weights.query_bias)
    scores = tf.matmul(flat(tf.tanh(state.features + query)), weights.attn_v[:, tf.newaxis])
    scores = tf.reshape(scores, tf.shape(state.memory)[:2])
    shares = tf.transpose(tf.nn.softmax(tf.transpose(scores)))
    attention = _sum_over_window(shares[:, :, tf.newaxis] * state.memory)
    output = tf.matmul(tf.concat([inner.h, attention], 1), weights.output_kernel)
    output += weights.output_bias
    slot = time % state.memory.shape.as_list()[0]
    return (AttentionActivations(inner, inputs, query, shares, attention, output),
            AttentionState(inner.cs, inner.h, attention, _put(state.memory, slot, output),
                           _put(state.features, slot, tf.matmul(output, weights.attn_w))))


def _forward(inputs, weights, length):
    """Returns AttentionActivations [steps, batch, size]."""
    num_steps, batch_size, _ = tf.unstack(tf.shape(inputs))
    input_size = inputs.shape.as_list()[2]
    units = weights.attn_v.shape.as_list()[0]
    projected = tf.matmul(flat(inputs), weights.input_kernel[:input_size]) + weights.input_bias
    projected = tf.reshape(projected, tf.shape(inputs))
    recurrent = weights.input_kernel[input_size:]

    def step(time, state, arrays):
        here = time[tf.newaxis]
        found, state = _step(time, row(projected, here, here + 1), state, weights, recurrent)
        return time + 1, state, tf.nest.map_structure(
            lambda array, values: array.write(time, values), arrays, found)

    start = 0, zero_state(batch_size, units, length), empty_activations(num_steps)
    *_, arrays = tf.while_loop(lambda time, *_: time < num_steps, step, start, back_prop=False)
    return tf.nest.map_structure(lambda array: array.stack(), arrays)


def empty_activations(num_steps):
    """Returns AttentionActivations of TensorArrays, as `lstm.empty_activations` does."""
    return AttentionActivations(lstm.empty_activations(num_steps), *[
        tf.TensorArray(tf.float32, num_steps) for _ in AttentionActivations._fields[1:]])


def activations_of_no_rows(num_steps, weights, length):
    """Returns the AttentionActivations of a batch of no rows, float32 [steps, 0, size]."""
    input_size, units = (each.shape.as_list()[0] for each in (weights.input_bias, weights.attn_v))
    inputs, other = (tf.zeros([num_steps, 0, size]) for size in (input_size, units))
    return AttentionActivations(lstm.activations_of_no_rows(num_steps, units), inputs, other,
                                tf.zeros([num_steps, length, 0]), other, other)


class _StepGradients(NamedTuple):
    """The gradients of what each step's products came to, float32 [steps, batch, size]."""

    gates: object  # Before their nonlinearity.
    inputs: object
    query: object
    output: object
    features: object


class _Back(NamedTuple):
    """What goes from a step back to the one before it, float32."""

    c: object  # [batch, units], a gradient, as are the next ones.
    h: object
    attention: object
    memory: object  # [length, batch, units], the window that the step read.
    features: object
    grad_memory: object  # [length, batch, units], gradients of its slots so far.
    grad_features: object
    attn_v: object  # [1, units], the gradient so far.


def _backward(weights, forward, features, length, grad_outputs, grad_h):
    """Backpropagates through time.

    Args:
        weights: AttentionWeights.
        forward: AttentionActivations [steps, batch, size].
        features: float32 [steps, batch, units], the outputs' products with attn_w.
        length: int, of the window.
        grad_outputs, grad_h: float32 [steps, batch, units], the upstream gradients.

    Returns:
        _StepGradients.
        float32 [units], the gradient of attn_v.
    """
    num_steps, batch_size, units = *tf.unstack(tf.shape(grad_h))[:2], grad_h.shape.as_list()[2]
    input_size = weights.input_bias.shape.as_list()[0]
    # Transposed copies, made once: the product with a transposed matrix takes a third longer.
    kernel, query_kernel, output_kernel, attn_w, recurrent_input = map(tf.transpose, (
        weights.kernel, weights.query_kernel, weights.output_kernel, weights.attn_w,
        weights.input_kernel[input_size:]))
    attn_v = weights.attn_v[tf.newaxis]
    zeros, window = tf.zeros([batch_size, units]), tf.zeros([length, batch_size, units])
    c = tf.concat([zeros[tf.newaxis], forward.lstm.cs], axis=0)
    # What a slot held before position t: the output at t - length, zeros before the first.
    outputs, features = (tf.concat([window, values], axis=0)
                         for values in (forward.output, features))
    lstm_gradient = StepGradient(batch_size, units)

    def step(time, back, arrays):
        here, slot = time[tf.newaxis], time % length

        def at(values):
            return row(values, here, here + 1)

        grad_features = tf.gather(back.grad_features, slot)
        grad_output = (at(grad_outputs) + tf.gather(back.grad_memory, slot)
                       + tf.matmul(grad_features, attn_w))
        with tf.control_dependencies([grad_output]):  # Else the rings would be copied.
            rings = [_put(ring, slot, values) for ring, values in (
                (back.memory, at(outputs)), (back.features, at(features)),
                (back.grad_memory, zeros), (back.grad_features, zeros))]
        memory, window, grad_memory, grad_window = rings
        to_h, to_attention = tf.split(tf.matmul(grad_output, output_kernel), 2, axis=1)
        grad_attention = back.attention + to_attention
        to_query, to_memory, to_features, to_v = _through_window(
            memory, window, at(forward.query), at(forward.shares), attn_v, grad_attention)
        to_c, to_h_too = tf.split(tf.matmul(to_query, query_kernel), 2, axis=1)
        inner = lstm_gradient(c, forward.lstm, here, here + 1, back.c + to_c,
                             at(grad_h) + back.h + to_h + to_h_too)
        grad_inputs, grad_state = tf.split(tf.matmul(inner.dicfo, kernel), [input_size, units], 1)
        found = _StepGradients(inner.dicfo, grad_inputs, to_query, grad_output, grad_features)
        return time - 1, _Back(
            inner.cs_prev_grad, grad_state, tf.matmul(grad_inputs, recurrent_input), memory, window,
            grad_memory + to_memory, grad_window + to_features, back.attn_v + to_v), [
                array.write(time, values) for array, values in zip(arrays, found, strict=True)]

    at_end = [tf.gather(values, _held_at_end(num_steps, length)) for values in (outputs, features)]
    start = (num_steps - 1,
             _Back(zeros, zeros, zeros, *at_end, window, window, tf.zeros([1, units])),
             [tf.TensorArray(tf.float32, num_steps) for _ in _StepGradients._fields])
    _, back, arrays = tf.while_loop(lambda time, *_: time >= 0, step, start, back_prop=False)
    return _StepGradients(*[array.stack() for array in arrays]), back.attn_v[0]


def _held_at_end(num_steps, length):
    """Returns int32 [length], which step's output each slot holds after the last, 0 after `length`.

    Slot s holds the last one at a time of s modulo the length, perhaps of the zeros before all.
    """
    last = num_steps - 1
    return length + last - (last - tf.range(length)) % length


def _through_window(memory, features, query, shares, attn_v, grad_attention):
    """Backpropagates through the attention to a window.

    Args:
        memory, features: float32 [length, batch, units], the last outputs, and times attn_w.
        query, grad_attention: float32 [batch, units].
        shares: float32 [length, batch], of the softmax.
        attn_v: float32 [1, units].

    Returns:
        The gradients of query, memory, features and attn_v.
    """
    activated = tf.tanh(features + query)
    grad_shares = tf.reduce_sum(memory * grad_attention, 2)
    grad_scores = shares * (grad_shares - tf.reduce_sum(shares * grad_shares, 0))
    grad_activated = tf.matmul(tf.reshape(grad_scores, [-1, 1]), attn_v)
    to_features = tf.raw_ops.TanhGrad(y=activated,
                                      dy=tf.reshape(grad_activated, tf.shape(activated)))
    return (_sum_over_window(to_features), shares[:, :, tf.newaxis] * grad_attention, to_features,
            tf.matmul(tf.reshape(grad_scores, [1, -1]), flat(activated)))


def _gradients(inputs, weights, forward, length, grad_outputs, grad_h):
    """Returns a list of the gradients of inputs and of each of the weights."""
    features = tf.reshape(tf.matmul(flat(forward.output), weights.attn_w),
                          tf.shape(forward.output))
    grads, attn_v = _backward(weights, forward, features, length, grad_outputs, grad_h)
    gates, grad_inputs, query, output, grad_features = map(flat, grads)
    inner = forward.lstm
    input_kernel = weights.input_kernel[:inputs.shape.as_list()[2]]
    return [tf.reshape(tf.matmul(grad_inputs, tf.transpose(input_kernel)), tf.shape(inputs)),
            *_weight_gradients([inputs, _before(forward.attention)], grad_inputs),
            *_weight_gradients([forward.inputs, _before(inner.h)], gates),
            tf.matmul(flat(forward.output), grad_features, transpose_a=True), attn_v,
            *_weight_gradients([inner.cs, inner.h], query),
            *_weight_gradients([inner.h, forward.attention], output)]


def _weight_gradients(factors, grad_rows):
    """Returns the gradients of the kernel and bias that factors, side by side, are projected by."""
    kernels = [tf.matmul(flat(values), grad_rows, transpose_a=True) for values in factors]
    return tf.concat(kernels, axis=0), tf.raw_ops.BiasAddGrad(out_backprop=grad_rows)


def _before(values):
    """Returns float32 [steps, batch, size]: what values were before each step, zeros at first."""
    return tf.concat([tf.zeros_like(values[:1]), values[:-1]], axis=0)


def _put(ring, slot, values):
    """Returns the ring [length, batch, units] with values in a slot, in place where none reads it.
    """
    # TensorStridedSliceUpdate would copy the ring, four times as slow.
    return tf.tensor_scatter_nd_update(ring, slot[tf.newaxis, tf.newaxis], values[tf.newaxis])


def _sum_over_window(values):
    """Returns [batch, units], sums over the first axis, by a product: faster than reduce_sum."""
    length, units = values.shape.as_list()[0], values.shape.as_list()[2]
    rows = tf.matmul(tf.ones([1, length]), tf.reshape(values, [length, -1]))
    return tf.reshape(rows, [-1, units])
