"""oracle:lstm: SeqGAN's synthetic data, drawn from an LSTM with random weights.

Source: Yu et al. 2017, "SeqGAN" (1609.05473), section "Synthetic Data Experiments".
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.oracles.oracle import Oracle


class LstmState(NamedTuple):
    """float64 [melodies, units] each: the cell, and what it puts out."""

    cell: np.ndarray
    output: np.ndarray


class LstmOracle(Oracle):
    """An LSTM whose weights and biases are all drawn from N(0, 1); it starts as after a no-event.

    arrays, float64: `embedding` [num_events, units]; `kernel` [2 * units, 4 * units] and `bias`
    [4 * units], from embedding and last output to input gate, forget gate, output gate and
    candidate; `projection` [units, num_events] and `projection_bias` [num_events].
    """

    SETTINGS = {**Oracle.SETTINGS, 'units': 32}
    LIMITS = {**Oracle.LIMITS, 'units': (1, 4_096)}
    name = 'lstm'

    @staticmethod
    def draw_arrays(num_events, settings, rng):
        units = settings['units']
        shapes = {'embedding': [num_events, units], 'kernel': [2 * units, 4 * units],
                  'bias': [4 * units], 'projection': [units, num_events],
                  'projection_bias': [num_events]}
        return {name: rng.standard_normal(shape) for name, shape in shapes.items()}

    def start(self, num_melodies):
        zeros = np.zeros([num_melodies, self.settings['units']])
        return self.append(LstmState(zeros, zeros), np.zeros(num_melodies, np.int64))

    def next_probs(self, state):
        logits = state.output @ self.arrays['projection'] + self.arrays['projection_bias']
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def append(self, state, classes):
        inputs = np.concatenate([self.arrays['embedding'][classes], state.output], axis=1)
        gates = inputs @ self.arrays['kernel'] + self.arrays['bias']
        enter, keep, leave, candidate = np.split(gates, 4, axis=1)
        cell = _sigmoid(keep) * state.cell + _sigmoid(enter) * np.tanh(candidate)
        return LstmState(cell, _sigmoid(leave) * np.tanh(cell))


def _sigmoid(values):
    return 0.5 * (1.0 + np.tanh(0.5 * values))
