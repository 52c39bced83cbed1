"""How a network runs on its own: a small batch that it generates beside held-out melodies."""

from typing import NamedTuple

import numpy as np

from magenta_reg.measures.mmd import squared_mmd

PRIMER_STEPS = 16
NUM_STEPS = 128
# MMD compares all pairs: a few hundred states say enough and cost little.
_NUM_STATES = 300


class FreeRunning(NamedTuple):
    """Metrics of free running.

    Attributes:
        self_nll: float, nats per generated event under the model itself, temperature 1, without
            the primer.
        state_mmd: float, MMD^2 between the hidden states over generated and over held-out melodies,
            at equal positions after the primer.
    """

    self_nll: float
    state_mmd: float


class FreeRunningMeasure:
    """Measures a model, every time from the same primers, random numbers and positions."""

    def __init__(self, melodies, num_melodies, seed):
        """Draws at most `num_melodies` of held-out melodies, all cut to the length of the shortest.

        Args:
            melodies: list of int32 [steps + 1], Melody events.
            num_melodies: int.
            seed: int.
        """
        lengths = sorted((len(events) for events in melodies if len(events) >= PRIMER_STEPS + 4),
                         reverse=True)
        lengths = lengths[:num_melodies]
        rng = np.random.default_rng(seed)
        num_steps = min(NUM_STEPS, lengths[-1]) if lengths else 0
        fitting = [events for events in melodies if len(events) >= num_steps]
        drawn = rng.choice(len(fitting), len(lengths), replace=False)
        self._held_out = [fitting[index][:num_steps] for index in drawn]
        num_states = len(lengths) * max(num_steps - 1 - PRIMER_STEPS, 0)
        self._rows = rng.choice(num_states, min(num_states, _NUM_STATES), replace=False)
        self._num_steps, self._seed = num_steps, seed

    def is_possible(self):
        """Returns whether there are held-out melodies long enough for a primer and more."""
        return bool(self._held_out)

    def __call__(self, model):
        """Returns the FreeRunning of a MelodyModel."""
        primers = [events[:PRIMER_STEPS] for events in self._held_out]
        generated = model.generate(primers, self._num_steps, self._seed)
        free = model.score(generated, states=True)
        forced = model.score(self._held_out, states=True)
        # log_probs[i] is of event i + 1; states[i] is after event i.
        generated_log_probs = np.concatenate(
            [row[PRIMER_STEPS - 1:] for row in free.log_probs]).astype(np.float64)
        return FreeRunning(float(-generated_log_probs.mean()),
                           squared_mmd(self._states(free), self._states(forced)))

    def _states(self, scores):
        """Returns float32 [states, units], of the drawn positions after the primer."""
        return np.concatenate([row[PRIMER_STEPS:] for row in scores.states])[self._rows]
