"""How dull a melody is: a likelihood says little without it."""

import numpy as np

_NGRAM = 4


def repetition(events):
    """Returns the share of 4-grams of events that occurred before in the same melody.

    1 - (unique 4-grams / 4-grams): 0 if no four events occur twice, near 1 for one held note.

    Args:
        events: int array [steps], Melody events.

    Returns:
        float in [0, 1), or None for fewer than 4 events.
    """
    if len(events) < _NGRAM:
        return None
    ngrams = np.lib.stride_tricks.sliding_window_view(np.asarray(events), _NGRAM)
    return 1 - len(np.unique(ngrams, axis=0)) / len(ngrams)


def entropy_nats(values):
    """Returns -sum p log p over the shares p of the different values; NaN if there are none.

    Args:
        values: int array [values], such as a melody's events.
    """
    if not len(values):
        return np.nan
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return float(-np.sum(shares * np.log(shares)))
