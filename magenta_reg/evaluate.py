"""Evaluation: one exact, teacher-forced pass over every example, without dropout."""

import math
from typing import NamedTuple

import numpy as np


class Evaluation(NamedTuple):
    """Means over every event of a set of melodies.

    Attributes:
        loss: float, nats per event.
        accuracy: float, share of events whose label was the likeliest class.
        num_events: int.
    """

    loss: float
    accuracy: float
    num_events: int

    @property
    def perplexity(self):
        """exp(loss)."""
        return math.exp(self.loss)

    def figures(self):
        """Returns loss, accuracy and perplexity by name."""
        return {'loss': self.loss, 'accuracy': self.accuracy, 'perplexity': self.perplexity}


def evaluate(model, melodies, batch_size=64):
    """Evaluates a model on every event of every melody but the first ones; sums in float64.

    Args:
        model: MelodyModel.
        melodies: list of int32 [steps + 1], Melody events.
        batch_size: int; the last batch may be smaller.

    Returns:
        Evaluation.
    """
    scores = model.score(melodies, batch_size)
    log_probs = np.concatenate(scores.log_probs).astype(np.float64)
    return Evaluation(-log_probs.mean(), np.concatenate(scores.correct).mean(), len(log_probs))
