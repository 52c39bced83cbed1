"""Melodies to test with."""

import numpy as np
import pytest


@pytest.fixture
def melodies():
    """Forty melodies of 9 to 120 events in the pitches [48, 84)."""
    rng = np.random.default_rng(0)

    def melody(num_events):
        pitches = rng.integers(48, 84, num_events)
        kinds = rng.choice([-2, -1, 0], num_events, p=[0.6, 0.1, 0.3])
        return np.where(kinds < 0, kinds, pitches).astype(np.int32)

    return [melody(num_events) for num_events in rng.integers(9, 121, 40)]
