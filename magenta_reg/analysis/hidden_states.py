"""Hidden states of one model in its two modes: teacher-forced and free-running."""

from typing import NamedTuple

import numpy as np

from magenta_reg.errors import UserError


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


def two_modes(model, held_out, generated):
    """Returns the hidden states after true and after generated events, behind the same primers.

    A state depends on the events fed so far and on nothing else. So the states of free-running
    generation ARE the states of a teacher-forced pass over the generated events, and the same pass
    serves both modes.

    Position j is the state after event primer_steps + j: the first one that has seen an event of
    its own mode. Up to the primer's end the two modes are the same by construction, and are left
    out.

    Args:
        model: MelodyModel.
        held_out: HeldOut.
        generated: int32 [melodies, num_steps], the model's continuations of the same primers.

    Returns:
        TwoModes, with num_steps - primer_steps - 1 positions: the last event is never fed.

    Raises:
        UserError: If the states are no numbers or all the same.

    Source: Lamb et al. 2016 (1610.09038), section 4.
    """
    modes = TwoModes(*(
        np.stack(model.score(list(melodies), states=True).states)[:, held_out.primer_steps:]
        for melodies in (held_out.melodies, generated)))
    for states in modes:
        if not np.isfinite(states).all() or np.ptp(states) == 0:
            raise UserError(f'the run {model.name!r} (seed {model.seed}) has hidden states that '
                            'are not finite or all the same: its training went wrong, leave it out')
    return modes
