"""Log-likelihood of generated melodies under the model itself and under the others."""

from typing import NamedTuple

import numpy as np

REAL = 'held-out melodies'


class Generator(NamedTuple):
    """Where melodies come from.

    Attributes:
        label: str, a run's label, or REAL.
        melodies: int32 [melodies, num_steps], Melody events, primers in front.
    """

    label: str
    melodies: np.ndarray


def continuation_log_likelihood(model, melodies, primer_steps):
    """Returns the mean log-likelihood of the events after the primer.

    (1 / k) sum_i log p(event_i | all events before it), over the k events i >= primer_steps, with
    the softmax at temperature 1. One teacher-forced pass over the generated events gives it: each
    generated event was drawn given exactly the events before it. In an encoding with repeat labels
    p is that of the event's own label.

    Args:
        model: MelodyModel, the scorer.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int, events in front that do not count.

    Returns:
        float64 [melodies], nats per event.
    """
    return continuation_log_probs(model, melodies, primer_steps).mean(axis=1)


def continuation_log_probs(model, melodies, primer_steps, batch_size=64):
    """Returns the log-likelihood of each event after the primer, at temperature 1.

    Args:
        model: MelodyModel, the scorer.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int, events in front that do not count.
        batch_size: int.

    Returns:
        float64 [melodies, num_steps - primer_steps], nats.
    """
    log_probs = np.stack(model.score(list(melodies), batch_size).log_probs).astype(np.float64)
    # log_probs begins with the second event's.
    return log_probs[:, primer_steps - 1:]


def likelihood_matrix(generators, runs, primer_steps):
    """Scores every generator's melodies under every run that shares its encoding.

    Likelihoods compare within one encoding only: another one has other classes, and may have
    several for one event.

    Args:
        generators: list of Generator, one a run in the runs' order, then the real melodies.
        runs: list of ComparedRun, the scorers.
        primer_steps: int.

    Returns:
        dict of (generator label, run label) to float64 [melodies], nats per event.
    """
    encodings = {run.label: run.model.encoding.name for run in runs}
    return {
        (generator.label, run.label):
            continuation_log_likelihood(run.model, generator.melodies, primer_steps)
        for run in runs for generator in generators
        if encodings.get(generator.label, encodings[run.label]) == encodings[run.label]}
