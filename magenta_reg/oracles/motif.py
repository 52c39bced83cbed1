"""oracle:motif: planted exposure bias. One bar again and again, where a change stays for ever."""

import numpy as np

from magenta_reg.oracles.oracle import Oracle


class MotifOracle(Oracle):
    """Each melody has a motif of its own, `period` events, that it repeats to its end.

    With `change_probability` an event is a random one, of all events alike. It is then part of the
    motif: what comes next is what came `period` events ago, whatever was before. So

        p(x_t | past) = (1 - change) [x_t = x_(t - period)] + change / num_events,

    and for the first `period` events the same with one of `pitches`, each as likely. A mistake of
    a network is not forgotten: it comes again in every repeat.
    """

    SETTINGS = {**Oracle.SETTINGS, 'num_melodies': 2_000, 'min_steps': 128, 'max_steps': 128,
                'period': 16, 'num_pitches': 8, 'change_probability': 0.02}
    LIMITS = {**Oracle.LIMITS, 'period': (1, 10_000), 'num_pitches': (1, 128),
              'change_probability': (1e-9, 1.0)}
    name = 'motif'

    @staticmethod
    def misfit(num_events, settings):
        num_pitches = num_events - 2
        if settings['num_pitches'] <= num_pitches:
            return ''
        return f'num_pitches={settings["num_pitches"]} of {num_pitches} pitches: give fewer'

    @staticmethod
    def draw_arrays(num_events, settings, rng):
        pitches = rng.choice(np.arange(2, num_events), settings['num_pitches'], replace=False)
        return {'pitches': np.sort(pitches)}

    def start(self, num_melodies):
        return np.full([num_melodies, self.settings['period']], -1)

    def next_probs(self, state):
        num_events, change = len(self.events), self.settings['change_probability']
        new = np.isin(np.arange(num_events), self.arrays['pitches'])
        expected = np.where(state[:, :1] < 0, new / new.sum(),
                            state[:, :1] == np.arange(num_events))
        return (1 - change) * expected + change / num_events

    def append(self, state, classes):
        return np.concatenate([state[:, 1:], classes[:, None]], axis=1)
