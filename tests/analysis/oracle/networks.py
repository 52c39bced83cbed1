"""Networks whose every probability is known, in any encoding."""

from types import SimpleNamespace

import numpy as np

from magenta_reg.analysis.exposure.next_events import event_columns
from magenta_reg.codec.one_hot import OneHotCodec
from magenta_reg.oracles.markov import MarkovOracle

TINY_EVENTS = [-2, -1, 60, 61]
TINY_ENCODING = SimpleNamespace(name='tiny', codec=OneHotCodec(60, 62))


def markov(order, seed, events=TINY_EVENTS):
    """Returns a MarkovOracle without small probabilities."""
    settings = MarkovOracle.SETTINGS | {'order': order, 'concentration': 1.0}
    rng = np.random.default_rng(seed)
    return MarkovOracle(events, settings, MarkovOracle.draw_arrays(len(events), settings, rng))


class OracleNetwork:
    """A network that expects what an oracle does, and generates by it.

    Takes the place of StepDistributions. Where several labels mean an event, its probability is
    divided at random among them.
    """

    def __init__(self, oracle, encoding=TINY_ENCODING):
        self.oracle, self.encoding = oracle, encoding

    def next_labels(self, melodies):
        rng = np.random.default_rng(0)
        for events, probs in zip(melodies, self.oracle.next_events(melodies), strict=True):
            meanings = self._meanings(events)
            log_probs = np.full(meanings.shape, -np.inf)
            for step, row in enumerate(meanings):
                for event, prob in zip(self.oracle.events, probs[step], strict=True):
                    labels = np.flatnonzero(row == event)
                    log_probs[step, labels] = np.log(prob * rng.dirichlet(np.ones(len(labels))))
            yield log_probs

    def _meanings(self, events):
        """Returns int [steps, num_classes], the event that each label would be."""
        codec = self.encoding.codec
        inputs, labels = codec.encode(events)
        if isinstance(codec, OneHotCodec):
            return np.tile(event_columns(codec), [len(labels), 1])
        return np.array([[codec.decode(inputs[:1], [*labels[:step], label])[step + 1]
                          for label in range(codec.num_classes)] for step in range(len(labels))])

    def generate(self, primers, num_steps, seed, temperature=1.0):
        rng = np.random.default_rng(seed)
        melodies = np.zeros([len(primers), num_steps], np.int32)
        melodies[:, :len(primers[0])] = primers
        melodies[:, len(primers[0]):] = self.oracle.events[0]
        for step in range(len(primers[0]), num_steps):
            probs = self.oracle.distributions(melodies)[:, step] ** (1 / temperature)
            probs /= probs.sum(axis=1, keepdims=True)
            melodies[:, step] = [rng.choice(self.oracle.events, p=row) for row in probs]
        return list(melodies)
