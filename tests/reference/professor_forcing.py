"""Professor forcing in NumPy: both behaviours, the discriminator and the paper's costs; float64.

Rows are judged one by one, each as long as it is, so that there is no padding to be read. Weights
may be complex, as in `network`.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.graph.sampling import FREE_RUNNING, WINDOWS
from tests.reference import draws, histories, network
from tests.reference.network import sigmoid


class Windows(NamedTuple):
    """Where the rows are judged, and how far the free-running pass goes."""

    starts: np.ndarray  # int [batch].
    widths: np.ndarray  # int [batch].
    num_steps: int


def windows(experiment, melodies, step):
    """Returns the Windows of an update, which `step` numbers."""
    lengths = np.array([len(melody) - 1 for melody in melodies])
    width = experiment.hparams['free_running_steps'] or lengths.max()
    starts = np.zeros_like(lengths)
    if experiment.hparams['free_running_start'] == 'random':
        places = np.maximum(lengths - width, 0) + 1
        uniforms = draws.uniforms([len(melodies)], experiment.seed, step, WINDOWS)
        starts = np.floor(uniforms * places).astype(int)
    return Windows(starts, np.minimum(lengths, width), min(lengths.max(), starts.max() + width))


def free_events(experiment, melodies, weights, noise, step):
    """Returns what the free-running pass is fed, a list of int array, and the Windows."""
    where = windows(experiment, melodies, step)
    melodies = [melody[:where.num_steps + 1] for melody in melodies]
    shape = len(melodies), where.num_steps
    uniforms = draws.uniforms(shape, experiment.seed, step, FREE_RUNNING)
    use_truth = np.arange(where.num_steps) <= where.starts[:, np.newaxis]

    def choose(row, time, logits):
        return histories.draw_class(logits, uniforms[row, time])

    return histories.feed_back(weights, experiment, melodies, use_truth, choose, noise), where


def behaviour(experiment, fed, where, noise):
    """Returns a function of weights to the behaviour of each row in its window, list of arrays."""
    kind = experiment.hparams['behaviour']
    # The labels are of no use here, so the targets do not matter.
    inputs, _ = histories.encode(experiment.encoding.codec, fed, [[60, *row] for row in fed])

    def judged(weights):
        outputs, states, logits = network.forward(weights, experiment.hparams, inputs, noise)
        parts = {'states': [states], 'states_logits': [outputs, network.softmax(logits)],
                 'all_states_logits': [states, network.softmax(logits)],
                 'readout_logits': [outputs, logits]}[kind]
        whole = np.concatenate(parts, axis=2)
        return [row[start:start + width] for row, start, width in zip(
            whole, where.starts, where.widths, strict=True)]

    return judged


def decisions(weights, hparams, rows, scope='discriminator'):
    """Returns [batch], the discriminator's logits of behaviours, a list of [steps, size]."""
    found = []
    for sequence in rows:
        for layer in range(hparams['discriminator_gru_layers']):
            sequence = _layer(weights, hparams['discriminator_gru_stack'], scope, layer, sequence)
        summary = sequence.mean(axis=0)
        for index, _ in enumerate(hparams['discriminator_mlp_layer_sizes']):
            summary = dense(weights, f'{scope}/mlp_{index}', summary)
            summary = np.where(summary.real > 0, summary, 0)
        found.append(dense(weights, f'{scope}/decision', summary)[0])
    return np.array(found)


def _layer(weights, stack, scope, layer, sequence):
    if stack == 'alternating':
        order = slice(None, None, -1 if layer % 2 else 1)
        return gru(weights, f'{scope}/rnn_{layer}', sequence[order])[order]
    scope = f'{scope}/bidirectional_rnn_{layer}' if layer else f'{scope}/bidirectional_rnn'
    return np.concatenate([gru(weights, f'{scope}/fw', sequence),
                           gru(weights, f'{scope}/bw', sequence[::-1])[::-1]], axis=1)


def gru(weights, scope, sequence):
    h, states = np.zeros(weights[f'{scope}/gru_cell/candidate/bias'].shape), []
    for x in sequence:
        gates = sigmoid(network.linear(weights, f'{scope}/gru_cell/gates', np.concatenate([x, h])))
        r, u = np.split(gates, 2)
        c = np.tanh(network.linear(weights, f'{scope}/gru_cell/candidate',
                                   np.concatenate([x, r * h])))
        h = u * h + (1 - u) * c
        states.append(h)
    return np.array(states)


def dense(weights, scope, inputs):
    return inputs @ weights[f'{scope}/weights'] + weights[f'{scope}/biases']


class Costs(NamedTuple):
    """The paper's costs and the share of right decisions."""

    c_d: object
    c_f: object
    c_t: object
    accuracy: object


def costs(real, free):
    """Returns the Costs of logits [batch] of teacher-forced and free-running rows."""
    d_real, d_free = sigmoid(real), sigmoid(free)
    hits = np.concatenate([real.real > 0, free.real < 0])
    return Costs(-np.log(d_real).mean() - np.log(1 - d_free).mean(), -np.log(d_free).mean(),
                 -np.log(1 - d_real).mean(), hits.mean())
