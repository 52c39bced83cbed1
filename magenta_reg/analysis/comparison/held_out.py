"""Which held-out melodies a comparison uses, and how models continue them."""

from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError

# Five folds, and each half of the melodies must fill them for the floor of the two-sample test.
MIN_MELODIES = 10
# Below this the generated part is shorter than half a bar.
MIN_GENERATED_STEPS = 8

# The label of held-out melodies among the groups' labels.
REAL = 'held-out melodies'


class HeldOut(NamedTuple):
    """The held-out melodies of a comparison.

    Attributes:
        melodies: int32 [melodies, num_steps], Melody events, each from its melody's beginning.
        primer_steps: int, events of each that a model is given and continues.
        num_read: int, melodies in the file.
        num_long_enough: int, those with at least num_steps events.
    """

    melodies: np.ndarray
    primer_steps: int
    num_read: int
    num_long_enough: int

    @property
    def primers(self):
        """List of int32 [primer_steps]."""
        return list(self.melodies[:, :self.primer_steps])

    @property
    def num_free_steps(self):
        """int, events of each melody after the primer."""
        return self.melodies.shape[1] - self.primer_steps


def choose_held_out(events, num_melodies, num_steps, primer_steps, seed):
    """Returns HeldOut: melodies that are long enough, all or drawn at random, cut to one length.

    Args:
        events: list of int32 [steps_i + 1], Melody events of every held-out melody.
        num_melodies: int, how many to draw; 0 or None, or where there are fewer, takes all.

    Raises:
        UserError: If the numbers do not fit together or too few melodies are long enough.
    """
    if primer_steps < 1:
        raise UserError(f'--primer_steps={primer_steps}: at least 1 event must be given')
    if num_steps - primer_steps < MIN_GENERATED_STEPS:
        raise UserError(
            f'--num_steps={num_steps} leaves {num_steps - primer_steps} events after '
            f'--primer_steps={primer_steps}: at least {MIN_GENERATED_STEPS} are needed')
    if num_melodies and num_melodies < MIN_MELODIES:
        raise UserError(f'--num_melodies={num_melodies}: at least {MIN_MELODIES} are needed, or 0 '
                        'for all')
    long_enough = [melody for melody in events if len(melody) >= num_steps]
    if len(long_enough) < MIN_MELODIES:
        raise UserError(
            f'{len(long_enough)} of {len(events)} held-out melodies have {num_steps} events or '
            f'more, at least {MIN_MELODIES} are needed: lower --num_steps or hold out more')
    chosen = np.random.default_rng(seed).permutation(len(long_enough))[:num_melodies or None]
    melodies = np.stack([long_enough[i][:num_steps] for i in sorted(chosen)]).astype(np.int32)
    return HeldOut(melodies, primer_steps, len(events), len(long_enough))


def draw_rows(num_melodies, size, seed):
    """Returns the rows of `size` melodies at most, drawn at random: int [rows], sorted."""
    return np.sort(np.random.default_rng(seed).permutation(num_melodies)[:size])


def continue_melodies(model, held_out, seed):
    """Lets a model continue the beginning of each held-out melody, at temperature 1.

    Returns:
        int32 [melodies, num_steps], Melody events; each row begins with its primer.
    """
    num_steps = held_out.melodies.shape[1]
    return np.stack(model.generate(held_out.primers, num_steps, seed, temperature=1.0))


def continue_several_times(model, held_out, seed, number):
    """Returns int32 [number, melodies, num_steps], independent `continue_melodies`.

    The first is that of the seed itself, whatever the number.
    """
    others = [int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
              for index in range(1, number)]
    return np.stack([continue_melodies(model, held_out, each) for each in (seed, *others)])
