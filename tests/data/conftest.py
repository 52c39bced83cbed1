"""Melodies and MIDI files to test with."""

import io

import note_seq
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


@pytest.fixture
def midi_bytes():
    """Returns a function that makes a MIDI file of one voice of pitches, each half a second."""
    def make(pitches, instruments=1):
        sequence = note_seq.NoteSequence()
        for instrument in range(instruments):
            for index, pitch in enumerate(pitches):
                sequence.notes.add(pitch=pitch, velocity=64, start_time=index * 0.5,
                                   end_time=index * 0.5 + 0.5, instrument=instrument)
        buffer = io.BytesIO()
        note_seq.note_sequence_to_pretty_midi(sequence).write(buffer)
        return buffer.getvalue()

    return make


@pytest.fixture
def tune(midi_bytes):
    """A MIDI file that gives one melody of 10 bars."""
    return midi_bytes([60, 62, 64, 65, 67, 69, 71, 72] * 10)


@pytest.fixture
def fill(tmp_path):
    """Returns a function that writes a dict of relative paths and bytes into a new folder."""
    def write(files, name='music'):
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return tmp_path / name

    return write
