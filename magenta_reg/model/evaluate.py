"""Evaluation: one exact, teacher-forced pass over every example, without dropout."""

import math
import sys
from typing import NamedTuple

import numpy as np

from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.dataset.folder import dataset_identity


class Evaluation(NamedTuple):
    """Means over every event of a set of melodies but the first ones.

    Attributes:
        loss: float, nats per event.
        accuracy: float, share of events whose label was the likeliest class.
        num_events: int.
        event_accuracy: float, accuracy over note-ons and note-offs; NaN if there are none.
        no_event_accuracy: float, accuracy over the other steps; NaN if there are none.
    """

    loss: float
    accuracy: float
    num_events: int
    event_accuracy: float
    no_event_accuracy: float

    def __str__(self):
        return (f'evaluation: loss {self.loss:.4f} nats/event, accuracy {self.accuracy:.4f}, '
                f'perplexity {perplexity(self.loss):.3f} over {self.num_events:,} events')

    def metrics(self):
        """Returns the means by name, without accuracies that are NaN."""
        metrics = {'loss': self.loss, 'accuracy': self.accuracy,
                   'perplexity': perplexity(self.loss),
                   'event_accuracy': self.event_accuracy,
                   'no_event_accuracy': self.no_event_accuracy}
        return {name: value for name, value in metrics.items()
                if name == 'loss' or not math.isnan(value)}


def evaluate(model, melodies, batch_size=64, with_noise=False):
    """Returns the Evaluation of a MelodyModel; sums in float64.

    Args:
        melodies: list of int32 [steps + 1], Melody events.
        batch_size: int; the last batch may be smaller.
        with_noise: bool, whether dropout and zoneout stay on, as in stock Magenta's evaluation.
    """
    scores = model.score(melodies, batch_size, with_noise=with_noise)
    log_probs = np.concatenate(scores.log_probs).astype(np.float64)
    correct = np.concatenate(scores.correct)
    # By the event itself: with lookback most steps without one carry the label of a repeat.
    is_event = np.concatenate([events[1:] for events in melodies]) != NO_EVENT
    return Evaluation(-log_probs.mean(), correct.mean(), len(log_probs),
                      _mean(correct[is_event]), _mean(correct[~is_event]))


def warn_of_other_data(config, eval_examples):
    """Says on stderr if a run, by its config.yaml, was trained on another data set than these."""
    trained_on = (config.get('data') or {}).get('dataset')
    identity = dataset_identity(eval_examples.path)
    if trained_on and trained_on != identity:
        named = f'is of the data set {identity[:12]}' if identity else 'is of no known data set'
        print(f'{eval_examples.path} {named}, the training examples are of {trained_on[:12]}: '
              'melodies may be in both', file=sys.stderr)


def perplexity(loss):
    """Returns exp(loss), infinity where that is more than a float holds."""
    with np.errstate(over='ignore'):
        return float(np.exp(np.float64(loss)))


def _mean(values):
    return values.mean() if len(values) else math.nan
