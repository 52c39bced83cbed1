"""An LSTM layer over packed sequences: as many BlockLSTMs as there are chunks, in one loop."""

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.lstm import Activations, flat, forward_pass, gradients_of
from magenta_reg.graph.fast.own_gradient import own_gradient


def packed_lstm_layer(inputs, chunks, kernel, bias):
    """Runs one LSTM layer from a state of zeros, as `lstm_layer` does, but over packed rows.

    Args:
        inputs: float32 [positions, input_size], as `Packing.pack` returns them.
        chunks: int32 [1 + chunks, 4], `Packing.chunks`.
        kernel, bias: as in `lstm_layer`.

    Returns:
        float32 [positions, units], h. Gradients flow to inputs, kernel and bias.
    """
    @own_gradient
    def run(inputs, kernel, bias):
        outputs, arrays = _forward(inputs, chunks, kernel, bias)
        return outputs, lambda grad: _backward(inputs, chunks, kernel, arrays, grad)

    return run(inputs, kernel, bias)


def _forward(inputs, chunks, kernel, bias):
    """Returns h, [positions, units], and TensorArrays by chunk: Activations, with h flat."""
    count, units = tf.shape(chunks)[0], bias.shape.as_list()[0] // 4

    def step(index, c, h, arrays):
        rows, _, begin, end = tf.split(tf.gather(chunks, index), 4)
        found = forward_pass(_unflat(_slice(inputs, begin, end), rows), _slice(c, [0], rows),
                             _slice(h, [0], rows), kernel, bias)
        return (index + 1, found.cs[-1], found.h[-1],
                Activations(*[array.write(index, values) for array, values in zip(
                    arrays, found._replace(h=flat(found.h)), strict=True)]))

    zeros = _zero_rows(chunks[0, 0], units)
    arrays = Activations(*[_array(count, [None, units] if name == 'h' else [None, None, units])
                           for name in Activations._fields])
    arrays = arrays._replace(cs=arrays.cs.write(0, zeros[tf.newaxis]), h=arrays.h.write(0, zeros))
    *_, arrays = tf.while_loop(lambda index, *_: index < count, step, (1, zeros, zeros, arrays),
                               back_prop=False)
    return arrays.h.concat()[chunks[0, 0]:], arrays


def _backward(inputs, chunks, kernel, arrays, grad_outputs):
    """Returns the gradients of inputs, kernel and bias."""
    units, size = grad_outputs.shape.as_list()[1], inputs.shape.as_list()[1]

    def step(index, grad_c, grad_h, grad_kernel, grad_bias, grad_inputs):
        rows, rows_before, begin, end = tf.split(tf.gather(chunks, index), 4)
        forward = Activations(*[array.read(index) for array in arrays])
        last = arrays.cs.read(index - 1)[-1], _unflat(arrays.h.read(index - 1), rows_before)[-1]
        # To rows that the chunk behind this one is without, nothing comes back from there.
        grad_last = [tf.pad(grad, [[0, rows[0] - tf.shape(grad)[0]], [0, 0]])
                     for grad in (grad_c, grad_h)]
        grad_chunk, grad_c, grad_h, more_kernel, more_bias = gradients_of(
            _unflat(_slice(inputs, begin, end), rows),
            *[_slice(values, [0], rows) for values in last], kernel,
            forward._replace(h=_unflat(forward.h, rows)),
            _unflat(_slice(grad_outputs, begin, end), rows), grad_last)
        return (index - 1, grad_c, grad_h, grad_kernel + more_kernel, grad_bias + more_bias,
                grad_inputs.write(index, flat(grad_chunk)))

    count, none = tf.shape(chunks)[0], _zero_rows(0, units)
    *_, grad_kernel, grad_bias, grad_inputs = tf.while_loop(
        lambda index, *_: index > 0, step,
        (count - 1, none, none, tf.zeros_like(kernel), tf.zeros([4 * units]),
         _array(count, [None, size]).write(0, tf.zeros([0, size]))), back_prop=False)
    return grad_inputs.concat(), grad_kernel, grad_bias


def _slice(values, begin, end):
    """Returns values[begin:end], with int32 [1] for both: half the operations of []."""
    return tf.strided_slice(values, begin, end)


def _unflat(positions, rows):
    """Returns [steps, rows, size] of a chunk's positions [steps * rows, size]; rows is [1]."""
    return tf.reshape(positions, tf.concat([[-1], rows, positions.shape[1:]], axis=0))


def _zero_rows(count, size):
    """Returns zeros [count, size]; a loop may go on with more or fewer rows."""
    return tf.placeholder_with_default(tf.zeros([count, size]), [None, size])


def _array(count, shape):
    """Returns a TensorArray of `count` elements, each of its own size."""
    return tf.TensorArray(tf.float32, count, clear_after_read=False, infer_shape=False,
                          element_shape=shape)
