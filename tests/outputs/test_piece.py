"""The notes of a melody are those that note_seq finds in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.compat import import_magenta
from magenta_reg.outputs.piece import Piece, stepped_notes
from tests.outputs.pieces import any_events, make_piece


@given(any_events, st.sampled_from([1, 2, 4, 6]), st.floats(20, 300))
def test_notes_equal_note_seqs(events, steps_per_quarter, qpm):
    piece = Piece(events, 1, qpm, steps_per_quarter)
    theirs = piece.sequence().notes
    ours = stepped_notes(events)
    assert [note.pitch for note in theirs] == list(ours.pitches)
    for times, steps in (([note.start_time for note in theirs], ours.starts_steps),
                         ([note.end_time for note in theirs], ours.ends_steps)):
        np.testing.assert_allclose(times, steps * piece.secs_per_step, rtol=1e-12, atol=1e-12)


def test_a_melody_and_its_events_are_the_same_piece():
    melody = import_magenta('note_seq').Melody([60, -2, -1, 64, -2])
    from_melody, from_events = Piece(melody, 2, 90.0), make_piece([60, -2, -1, 64, -2], 2, 90.0)
    assert from_melody.sequence() == from_events.sequence() == melody.to_sequence(qpm=90.0)
    assert from_melody.num_steps == from_events.num_steps == 5


@pytest.mark.parametrize('events', [[], [-2, -2], [-1]])
def test_a_melody_without_notes_has_none(events):
    assert stepped_notes(np.array(events, int)).pitches.size == 0
