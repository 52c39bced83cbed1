"""Hidden states of one model in its two modes: teacher-forced and free-running."""

from typing import NamedTuple

import numpy as np


class TwoModes(NamedTuple):
    """Hidden states of one model on the same melodies in both modes.

    Row i of both belongs to the same held-out melody; position j of both comes after equally many
    events. `units` runs over the hidden states (h) of all layers.

    Attributes:
        teacher_forced: float32 [melodies, positions, units].
        free_running: float32 [melodies, positions, units].
    """

    teacher_forced: np.ndarray
    free_running: np.ndarray


def states_after(model, melodies, primer_steps):
    """Returns the hidden states after each event behind a primer.

    A state depends on the events fed so far and on nothing else. So the states of free-running
    generation ARE the states of a teacher-forced pass over the generated events, and the same pass
    serves both modes.

    Args:
        model: MelodyModel.
        melodies: int32 [melodies, num_steps], Melody events.
        primer_steps: int.

    Returns:
        float32 [melodies, num_steps - primer_steps - 1, units]: position j is the state after event
        primer_steps + j; the last event is never fed.
    """
    return np.stack(model.score(list(melodies), states=True).states)[:, primer_steps:]


def read_modes(model, held_out, generated):
    """Returns the hidden states after true and after generated events, behind the same primers.

    Position 0 is the first state that has seen an event of its own mode: up to the primer's end the
    two modes are the same by construction, and are left out.

    Args:
        model: MelodyModel.
        held_out: HeldOut.
        generated: int32 [melodies, num_steps], the model's continuations of the same primers.

    Returns:
        TwoModes, with num_steps - primer_steps - 1 positions, whatever their values are:
        `state_distances` says of states that are not finite or all the same that they are.

    Source: Lamb et al. 2016 (1610.09038), section 4.
    """
    return TwoModes(*(states_after(model, melodies, held_out.primer_steps)
                      for melodies in (held_out.melodies, generated)))
