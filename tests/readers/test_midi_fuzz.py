"""Changed MIDI files are read as mido reads them, where both read them."""

import io
import itertools
import os
import random
import struct
from bisect import bisect_right
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest

from magenta_reg.readers.midi import read_any, read_midi
from magenta_reg.readers.midi_fast import read_plain
from magenta_reg.readers.midi_tracks import number, open_midi, track_events
from tests.readers.test_midi import ENVIRONMENT, raw_midi

NUM_EVENTS = 150
BYTES = [0, 1, 0x2f, 0x3c, 0x40, 0x51, 0x58, 0x60, 0x7f, 0x80, 0x81, 0x90, 0x99, 0xb0, 0xc0, 0xd0,
         0xf0, 0xf7, 0xff]


SYSTEM_EVENTS = {
    0xff: [b'\xff\x51\x03\x07\xa1\x20', b'\xff\x51\x03\x06\x1a\x80',
           b'\xff\x58\x04\x03\x02\x18\x08', b'\xff\x05\x03\xe3\x81\x82', b'\xff\x03\x02ab'],
    0xf0: [b'\xf0\x05\x7e\x7f\x09\x01\xf7', b'\xf0\x03\x43\x12\x00'],
    0xf7: [b'\xf7\x02\xf3\x01', b'\xf7\x04\x43\x12\x00\xf7']}
TIMES = [b'\0', b'\0', b'\x30', b'\x60', b'\x81\x20', b'\x81\x80\x00']


def built_file(draw):
    """Returns a file with or without running status, sysex, and notes that overlap or never end."""
    is_even = draw.random() < 0.5
    return raw_midi(*(built_track(draw, is_even) for _ in range(draw.randint(1, 3))),
                    division=draw.choice([96, 480]))


def built_track(draw, is_even):
    track, running, channel, sounding = b'', None, draw.choice([0, 1, 9]), set()
    kinds = [0x90] * 11 + [0xb0, 0xe0] + ([] if is_even else [0x80] * 5 + [0xc0, 0xff, 0xf0, 0xf7])
    for _ in range(draw.randint(5, 60)):
        track += draw.choice(TIMES[:5] if is_even else TIMES)
        kind = draw.choice(kinds)
        if kind >= 0xf0:
            track += draw.choice(SYSTEM_EVENTS[kind])
            running = running if kind == 0xff and draw.random() < 0.3 else None
            continue
        pitch, velocity = draw.choice([60, 61, 62]), draw.choice([0, 64, 100])
        if is_even and kind == 0x90:
            velocity = 0 if pitch in sounding else 64
            sounding ^= {pitch}
        status = kind | channel
        track += b'' if status == running and draw.random() < 0.5 else bytes([status])
        track += bytes([pitch, velocity][:1 + (kind != 0xc0)])
        running = status
    return track + b''.join(bytes([48, 0x80 | channel, pitch, 0]) for pitch in sounding)


def real_files(num_files):
    """Returns the beginnings of real performances, or none where they are not there."""
    folder = os.environ.get(ENVIRONMENT)
    files = sorted(Path(folder).rglob('*.mid')) if folder else []
    for path in random.Random(0).sample(files, min(num_files, len(files))):
        data = path.read_bytes()
        midi = open_midi(data)
        yield raw_midi(*(
            data[begin:max([begin, *(behind for *_, behind in itertools.islice(
                track_events(data, begin, end), NUM_EVENTS))])]
            for begin, end in midi.tracks), division=midi.ticks_per_quarter)


def changed(data, draw):
    """Returns a file with up to four changes; most often its tracks have right lengths still."""
    begins = [place for place in range(len(data)) if data.startswith(b'MTrk', place)]
    chunks = [data[begin + 8:end]
              for begin, end in itertools.pairwise([*begins, len(data)])]
    lengths_are_right = draw.random() < 0.8
    lengths = [len(chunk) for chunk in chunks]
    for _ in range(draw.randint(0, 4)):
        index = draw.randrange(len(chunks))
        place = draw.randrange(len(chunks[index]) + 1)
        if draw.random() < 0.7 and place < len(chunks[index]):  # A number or a status for another.
            byte = chunks[index][place]
            other = draw.randrange(128) if byte < 128 else 128 | draw.choice([byte, 0x10]) & 0x1f
            chunks[index] = chunks[index][:place] + bytes([other]) + chunks[index][place + 1:]
            continue
        new = bytes(draw.choice(BYTES) if draw.random() < 0.7 else draw.randrange(256)
                    for _ in range(draw.randint(0, 3)))
        chunks[index] = chunks[index][:place] + new + chunks[index][place + draw.randint(0, 3):]
    if lengths_are_right:
        lengths = map(len, chunks)
    return data[:begins[0]] + b''.join(
        b'MTrk' + struct.pack('>I', size) + chunk
        for size, chunk in zip(lengths, chunks, strict=True))


def mido_notes(data):
    """Returns a list of (start, end, pitch, velocity, is drum), in exact seconds."""
    file = mido.MidiFile(file=io.BytesIO(data))
    tempos, notes = [], []
    for track in file.tracks:
        tick, voices = 0, defaultdict(list)
        for message in track:
            tick += message.time
            if message.type == 'unknown_meta':
                raise LookupError  # mido forgets its time.
            if message.type == 'end_of_track':
                break
            if message.type == 'set_tempo':
                tempos.append((tick, message.tempo))
            if message.type in ('note_on', 'note_off'):
                velocity = message.velocity if message.type == 'note_on' else 0
                voices[message.channel, message.note].append((tick, velocity))
        for (channel, pitch), events in voices.items():
            notes += [(*row, pitch, velocity, channel == 9) for *row, velocity in paired(events)]
    secs = clock(tempos, file.ticks_per_beat)
    return [(secs(start), secs(end), *others) for start, end, *others in notes]


def paired(events):
    """Yields start, end and velocity of the notes of a voice's (tick, velocity) events."""
    for index, (start, velocity) in enumerate(events):
        if not velocity:
            continue
        for place in range(index + 1, len(events)):
            tick, is_on = events[place]
            if not is_on and tick > start:
                yield start, tick, velocity
                break
            if not is_on and not any(
                    begin < tick for begin in sounding_before(events[:place])):
                break  # It ends nothing that began before, and takes away what begins here.


def sounding_before(events):
    """Returns the ticks of the notes that sound after a voice's events."""
    sounding = []
    for tick, velocity in events:
        if velocity:
            sounding.append(tick)
        elif all(begin == tick for begin in sounding):
            sounding = []
        else:
            sounding = [begin for begin in sounding if begin == tick]
    return sounding


def clock(tempos, ticks_per_quarter):
    """Returns a function from ticks to exact seconds; the last tempo of a tick counts."""
    changes = {0: 500000} | dict(sorted(tempos, key=lambda tempo: tempo[0]))
    ticks, secs = list(changes), [Fraction(0)]
    for begin, end in itertools.pairwise(ticks):
        secs.append(secs[-1] + Fraction((end - begin) * changes[begin],
                                        ticks_per_quarter * 10 ** 6))

    def to_secs(tick):
        index = bisect_right(ticks, tick) - 1
        return secs[index] + Fraction((tick - ticks[index]) * changes[ticks[index]],
                                      ticks_per_quarter * 10 ** 6)

    return to_secs


def goes_on_after_system(data):
    """Returns whether a running status follows an event that ends it for the standard and mido."""
    for begin, end in open_midi(data).tracks:
        was_system = False
        for _, status, _, behind in track_events(data, begin, end):
            has_status = data[number(data, begin)[1]] >= 0x80
            if was_system and not has_status:
                return True
            was_system = status >= 0xf0 and (was_system or status != 0xff)
            begin = behind
    return False


def check(data, counts):
    """Compares the readers on one file, and counts what came of it."""
    counts['files'] += 1
    try:
        theirs = mido_notes(data)
    except Exception:  # mido raises errors of many kinds.
        theirs = None
    try:
        ours = read_midi(data)
    except ValueError as error:
        counts['refused by both' if theirs is None else f'refused by us: {error}'] += 1
        return
    if (plain := read_plain(open_midi(data))) is not None:
        counts['plain'] += 1
        assert_same(plain, read_any(open_midi(data)))
    if theirs is None:
        counts['refused by mido'] += 1
    elif goes_on_after_system(data):
        counts['of no meaning in the standard'] += 1
    else:
        counts['compared'] += 1
        columns = (ours.starts_secs, ours.ends_secs, ours.pitches, ours.velocities, ours.are_drums)
        assert_equal(zip(*(column.tolist() for column in columns), strict=True), theirs)


def assert_equal(ours, theirs):
    """Compares notes; what begins together exactly may differ in the last bits of its seconds."""
    ours, theirs = (sorted(rows, key=lambda row: (
        round(float(row[0]), 6), round(float(row[1]), 6), *row[2:])) for rows in (ours, theirs))
    assert [row[2:] for row in ours] == [row[2:] for row in theirs]
    np.testing.assert_allclose(np.array([row[:2] for row in ours]),
                               np.array([row[:2] for row in theirs], np.float64), rtol=1e-9)


def assert_same(plain, full):
    instruments = [np.unique(notes[4], return_inverse=True)[1] for notes in (plain[0], full[0])]
    rows = [sorted(np.stack([*notes[:4], numbers, notes[5]]).T.tolist())
            for notes, numbers in zip((plain[0], full[0]), instruments, strict=True)]
    assert rows[0] == rows[1]
    assert plain[1:] == full[1:]


@pytest.mark.parametrize('num_files', [
    4000, pytest.param(100000, marks=pytest.mark.slow)])
def test_changed_files_are_read_as_mido_reads_them(num_files):
    counts, real = Counter(), list(real_files(30))
    for seed in range(num_files):
        draw = random.Random(seed)
        data = draw.choice(real) if real and seed % 3 == 0 else built_file(draw)
        data = changed(data, draw)
        try:
            check(data, counts)
        except AssertionError as error:
            raise AssertionError(f'seed {seed}: {data.hex()}') from error
    print('\n', dict(counts.most_common(12)))
    assert counts['compared'] > num_files / 8
    assert counts['plain'] > num_files / 50
