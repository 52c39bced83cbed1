"""Which part of a data set a piece goes into: never one composition into two."""

import decimal
import hashlib
from typing import NamedTuple

from magenta_reg.base.errors import UserError, unknown_name

DEFAULT_EVAL_RATIO = 0.1
DEFAULT_TEST_RATIO = 0.1
AUTO = 'auto'
# In this order: what a part shares with a later one is taken out of it if networks learn from it.
PARTS = ('training', 'judge', 'eval', 'test')
TRAINED_ON = ('training', 'judge')
SPLIT_BY = ('composition', 'folder', 'file')
# Why a piece of the training part is not in it.
NOT_IN_SHARE = 'not_in_training_share'

_PART_OF_SPLIT = {'train': 'training', 'validation': 'eval', 'test': 'test'}
# Decimal shares such as 0.3 and 0.7 add up to 1 but for rounding.
_ROUNDING = 1e-9
_MIN_FAR = 0.05


class Split(NamedTuple):
    """Which part a piece goes into: by the source's own split, or by hash.

    By hash, each composition (or folder, or file) has a place in [0, 1) that depends on its name
    and the seed alone: evaluation takes the places below `eval_ratio`, the test part those from
    1 - `test_ratio` on, and the judge those just below the test part. So nothing moves when music
    is added, evaluation and test stay what they are when a judge part is asked for, and a larger
    share only takes from training. With the source's own split the judge takes its places among the
    source's training pieces.

    What `training_share` keeps of the training part goes by another place of the same kind, so that
    a larger share only adds to a smaller one, and no other part changes.

    Attributes:
        parts: tuple of str, 'training', 'eval' and perhaps 'judge' and 'test'.
        eval_ratio: float, the share for evaluation, or None for the source's own split.
        seed: int, of the split by hash.
        test_ratio: float, the share for the test part, or None without one.
        split_by: str, 'composition', 'folder' or 'file'.
        judge_ratio: float, the share for networks that judge those of the training part, or None.
        training_share: float in (0, 1], how much of the training part is kept.
    """

    parts: tuple
    eval_ratio: float | None
    seed: int
    test_ratio: float | None = None
    split_by: str = 'composition'
    judge_ratio: float | None = None
    training_share: float = 1.0

    def part_of(self, piece):
        """Returns the one of `parts` that a Piece goes into; None if `training_share` drops it."""
        part = self._drawn_part(piece)
        is_kept = part != 'training' or self._share_place(piece) <= self.training_share
        return part if is_kept else None

    def unit_of(self, piece):
        """Returns the name of what goes into one part as a whole."""
        return piece.name if self.split_by == 'file' else piece.group

    def _share_place(self, piece):
        return _place(f'{NOT_IN_SHARE}\n{self.seed}\n{self.unit_of(piece)}')

    def _drawn_part(self, piece):
        own_part = _PART_OF_SPLIT[piece.split] if self.eval_ratio is None else 'training'
        if own_part != 'training':
            return own_part
        place = _place(f'{self.seed}\n{self.unit_of(piece)}')
        if place < (self.eval_ratio or 0.0):
            return 'eval'
        end = 1.0 - (self.test_ratio or 0.0)
        if place >= end:
            return 'test'
        return 'judge' if place >= end - (self.judge_ratio or 0.0) else 'training'

    def check(self, num_units):
        """Raises UserError if a part that should have melodies has none.

        Args:
            num_units: dict of str, a part, to how many compositions, folders or files gave it
                melodies.
        """
        total = sum(num_units.values())
        for part in self._wanted():
            if not num_units[part]:
                raise UserError(f'the {part} part came out empty: none of the {total} '
                                f'{self.split_by}(s) with melodies fell into it; '
                                f'{self._way_out(total)}')

    def lines_about(self, num_pieces, num_units):
        """Returns a line for each part whose share of the pieces is far from what was asked.

        Args:
            num_pieces: dict of str, a part, to how many pieces with melodies fell into it.
            num_units: the same of compositions, folders or files.
        """
        if self.eval_ratio is None:  # The source's own training part is what the judge shares.
            num_pieces, num_units = ({part: each.get(part, 0) for part in TRAINED_ON}
                                     for each in (num_pieces, num_units))
        lines, total, num = [], sum(num_pieces.values()), sum(num_units.values())
        others = '' if self.split_by == 'file' else ', or --split_by=file'
        for part, ratio in (('judge', self.judge_ratio), ('eval', self.eval_ratio),
                            ('test', self.test_ratio)):
            share = num_pieces.get(part, 0) / total
            if ratio and abs(share - ratio) > max(_MIN_FAR, min(ratio, 1.0 - ratio) / 2.0):
                lines.append(
                    f'{part} has {num_pieces.get(part, 0):,} of {total:,} pieces, {share:.0%}, '
                    f'where --{part}_ratio={ratio:g} asks for {ratio:.0%}: {num:,} '
                    f'{self.split_by}(s) are few or of unequal size; give another --seed{others}')
        return lines

    def lines_about_share(self, kept, dropped):
        """Returns a line that says what `training_share` keeps, if it is less than all.

        Args:
            kept, dropped: lists of Pieces with melodies, or of what has their names and groups.

        Raises:
            UserError: If it keeps none.
        """
        if self.training_share == 1:
            return []
        num_kept, num_dropped = (len(set(map(self.unit_of, each))) for each in (kept, dropped))
        total = num_kept + num_dropped
        if dropped and not kept:
            least = decimal.Context(3, decimal.ROUND_UP).create_decimal(
                min(map(self._share_place, dropped)))
            raise UserError(f'--training_share={self.training_share:g} keeps none of the {total:,} '
                            f'{self.split_by}(s) of the training part; the least share that keeps '
                            f'one is {least:g}')
        return [f'--training_share={self.training_share:g} keeps {num_kept:,} of {total:,} '
                f'{self.split_by}(s) of the training part: {len(kept):,} of '
                f'{len(kept) + len(dropped):,} pieces']

    def _wanted(self):
        """Returns the parts that should not be empty; of the source's own, the test part may."""
        if self.eval_ratio is None:
            return [part for part in self.parts if part != 'test']
        shares = {'judge': self.judge_ratio or 0.0, 'eval': self.eval_ratio,
                  'test': self.test_ratio or 0.0}
        shares['training'] = 1.0 - sum(shares.values())
        return [part for part in PARTS if shares[part] > _ROUNDING]

    def _way_out(self, num_units):
        if self.eval_ratio is None:
            return ('give --eval_ratio to split them otherwise than the CSV file says'
                    + (f', or another --judge_ratio than {self.judge_ratio:g}'
                       if self.judge_ratio else ''))
        if num_units == 1:
            return 'give more music, or --eval_ratio=0 to train on all of it'
        flags = f'--eval_ratio than {self.eval_ratio:g}'
        if self.test_ratio:
            flags += f' or --test_ratio than {self.test_ratio:g}'
        if self.judge_ratio:
            flags += f' or --judge_ratio than {self.judge_ratio:g}'
        return f'give another {flags}, or another --seed'


def _place(text):
    """Returns a float in [0, 1] that depends on a text alone, uniform over texts."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], 'big') / 2.0 ** 64


def choose_split(source, eval_ratio, seed, test_ratio=None, split_by='composition',
                 judge_ratio=None, training_share=1.0):
    """Returns the Split of a Source by itself if it has one and none is asked for, else by hash.

    Args:
        eval_ratio: float in [0, 1], or None for 0.1, or for the source's own split.
        test_ratio: float in [0, 1]; or None for no test part but the source's own; or 'auto' for a
            test part in any case, the source's own or 0.1.
        split_by: str, 'composition'; 'folder'; or 'file': Magenta's way, in which performances of
            one composition can fall into several parts. The source's own split is not used by
            folder or file.
        judge_ratio: float in [0, 1], or None for no judge part.
        training_share: float in (0, 1], how much of the training part is kept.
    """
    if split_by not in SPLIT_BY:
        raise unknown_name('--split_by', split_by, SPLIT_BY)
    if not 0.0 < training_share <= 1.0:
        raise UserError(f'--training_share={training_share} is not in (0, 1]: give the share of '
                        'the training part to keep')
    is_own = (source.splits and eval_ratio is None and test_ratio in (None, AUTO)
              and split_by == 'composition')
    has_test_part = test_ratio == AUTO
    if has_test_part:
        test_ratio = None if is_own else DEFAULT_TEST_RATIO
    if eval_ratio is None and not is_own:
        eval_ratio = DEFAULT_EVAL_RATIO
    ratios = {'eval': eval_ratio, 'test': test_ratio, 'judge': judge_ratio}
    for part, ratio in ratios.items():
        if isinstance(ratio, str) or not 0.0 <= (ratio or 0.0) <= 1.0:
            raise UserError(f'--{part}_ratio={ratio} is not in [0, 1]')
    given = [f'--{part}_ratio={ratio:g}' for part, ratio in ratios.items() if ratio]
    if sum(ratio or 0.0 for ratio in ratios.values()) > 1.0 + _ROUNDING:
        raise UserError(f'{" and ".join(given)} add up to more than 1: give smaller ones')
    if is_own:
        return _own_split(source, seed, judge_ratio, training_share, has_test_part)
    parts = tuple(part for part in PARTS if part in ('training', 'eval') or ratios[part])
    return Split(parts, eval_ratio, seed, test_ratio, split_by, judge_ratio, training_share)


def _own_split(source, seed, judge_ratio, training_share, has_test_part):
    for split in ('train', 'validation', *(['test'] if has_test_part else [])):
        if split not in source.splits:
            raise UserError(f'the CSV file gives no piece the split {split!r}: give '
                            '--eval_ratio to split compositions by that instead')
    own = {_PART_OF_SPLIT[split] for split in source.splits} | ({'judge'} if judge_ratio else set())
    return Split(tuple(part for part in PARTS if part in own), None, seed, judge_ratio=judge_ratio,
                 training_share=training_share)
