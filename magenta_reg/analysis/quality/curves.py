"""Quality against variety: two likelihoods of one network over the temperature of generation.

Source: Caccia et al. 2018 (1811.02549), "Language GANs Falling Short", section 4.
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.statistics.bootstrap import group_mean
from magenta_reg.analysis.statistics.estimate import Estimate

TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)


class TemperatureCurve(NamedTuple):
    """Negative log-likelihoods of one network's music and of real music, in nats per event.

    Attributes:
        generated_nll: float64 [temperatures, melodies], of the network's melodies under a judge, by
            the temperature at which they were generated.
        real_nll: float64 [temperatures, melodies], of real melodies under the network at that
            temperature.
        judged_nll: float64 [melodies], of the real melodies under the judge.
        temperatures: tuple of float, 1.0 among them.
    """

    generated_nll: np.ndarray
    real_nll: np.ndarray
    judged_nll: np.ndarray
    temperatures: tuple


def generate_at(network, primers, num_steps, seed, temperatures, at_one=None):
    """Returns list of int32 [melodies, num_steps], a network's continuations, one a temperature.

    Those at temperature 1 are `at_one`, unless it is None.
    """
    return [at_one if temperature == 1.0 and at_one is not None else np.stack(network.generate(
        primers, num_steps, seed, temperature=temperature)) for temperature in temperatures]


def tempered(log_probs, temperature):
    """Returns float64 log-probabilities at a temperature, of those at temperature 1."""
    logits = log_probs.astype(np.float64) / temperature
    logits -= logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def over_temperatures(curves, seed):
    """Returns two Estimates of arrays [temperatures] of a group: generated_nll and real_nll.

    `curves` has a TemperatureCurve a seed.
    """
    return tuple(group_mean([getattr(curve, name).T for curve in curves], seed)
                 for name in ('generated_nll', 'real_nll'))


def temperature_rows(curves, seed):
    """Returns list of [label, temperature, generated_nll, real_nll], Estimates, of each group.

    `curves` is a dict of label to list of TemperatureCurve.
    """
    return [[label, *row] for label, own in curves.items()
            for row in zip(own[0].temperatures, *map(points_of, over_temperatures(own, seed)),
                           strict=True)]


def points_of(curve):
    """Returns list of Estimate, the points of an Estimate of arrays."""
    return [Estimate(*map(float, ends)) for ends in zip(*curve[:3], strict=True)]
