"""oracle:markov: the next event depends on the last few events alone."""

import numpy as np

from magenta_reg.oracles.oracle import Oracle

_MAX_PROBABILITIES = 2 ** 24
_UNIFORM_SHARE = 0.01


class MarkovOracle(Oracle):
    """A Markov chain of any order; before the first event there were no-events.

    `table` is float64 [num_events ** order, num_events]; a row's number has the last events as
    digits, the newest last. A row is drawn from a Dirichlet distribution, with a hundredth of the
    uniform one, so that no probability is 0.
    """

    SETTINGS = {**Oracle.SETTINGS, 'order': 2, 'concentration': 0.1}
    LIMITS = {**Oracle.LIMITS, 'order': (0, 16), 'concentration': (1e-3, 1e3)}
    name = 'markov'

    @staticmethod
    def misfit(num_events, settings):
        order = settings['order']
        if num_events ** (order + 1) <= _MAX_PROBABILITIES:
            return ''
        return (f'order={order} over {num_events} events is a table of {num_events}^{order + 1} '
                'probabilities: give a lower order')

    @staticmethod
    def draw_arrays(num_events, settings, rng):
        concentrations = np.full(num_events, settings['concentration'])
        rows = rng.dirichlet(concentrations, num_events ** settings['order'])
        return {'table': (1 - _UNIFORM_SHARE) * rows + _UNIFORM_SHARE / num_events}

    def start(self, num_melodies):
        return np.zeros(num_melodies, np.int64)

    def next_probs(self, state):
        return self.arrays['table'][state]

    def append(self, state, classes):
        return (state * len(self.events) + classes) % len(self.arrays['table'])
