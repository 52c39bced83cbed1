"""Which part of a data set a piece goes into: never one composition into two."""

import hashlib
from functools import partial
from typing import NamedTuple

from magenta_reg.errors import UserError

DEFAULT_EVAL_RATIO = 0.1

_PART_OF_SPLIT = {'train': 'training', 'validation': 'eval', 'test': 'test'}


class Split(NamedTuple):
    """How pieces are parted.

    Attributes:
        parts: tuple of str, 'training', 'eval' and perhaps 'test'.
        part_of: function of a Piece that returns one of `parts`.
        eval_ratio: float, the share of compositions for evaluation, or None if the source parts.
        seed: int, of the split by hash.
    """

    parts: tuple
    part_of: object
    eval_ratio: float | None
    seed: int

    def check(self, num_compositions):
        """Raises UserError if a part that should have melodies has none.

        Args:
            num_compositions: dict of str, a part, to how many compositions gave it melodies.
        """
        total = sum(num_compositions.values())
        for part, wanted_empty_at in (('training', 1.0), ('eval', 0.0)):
            if not num_compositions[part] and self.eval_ratio != wanted_empty_at:
                raise UserError(f'the {part} part came out empty: none of the {total} '
                                f'composition(s) with melodies fell into it; '
                                f'{self._way_out(total)}')

    def _way_out(self, num_compositions):
        if self.eval_ratio is None:
            return 'give --eval_ratio to part them otherwise than the CSV file says'
        if num_compositions == 1:
            return 'give more music, or --eval_ratio=0 to train on all of it'
        return f'give another --eval_ratio than {self.eval_ratio:g}, or another --seed'


def choose_split(source, eval_ratio, seed):
    """Returns the source's own Split if it has one and no ratio is given, else one by hash.

    Args:
        source: Source.
        eval_ratio: float in [0, 1], or None.
        seed: int.

    Raises:
        UserError: If the source's own split has nothing for training or for evaluation.
    """
    if source.splits and eval_ratio is None:
        missing = [split for split in ('train', 'validation') if split not in source.splits]
        if missing:
            raise UserError(f'the CSV file gives no piece the split {missing[0]!r}: give '
                            '--eval_ratio to part compositions by that instead')
        parts = tuple(_PART_OF_SPLIT[split] for split in source.splits)
        return Split(parts, _source_part, None, seed)
    eval_ratio = DEFAULT_EVAL_RATIO if eval_ratio is None else eval_ratio
    if not 0.0 <= eval_ratio <= 1.0:
        raise UserError(f'--eval_ratio={eval_ratio} is not in [0, 1]')
    part_of = partial(_hash_part, eval_ratio, seed)
    return Split(('training', 'eval'), part_of, eval_ratio, seed)


def _source_part(piece):
    return _PART_OF_SPLIT[piece.split]


def _hash_part(eval_ratio, seed, piece):
    """Depends on the composition and the seed alone, whatever other pieces come or go."""
    digest = hashlib.sha256(f'{seed}\n{piece.group}'.encode()).digest()
    share = int.from_bytes(digest[:8], 'big') / 2.0 ** 64
    return 'eval' if share < eval_ratio else 'training'
