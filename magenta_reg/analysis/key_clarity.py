"""How clearly a melody is in one key."""

import numpy as np

# Krumhansl & Kessler 1982, in Krumhansl 1990, Cognitive Foundations of Musical Pitch, page 30: how
# well each pitch class, counted from the tonic, fits a major and a minor key.
_MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
_MINOR = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]


def _standardized(rows):
    """Returns rows with mean 0 and Euclidean length 1."""
    rows = rows - rows.mean(axis=-1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


# float64 [24, 12]: the 12 major keys from C upwards, then the 12 minor ones.
_PROFILES = _standardized(np.array([np.roll(profile, tonic) for profile in (_MAJOR, _MINOR)
                                    for tonic in range(12)]))


def key_clarity(durations):
    """Returns the largest correlation of pitch-class durations with the profile of a key.

    Args:
        durations: float array [12], how long each pitch class sounds, from C.

    Returns:
        float in [-1, 1], near 1 for a melody of one key; NaN if all classes sound equally long or
        nothing sounds.

    Source: Krumhansl 1990, chapter 4 (Krumhansl and Schmuckler's key-finding algorithm).
    """
    durations = np.asarray(durations, np.float64)
    if np.ptp(durations) == 0:
        return np.nan
    return float((_PROFILES @ _standardized(durations)).max())
