"""MIDI files give the notes that note_seq's reader gives, and hostile ones an error soon."""

import io
import os
import random
import struct
import time
from pathlib import Path

import mido
import note_seq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.midi import read_midi
from magenta_reg.readers.notes import notes_of_sequence

ENVIRONMENT = 'MAGENTA_REG_ECOMPETITION'


def midi_bytes(*tracks):
    """Returns a MIDI file of tracks of (ticks since the event before, mido message) pairs."""
    file = mido.MidiFile(ticks_per_beat=480)
    for track in tracks:
        file.tracks.append(mido.MidiTrack(
            message.copy(time=ticks) for ticks, message in track))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def voices(notes):
    """Returns the sorted notes of each instrument, in an order that is not their numbers'."""
    rows = list(zip(notes.starts_secs, notes.ends_secs, notes.pitches, notes.velocities,
                    notes.are_drums, strict=True))
    return sorted(sorted(row for row, number in zip(rows, notes.instruments, strict=True)
                         if number == instrument)
                  for instrument in set(notes.instruments))


def assert_equals_note_seq(data):
    theirs = notes_of_sequence(note_seq.midi_to_note_sequence(data))
    ours = read_midi(data)
    assert voices(ours) == voices(theirs)
    np.testing.assert_array_equal(ours.tempos, theirs.tempos)
    np.testing.assert_array_equal(ours.meters, theirs.meters)
    assert ours.total_secs == theirs.total_secs


note_event = st.builds(
    lambda kind, pitch, channel: mido.Message(
        kind, note=pitch, channel=channel, velocity=64 if kind == 'note_on' else 0),
    st.sampled_from(['note_on', 'note_off']), st.integers(60, 63), st.sampled_from([0, 1, 9]))
first_track_event = st.one_of(
    note_event,
    st.builds(lambda tempo: mido.MetaMessage('set_tempo', tempo=tempo),
              st.sampled_from([400000, 500000, 512820, 777777])),
    st.builds(lambda numerator: mido.MetaMessage('time_signature', numerator=numerator),
              st.sampled_from([3, 4])))
ticks = st.one_of(st.just(0), st.integers(0, 300))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(ticks, first_track_event), max_size=40),
       st.lists(st.tuples(ticks, note_event), max_size=20), st.booleans())
def test_notes_tempos_and_meters_equal_note_seqs(first, second, ends):
    # Notes overlap, end where others begin, and may never end.
    last = [(1, mido.Message('note_off', note=pitch, channel=channel))
            for pitch in range(60, 64) for channel in (0, 1, 9) for _ in range(4)] * ends
    assert_equals_note_seq(midi_bytes(first + last, second + last))


def broken_files():
    whole = midi_bytes([(0, mido.Message('note_on', note=60, velocity=64)),
                        (480, mido.Message('note_off', note=60))])
    return {
        'empty': b'', 'text': b'This is a text, not music.', 'cut': whole[:-6],
        'no time in a quarter': whole[:12] + b'\0\0' + whole[14:],
        'frames a second': whole[:12] + bytes([0xe7, 40]) + whole[14:]}


@pytest.mark.parametrize('data', broken_files().values(), ids=broken_files())
def test_a_broken_file_is_an_error_of_one_line(data):
    with pytest.raises(ValueError, match=r'^[^\n]+$'):
        read_midi(data)


def test_a_note_of_hundreds_of_millions_of_ticks_takes_no_memory():
    longest = 0x0fffffff
    notes = read_midi(midi_bytes([
        (0, mido.Message('note_on', note=60, velocity=64)),
        (longest, mido.Message('note_off', note=60))]))
    assert notes.total_secs == pytest.approx(longest / 960)
    assert not extract_melodies(notes, MelodyRules()).melodies


def hostile_files():
    longest = bytes([0xff, 0xff, 0xff, 0x7f])
    note = bytes([0, 0x90, 60, 64, 96, 0x80, 60, 0])
    changes = {'tempo': (0x51, [7, 161, 32]), 'meter': (0x58, [3, 2, 24, 8])}
    yield 'more than 2**32 ticks', raw_midi(
        note[:4] + (longest + bytes([0xb0, 7, 0])) * 16 + note[4:])
    yield 'running status', raw_midi(note[:4] + longest + note[5:] + (longest + b'\x3c\0') * 16)
    yield 'no tempo', raw_midi(bytes([0, 0xff, 0x51, 3, 0, 0, 0]) + note)
    yield 'years long', raw_midi(
        bytes([0, 0xff, 0x51, 3, 0xff, 0xff, 0xff]) + note[:4] + longest + note[5:], division=1)
    yield 'all tracks there can be', raw_midi(*[note] * 65535)
    yield 'a million notes and more', raw_midi(note * (2 ** 20 + 1))
    yield 'too many bytes', bytes(2 ** 26 + 1)
    yield 'a chunk longer than the file', raw_midi(note)[:18] + b'\xff' * 4 + note
    for name, (kind, values) in changes.items():
        event = bytes([1, 0xff, kind, len(values), *values])
        other = bytes([1, 0xff, kind, len(values), values[0] + 1, *values[1:]])
        yield f'a {name} at each tick', raw_midi((event + other) * 2 ** 15 + note)


def raw_midi(*tracks, division=480):
    header = b'MThd' + struct.pack('>IHHH', 6, 1, len(tracks), division)
    ended = (track + bytes([0, 0xff, 0x2f, 0]) for track in tracks)
    return header + b''.join(b'MTrk' + struct.pack('>I', len(track)) + track for track in ended)


@pytest.mark.parametrize('data', dict(hostile_files()).values(), ids=dict(hostile_files()))
def test_a_hostile_file_is_an_error_soon(data):
    begin_secs = time.process_time()
    with pytest.raises(ValueError, match=r'^[^\n]+$'):
        read_midi(data)
    assert time.process_time() - begin_secs < 2


def test_text_of_high_bytes_is_no_length_of_time():
    lyrics = bytes([0, 0xff, 5, 40]) + b'\xe3\x81\x82\x20' * 10
    data = raw_midi(lyrics + bytes([0, 0x90, 60, 64, 96, 0x80, 60, 0]))
    assert read_midi(data).ends_secs == [0.1]


def test_a_header_that_claims_tracks_it_does_not_have_is_read():
    data = raw_midi(bytes([0, 0x90, 60, 64, 96, 0x80, 60, 0]))
    claims = data[:10] + b'\xff\xff' + data[12:]
    assert voices(read_midi(claims)) == voices(read_midi(data))


@pytest.mark.skipif(not os.environ.get(ENVIRONMENT),
                    reason=f'{ENVIRONMENT} names no folder of real performances')
def test_real_performances_equal_note_seqs():
    files = sorted(Path(os.environ[ENVIRONMENT]).rglob('*.mid'))
    for path in random.Random(0).sample(files, 4):
        assert_equals_note_seq(path.read_bytes())
