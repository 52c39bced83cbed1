"""Five fixed melodies, as Melody events: their features are a committed table."""

HOLD, OFF = -2, -1


def played(*notes):
    """Returns Melody events of (pitch, or None for a rest; steps)."""
    return [event for pitch, steps in notes
            for event in [OFF if pitch is None else pitch] + [HOLD] * (steps - 1)]


SCALE = played(*((pitch, 4) for pitch in (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62)),
               (60, 8))
_TUNE = ((67, 4), (64, 4), (64, 4), (65, 2), (67, 2), (69, 4), (67, 4), (64, 8))
NURSERY = played(
    *_TUNE, (65, 4), (62, 4), (62, 4), (64, 2), (65, 2), (64, 4), (62, 4), (60, 6), (None, 2),
    *_TUNE, (65, 4), (67, 2), (65, 2), (64, 4), (62, 4), (60, 14), (None, 2))
CHROMATIC = played(*((pitch, 1) for pitch in range(55, 80)),
                   *((pitch, 3) for pitch in range(79, 61, -1)), (61, 1))
RESTS = played((None, 8), (62, 3), (None, 13), (69, 2), (None, 30), (65, 1), (None, 7), (74, 20),
               (None, 12))
_MOTIF = ((60, 3), (63, 1), (67, 2), (66, 2), (None, 2), (67, 6))
MOTIF = played(*_MOTIF * 5, *((pitch and pitch + 5, steps) for pitch, steps in _MOTIF))

MELODIES = {'scale': SCALE, 'nursery tune': NURSERY, 'chromatic line': CHROMATIC,
            'long rests': RESTS, 'repeated motif': MOTIF}
