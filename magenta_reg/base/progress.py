"""The progress bar of every long step."""

import sys

from tqdm import tqdm


def progress(iterable=None, *, description, unit, total=None, initial=0):
    """Returns a tqdm bar on standard error; in a log it adds a line every ten seconds at most.

    Args:
        iterable: What to iterate over, or None for a bar that `update` moves.
        description: str, what is being done.
        unit: str, what is counted, for example 'step'.
        total: int or None, how many there are, if `iterable` has no length.
        initial: int, how many were already done.
    """
    is_terminal = sys.stderr.isatty()
    return tqdm(
        iterable, desc=description, unit=unit, total=total, initial=initial, file=sys.stderr,
        mininterval=0.2 if is_terminal else 10.0, dynamic_ncols=is_terminal, smoothing=0.1)
