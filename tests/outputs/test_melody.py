"""A melody to write sounds as note_seq plays it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.outputs.melodies import any_events, make_melody


@given(any_events, st.floats(20, 300))
def test_notes_equal_note_seqs(events, qpm):
    melody = make_melody(events, qpm=qpm)
    theirs, ours = melody.sequence().notes, melody.notes
    assert [note.pitch for note in theirs] == list(ours.pitches)
    for times, steps in (([note.start_time for note in theirs], ours.onsets_steps),
                         ([note.end_time for note in theirs], ours.ends_steps)):
        np.testing.assert_allclose(times, steps * melody.secs_per_step, rtol=1e-12, atol=1e-12)
