"""Exact errors of a network that was trained on an oracle's melodies.

With p the oracle and q the network, x the oracle's melodies and y the network's, which go on from
the same primers, position by position:

    error after true events  E_x KL(p(. | x_<t) || q(. | x_<t))
    error after own events   E_y KL(p(. | y_<t) || q(. | y_<t))
    their ratio              exposure bias: 1 if the network is as good after its own events

The sum of the first over positions is KL(oracle || network) of whole melodies. That of whole
melodies the other way round, KL(network || oracle), is the sum of E_y KL(q(. | y_<t) ||
p(. | y_<t)), the reverse error: it is 0 for the oracle alone. The likelihood of the network's
melodies under the oracle is not: it is highest for a network that plays the likeliest melody only.

All of it is of events: labels that mean the same event are added up. Primers do not count; so
neither does the first event, which networks never predict.

Source: He et al. 2019 (1905.10617), EB-C, the ratio of conditional generation deviations, with
KL(p || q) as the divergence; Yu et al. 2017 (1609.05473), NLL_oracle; Caccia et al. 2018
(1811.02549), both likelihoods over temperatures.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.exposure.next_events import event_columns, event_probabilities
from magenta_reg.analysis.quality.curves import (
    TEMPERATURES,
    TemperatureCurve,
    generate_at,
    tempered,
)

_TINY = np.finfo(np.float64).tiny


class OracleErrors(NamedTuple):
    """What separates a network from an oracle, in nats, at positions after the primer.

    Attributes:
        true_kl: float64 [melodies, positions], KL(oracle || network) after true events.
        own_kl: float64 [melodies, positions], the same after the network's own events.
        reverse_kl: float64 [melodies, positions], KL(network || oracle) after its own events.
        generated_nll: float64 [temperatures, melodies], negative log-likelihood per event of the
            network's melodies under the oracle, by the temperature at which they were generated.
        oracle_nll: float64 [temperatures, melodies], of the oracle's melodies under the network at
            that temperature.
        floor_nll: float64 [melodies], of the oracle's melodies under itself.
        temperatures: tuple of float.
        primer_steps: int.
    """

    true_kl: np.ndarray
    own_kl: np.ndarray
    reverse_kl: np.ndarray
    generated_nll: np.ndarray
    oracle_nll: np.ndarray
    floor_nll: np.ndarray
    temperatures: tuple
    primer_steps: int

    @property
    def curve(self):
        """TemperatureCurve, the oracle being the judge and real melodies its own."""
        return TemperatureCurve(self.generated_nll, self.oracle_nll, self.floor_nll,
                                self.temperatures)

    def summary(self):
        """Returns dict of name to float, means over melodies and positions, at temperature 1."""
        one = self.temperatures.index(1.0)
        true_kl, own_kl = self.true_kl.mean(), self.own_kl.mean()
        return {'true_kl': float(true_kl), 'own_kl': float(own_kl),
                'ratio': float(own_kl / true_kl), 'reverse_kl': float(self.reverse_kl.mean()),
                'generated_nll': float(self.generated_nll[one].mean()),
                'oracle_nll': float(self.oracle_nll[one].mean()),
                'floor_nll': float(self.floor_nll.mean())}


def network_errors(network, oracle, num_melodies, num_steps, primer_steps=1, seed=0,
                   temperatures=(1.0,)):
    """Returns the OracleErrors of a network on melodies that the oracle draws for it.

        network = StepDistributions.from_run('runs/baseline')
        oracle = load_oracle('data/lstm/oracle.npz')
        network_errors(network, oracle, 1000, 20).summary()

    Args:
        network: StepDistributions.
        oracle: Oracle over the same events.
        num_melodies, num_steps: int, melodies to draw and to generate, and events of each.
        primer_steps: int, 1 or more, events of each that the network is given.
        seed: int, of the drawn and of the generated melodies.
        temperatures: tuple of float, 1.0 among them.
    """
    real = np.stack(oracle.draw([num_steps] * num_melodies, [seed, 3]))
    return oracle_errors(network, oracle, real, primer_steps, seed, temperatures)


def oracle_errors(network, oracle, real, primer_steps, seed, temperatures=TEMPERATURES,
                  generated=None):
    """Returns the OracleErrors of a network.

    Args:
        real: int32 [melodies, num_steps], melodies of the oracle.
        generated: int32 [melodies, num_steps], the network's continuations at temperature 1 of
            the first `primer_steps` events, or None to generate them.
    """
    floor = -oracle.log_probs(real)[:, primer_steps:].mean(axis=1)
    true_kl, _, oracle_nll = _compared(network, oracle, real, primer_steps, temperatures)
    melodies = generate_at(network, list(real[:, :primer_steps]), real.shape[1], seed,
                           temperatures, generated)
    generated_nll = [-oracle.log_probs(each)[:, primer_steps:].mean(axis=1) for each in melodies]
    own_kl, reverse_kl, _ = _compared(network, oracle, melodies[temperatures.index(1.0)],
                                      primer_steps, ())
    return OracleErrors(true_kl, own_kl, reverse_kl, np.stack(generated_nll), oracle_nll, floor,
                        tuple(temperatures), primer_steps)


def _compared(network, oracle, melodies, primer_steps, temperatures):
    """Returns what is compared after the events of melodies.

    float64 [melodies, positions] KL(oracle || network) and the reverse at temperature 1;
    float64 [temperatures, melodies] negative log-likelihoods per event under the network.
    """
    codec = network.encoding.codec
    columns = event_columns(codec)
    order = np.argsort(columns)
    if not np.array_equal(columns[order], oracle.events):
        raise ValueError(f'oracle:{oracle.name} has other events than {network.encoding.name}')
    chosen = oracle.classes(melodies)[:, primer_steps:]
    forward, reverse, nll = [], [], []
    for events, own, p, log_probs in zip(melodies, chosen, oracle.next_events(melodies),
                                         network.next_labels(melodies), strict=True):
        # Distributions begin with the second event's.
        p = p[primer_steps - 1:]
        q = {temperature: event_probabilities(codec, tempered(log_probs, temperature), events)[
            primer_steps - 1:, order] for temperature in (1.0, *temperatures)}
        forward.append(kl_nats(p, q[1.0]))
        reverse.append(kl_nats(q[1.0], p))
        nll.append([-_log(q[temperature][np.arange(len(own)), own]).mean()
                    for temperature in temperatures])
    return np.stack(forward), np.stack(reverse), np.array(nll).T


def kl_nats(first, second):
    """Returns KL(first || second) in nats of probabilities along the last axis."""
    return np.sum(first * (_log(first) - _log(second)), axis=-1)


def _log(probs):
    return np.log(np.maximum(probs, _TINY))
