"""MelodyRNN in NumPy, written from the papers' equations: float64, and no line of the package.

All functions take complex weights, too: the loss at w + i h d has h times the derivative along d
as its imaginary part, to all digits of float64 (the complex step; no difference is taken).
"""

from typing import NamedTuple

import numpy as np

_STEP = 1e-30


class LayerNoise(NamedTuple):
    """What a layer's noise is at every step; None where there is none."""

    output: object = None  # [steps, batch, units], the factors of the outputs.
    recurrent: object = None  # [steps, batch, units], the factors of the h that the gates read.
    zoneout: object = None  # Two bool [steps, batch, units]: where the old c, the old h stays.


class Pass(NamedTuple):
    """What a pass over a batch gives."""

    outputs: np.ndarray  # [batch, steps, units], the top layer's, after dropout and attention.
    states: np.ndarray  # [batch, steps, sum of units], h of all layers before output dropout.
    logits: np.ndarray  # [batch, steps, num_classes].


def forward(weights, hparams, inputs, noise=None):
    """Runs the network over inputs [batch, steps, input_size].

    Args:
        weights: dict of str to float64 or complex128 array, by the checkpoint's names.
        hparams: dict.
        inputs: float64.
        noise: list of LayerNoise, one a layer; None is evaluation, where zoneout is its mean.

    Returns:
        Pass.
    """
    state, outputs, states = start(hparams, len(inputs)), [], []
    for time in range(inputs.shape[1]):
        output, state = step(weights, hparams, inputs[:, time], state, noise, time)
        outputs.append(output)
        states.append(np.concatenate([h for _, h, *_ in state], axis=1))
    outputs = np.stack(outputs, axis=1)
    return Pass(outputs, np.stack(states, axis=1), project(weights, outputs))


def start(hparams, batch_size):
    """Returns the state before any step: a tuple a layer, (c, h) and with attention its read and
    its window of outputs."""
    state = [(np.zeros([batch_size, units]),) * 2 for units in hparams['rnn_layer_sizes']]
    if hparams['attn_length']:
        units = hparams['rnn_layer_sizes'][0]
        state[0] += (np.zeros([batch_size, units]),
                     np.zeros([batch_size, hparams['attn_length'], units]))
    return state


def step(weights, hparams, inputs, state, noise=None, time=None):
    """Returns the output [batch, units] of inputs [batch, input_size], and the new state."""
    sizes, new_state = hparams['rnn_layer_sizes'], []
    for layer, units in enumerate(sizes):
        scope = f'rnn/multi_rnn_cell/cell_{layer}'
        if hparams['residual_connections'] and (layer == 0 or units != sizes[layer - 1]):
            scope += '/input_projection_wrapper'
            inputs = linear(weights, scope, inputs)

        def run(scope, inputs, old, layer=layer):
            return _noisy_lstm(weights, f'{scope}/basic_lstm_cell', inputs, old,
                               hparams['zoneout_prob'], noise and noise[layer], time)

        if hparams['attn_length'] and layer == 0:
            output, new = _attention(weights, f'{scope}/attention_cell_wrapper', inputs,
                                     state[0], run)
        else:
            new = run(scope, inputs, state[layer])
            output = new[1]
        if hparams['residual_connections']:
            output = output + inputs
        if noise and noise[layer].output is not None:
            output = output * noise[layer].output[time]
        new_state.append(new)
        inputs = output
    return inputs, new_state


def project(weights, outputs):
    """Returns the logits of outputs [..., units]."""
    return outputs @ weights['fully_connected/weights'] + weights['fully_connected/biases']


def linear(weights, scope, inputs):
    return inputs @ weights[f'{scope}/kernel'] + weights[f'{scope}/bias']


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def softmax(logits):
    exponentials = np.exp(logits - logits.real.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _noisy_lstm(weights, scope, inputs, old, zoneout_prob, noise, time):
    """Returns (c, h) of an LSTM with a forget bias of 1 and its noise at a step."""
    c, h = old[:2]
    heard = h if noise is None or noise.recurrent is None else h * noise.recurrent[time]
    gates = linear(weights, scope, np.concatenate([inputs, heard], axis=1))
    i, j, f, o = np.split(gates, 4, axis=1)
    new_c = c * sigmoid(f + 1) + sigmoid(i) * np.tanh(j)
    new_h = np.tanh(new_c) * sigmoid(o)
    if noise is None:
        return tuple(zoneout_prob * before + (1 - zoneout_prob) * after
                     for before, after in ((c, new_c), (h, new_h)))
    if noise.zoneout is None:
        return new_c, new_h
    return tuple(np.where(is_old[time], before, after) for is_old, before, after in
                 zip(noise.zoneout, (c, h), (new_c, new_h), strict=True))


def _attention(weights, scope, inputs, state, run):
    """Returns the output and the new state of a layer that attends to its last outputs.

    Source: Cheng et al. 2016, arXiv:1601.06733, as in Magenta's AttentionCellWrapper.
    """
    *old, read, window = state
    mixed = linear(weights, scope, np.concatenate([inputs, read], axis=1))
    c, h = run(scope, mixed, old)
    query = linear(weights, f'{scope}/attention', np.concatenate([c, h], axis=1))
    features = np.tanh(window @ weights[f'{scope}/attention/attn_w'][0, 0] + query[:, np.newaxis])
    attention = softmax(features @ weights[f'{scope}/attention/attn_v'])
    read = (attention[:, :, np.newaxis] * window).sum(axis=1)
    output = linear(weights, f'{scope}/attn_output_projection', np.concatenate([h, read], axis=1))
    return output, (c, h, read, np.concatenate([window[:, 1:], output[:, np.newaxis]], axis=1))


def nll_nats(logits, labels):
    """Returns [batch, steps], the negative log-likelihood of each label."""
    shifted = logits - logits.real.max(axis=-1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=-1))
    return log_sums - np.take_along_axis(shifted, labels[..., np.newaxis], axis=-1)[..., 0]


def masked_mean(values, lengths):
    """Returns the mean of values [batch, steps] over the real steps of all rows."""
    mask = np.arange(values.shape[1]) < np.asarray(lengths)[:, np.newaxis]
    return values[mask].sum() / mask.sum()


def directional_derivative(function, weights, direction):
    """Returns the derivative of a real function of weights, by the complex step.

    Args:
        function: of a dict of str to array; analytic.
        weights: dict of str to float64 array.
        direction: dict of str to float64 array, of the weights that move.
    """
    moved = {name: value + 1j * _STEP * direction[name] if name in direction else value
             for name, value in weights.items()}
    return function(moved).imag / _STEP
