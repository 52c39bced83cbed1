"""The notes of a melody are those that note_seq finds in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.measures.melody_notes import notes_of_melody


@given(st.lists(st.integers(-2, 127) | st.integers(-2, -1), min_size=1, max_size=40))
def test_notes_are_those_of_note_seq(events):
    note_seq = import_note_seq()
    step_secs = 0.125  # Sixteenths at 120 quarters a minute.
    theirs = note_seq.Melody(events).to_sequence(qpm=120).notes
    ours = notes_of_melody(events)
    assert ours.pitches.tolist() == [note.pitch for note in theirs]
    assert ours.onsets_steps.tolist() == [round(note.start_time / step_secs) for note in theirs]
    assert ours.lengths_steps.tolist() == [
        round((note.end_time - note.start_time) / step_secs) for note in theirs]
    assert ours.spans() == list(zip(ours.onsets_steps, ours.ends_steps, ours.pitches, strict=True))


@pytest.mark.parametrize('events', [[], [-2, -2], [-1]])
def test_a_melody_without_notes_has_none(events):
    assert notes_of_melody(events).spans() == []


def test_a_note_held_from_before_is_no_note():
    assert notes_of_melody([-2, -2, -1, 60]).pitches.tolist() == [60]


def test_what_is_no_event_is_named():
    with pytest.raises(UserError, match='128 is no Melody event'):
        notes_of_melody(np.array([60, 128]))
