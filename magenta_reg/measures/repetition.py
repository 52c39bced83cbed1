"""How much a melody repeats itself: what a likelihood must never be read without."""

import numpy as np


def repetition(events, n=4):
    """Returns the share of n-grams of events that occurred before in the same melody.

    1 - (unique n-grams / n-grams): 0 if no four events ever come again, near 1 for one held note.

    Args:
        events: int array [steps], Melody events, at least n.
        n: int.

    Returns:
        float in [0, 1).
    """
    ngrams = np.lib.stride_tricks.sliding_window_view(np.asarray(events), n)
    return 1 - len(np.unique(ngrams, axis=0)) / len(ngrams)
