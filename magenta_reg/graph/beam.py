"""Search for likely melodies: several continuations of each are kept at a time."""

from typing import NamedTuple

from magenta_reg.errors import UserError


class Beam(NamedTuple):
    """How wide a search is.

    Attributes:
        beam_size: int, continuations of a melody that are kept.
        branch_factor: int, ways in which each of them goes on before the likeliest are kept.
        steps_per_iteration: int, events between one choice of the likeliest and the next.
    """

    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1

    def check(self):
        """Raises UserError for a value out of range."""
        for name, value in self._asdict().items():
            if value < 1:
                raise UserError(f'--{name}={value} must be 1 or more')
