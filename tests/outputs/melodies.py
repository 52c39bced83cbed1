"""Melodies that the tests of the outputs share."""

import numpy as np
from hypothesis import strategies as st

from magenta_reg.outputs.melody import OutputMelody

NO_EVENT, NOTE_OFF = -2, -1

# Rests, held and repeated notes, and the whole range of MIDI.
any_events = st.lists(
    st.one_of(st.sampled_from([NO_EVENT, NO_EVENT, NOTE_OFF, 60, 62]), st.integers(0, 127)),
    min_size=1, max_size=50).map(np.array)


def make_melody(events, primer_steps=1, qpm=120.0, **names):
    return OutputMelody(np.array(events), primer_steps, qpm, **names)


def long_melody(num_steps, seed=0):
    """Returns an OutputMelody of short notes all over the range of basic_rnn."""
    rng = np.random.default_rng(seed)
    events = rng.integers(48, 84, num_steps)
    events[rng.random(num_steps) < 0.5] = NO_EVENT
    events[rng.random(num_steps) < 0.1] = NOTE_OFF
    return make_melody(events, primer_steps=16)
