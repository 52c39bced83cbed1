"""A score holds the melody's notes, as music21, note_seq and our own reader find them."""

from xml.etree import ElementTree

import music21
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.outputs.score import musicxml
from magenta_reg.readers.musicxml import read_musicxml
from tests.outputs.melodies import any_events, long_melody, make_melody


def joined(rows, struck):
    """Joins notes that continue one of the same pitch where the melody strikes none.

    The readers strike tied notes again, as note_seq does.
    """
    result = []
    for start, end, pitch in sorted(rows):
        if start not in struck and result and result[-1][1:] == (start, pitch):
            result[-1] = (result[-1][0], end, pitch)
        else:
            result.append((start, end, pitch))
    return result


def rows_of_reader(notes):
    """Returns the rows of Notes in steps, which must be whole ones."""
    per_sec = notes.tempos[0, 1] / 60 * 4
    times = np.stack([notes.starts_secs, notes.ends_secs]) * per_sec
    np.testing.assert_allclose(times, np.round(times), atol=1e-3)
    starts, ends = np.round(times).astype(int)
    return list(zip(starts.tolist(), ends.tolist(), notes.pitches.tolist(), strict=True))


@settings(max_examples=25)
@given(any_events, st.sampled_from([60.0, 97.5, 240.0]))
def test_our_reader_finds_the_notes(events, qpm):
    melody = make_melody(events, qpm=qpm)
    if not len(melody.notes.pitches):
        return
    read = read_musicxml(musicxml(melody))
    assert read.tempos[0, 1] == pytest.approx(qpm)
    assert joined(rows_of_reader(read), set(melody.notes.onsets_steps)) == melody.notes.spans()


@settings(max_examples=15)
@given(any_events)
def test_music21_finds_the_notes_and_ties_them(events):
    document = musicxml(make_melody(events))
    part = music21.converter.parseData(document, format='musicxml').parts[0]
    found = [(4 * note.offset, 4 * (note.offset + note.quarterLength), note.pitch.midi)
             for note in part.stripTies().flatten().notes]
    assert found == make_melody(events).notes.spans()


def test_note_seq_finds_the_notes(tmp_path):
    melody = long_melody(96)
    path = tmp_path / 'melody.musicxml'
    path.write_bytes(musicxml(melody))
    note_seq = import_note_seq()
    sequence = note_seq.musicxml_reader.musicxml_file_to_sequence_proto(str(path))
    rows = [(round(8 * note.start_time), round(8 * note.end_time), note.pitch)
            for note in sequence.notes]
    assert joined(rows, set(melody.notes.onsets_steps)) == melody.notes.spans()
    assert [(meter.numerator, meter.denominator) for meter in sequence.time_signatures] == [(4, 4)]


def test_the_title_is_the_pieces_whatever_is_in_it():
    document = ElementTree.fromstring(musicxml(make_melody([60], title='<a> & "b"')))
    assert document.findtext('work/work-title') == '<a> & "b"'


def test_the_same_melody_is_the_same_document():
    melody = make_melody([60, -2, 64], title='twice')
    assert musicxml(melody) == musicxml(melody)
