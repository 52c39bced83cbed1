"""What the bytes of a MIDI file mean where files, standard and other readers go apart."""

import numpy as np
import pytest

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.midi import read_any, read_midi
from magenta_reg.readers.midi_fast import read_plain
from magenta_reg.readers.midi_tracks import open_midi
from tests.readers.test_midi import assert_equals_note_seq, raw_midi, voices

LYRICS = b'\0\xff\x05\x06' + 'ある'.encode()
TICKS = 96


def note(pitch, channel=0, status=True):
    """Returns the bytes of a note of 96 ticks, its events with or without status bytes."""
    if not status:
        return bytes([0, pitch, 64, TICKS, pitch, 0])
    return bytes([0, 0x90 | channel, pitch, 64, TICKS, 0x90 | channel, pitch, 0])


def starts_ticks(notes):
    """Returns (tick, pitch) of each note, at 480 ticks a quarter and 120 quarters a minute."""
    return sorted(zip(np.round(notes.starts_secs * 960).astype(int).tolist(),
                      notes.pitches.tolist(), strict=True))


SYSTEM_EVENTS = {
    'lyrics in UTF-8': LYRICS, 'a tempo': b'\0\xff\x51\x03\x07\xa1\x20',
    'a meta event of no known kind': b'\0\xff\x60\x81\x00' + b'\x90' * 128,
    'a system exclusive event': b'\0\xf0\x05\x7e\x7f\x09\x01\xf7',
    'one with 0xff in it': b'\0\xf0\x05\x7e\xff\x2f\x00\xf7',
    'an escape': b'\0\xf7\x02\xf3\x01', 'an empty escape': b'\0\xf7\0',
    'a song position': b'\0\xf2\x01\x02', 'a clock': b'\0\xf8'}


@pytest.mark.parametrize('event', SYSTEM_EVENTS.values(), ids=SYSTEM_EVENTS)
@pytest.mark.parametrize('status', [True, False])
def test_after_an_event_of_the_system_the_running_status_is_that_before_it(event, status):
    pitches = [60, 62, 64, 65]
    middle = b''.join(note(pitch, status=status) for pitch in pitches[1:3])
    data = raw_midi(note(60) + event + middle + event + note(65, status=status))
    assert starts_ticks(read_midi(data)) == [(i * TICKS, pitch) for i, pitch in enumerate(pitches)]


def test_packets_of_a_system_exclusive_event_take_their_time():
    # The example of the standard, "Standard MIDI Files 1.0", on F7 packets.
    packets = (b'\0\xf0\x03\x43\x12\x00' b'\x81\x48\xf7\x06\x43\x12\x00\x43\x12\x00'
               b'\x64\xf7\x04\x43\x12\x00\xf7')
    assert starts_ticks(read_midi(raw_midi(packets + note(60)))) == [(200 + 100, 60)]


@pytest.mark.parametrize(('exponent', 'reason'), [
    (2, None), (7, 'non_integer_steps_per_bar'), (30, 'non_integer_steps_per_bar'),
    (31, 'bad_time_signature'), (32, 'bad_time_signature'), (34, 'bad_time_signature'),
    (255, 'bad_time_signature')])
def test_a_denominator_is_as_large_as_the_file_says(exponent, reason):
    meter = bytes([0, 0xff, 0x58, 4, 1, exponent, 24, 8])
    melody = b''.join(map(note, [60, 62, 64, 65, 67] * 40))
    notes = read_midi(raw_midi(meter + melody, division=2 * TICKS))
    assert notes.meters.tolist() == [[0.0, 1.0, 2.0 ** exponent]]
    extraction = extract_melodies(notes, MelodyRules(min_bars=1))
    assert extraction.reason() == reason


ON, OFF = 0x90, 0x80
UNEVEN = {
    'struck again': [(0, ON), (10, ON), (20, OFF), (30, OFF)],
    'struck again, ended once': [(0, ON), (10, ON), (20, OFF), (30, ON), (40, OFF)],
    'never ended': [(0, ON), (10, OFF), (20, ON)],
    'ended twice': [(0, ON), (10, OFF), (15, OFF), (20, ON), (30, OFF)],
    'ended where it is struck again': [(0, ON), (10, OFF), (10, ON), (20, OFF)],
    'struck again where it is ended': [(0, ON), (10, ON), (10, OFF), (20, OFF)],
    'ended twice where it is struck': [(0, ON), (10, OFF), (10, ON), (10, OFF), (20, OFF)],
    'two, ended twice where a third is struck':
        [(0, ON), (0, ON), (5, OFF), (5, ON), (5, OFF), (9, OFF)],
    'of no length': [(5, ON), (5, OFF), (9, OFF)],
    'three that never end': [(0, ON), (1, ON), (2, ON)]}


@pytest.mark.parametrize('events', UNEVEN.values(), ids=UNEVEN)
@pytest.mark.parametrize('channel', [0, 9])
def test_a_note_ends_with_the_first_note_off_after_it_as_in_note_seq(events, channel):
    track, now = b'', 0
    for tick, status in events:
        track += bytes([tick - now, status | channel, 60, 64])
        now = tick
    assert_equals_note_seq(raw_midi(track + note(72), note(48) + track))


def test_a_program_change_is_for_the_notes_after_it():
    track = (b'\0\x90\x3c\x40' b'\x0a\xc0\x05' b'\0\x90\x40\x40' b'\x0a\x80\x3c\0' b'\0\x80\x40\0')
    for data in (raw_midi(track), raw_midi(track + b'\0\x90\x43\x40')):  # The last never ends.
        notes = read_midi(data)
        assert sorted(notes.pitches) == [60, 64]
        assert len(set(notes.instruments)) == 2


def test_what_stands_behind_the_end_of_a_track_is_left_out():
    data = raw_midi(note(60) + b'\0\xff\x2f\0' + note(62), note(64))
    assert starts_ticks(read_midi(data)) == [(0, 60), (0, 64)]


def test_chunks_that_are_no_tracks_are_passed_over():
    data = raw_midi(note(60), note(62))
    first = data.index(b'MTrk')
    odd = data[:first] + b'XFIH\0\0\0\5hello' + data[first:] + b'junk\0\0\xff\0behind'
    assert voices(read_midi(odd)) == voices(read_midi(data))


def test_an_end_of_track_far_away_costs_nothing():
    far = b'\xff\xff\xff\x7f'
    data = raw_midi(note(60) + far + b'\xb0\x07\x00' + far + b'\xb0\x07\x00')
    assert starts_ticks(read_midi(data)) == [(0, 60)]


def riff(data, kind=b'RMID', before=b''):
    chunk = before + b'data' + len(data).to_bytes(4, 'little') + data + b'\0' * (len(data) % 2)
    return b'RIFF' + (4 + len(chunk)).to_bytes(4, 'little') + kind + chunk


@pytest.mark.parametrize('before', [b'', b'LIST\5\0\0\0INFOx\0', b'DISP\4\0\0\0\1\0\0\0'])
def test_a_riff_file_is_read_as_the_midi_file_in_it(before):
    data = raw_midi(note(60) + note(62))
    assert voices(read_midi(riff(data, before=before))) == voices(read_midi(data))


def test_of_changes_on_one_tick_that_of_the_highest_track_is_the_last():
    def tempo(microseconds):
        return b'\0\xff\x51\x03' + microseconds.to_bytes(3, 'big')
    later = bytes([TICKS]) + tempo(10 ** 6)[1:]
    for tracks in [(tempo(10 ** 6), tempo(400000)), (tempo(300000) + tempo(400000), b'')]:
        notes = read_midi(raw_midi(*(track + note(60) for track in tracks)))
        assert notes.tempos[-1].tolist() == [0.0, pytest.approx(150.0)]
    notes = read_midi(raw_midi(later + note(60), bytes([TICKS]) + tempo(400000)[1:] + note(62)))
    assert notes.tempos[-1][1] == pytest.approx(150.0)


def refused_files():
    whole = raw_midi(note(60))
    yield b'This is a text', "not a MIDI file: it begins with b'This'"
    yield b'', 'empty'
    yield whole[:9], 'header .* cut off'
    yield whole[:-5], 'cut off in track 1'
    yield riff(whole, kind=b'WAVE'), "RIFF file of the kind b'WAVE'"
    yield riff(whole)[:12], 'RIFF .* without a MIDI file'
    yield whole[:9] + b'\2\0\2' + whole[12:] + whole[14:], 'format 2: its 2 patterns'
    yield whole[:9] + b'\7' + whole[10:], 'format 7'
    yield whole[:12] + bytes([0xe7, 40]) + whole[14:], 'frames a second'
    yield raw_midi(b'\0\x3c\x40' + note(60)), 'no status byte'
    yield raw_midi(b'\0\xf4' + note(60)), 'unknown kind 0xf4'
    yield raw_midi(b'\0\x90\xc8\x40\x60\x80\xc8\0'), 'pitch 200'
    yield raw_midi(b'\0\x90\x3c\xc8\x60\x80\x3c\0'), 'velocity 200'
    yield raw_midi(note(60) + b'\0\xff\x05\x7f'), 'longer than its track'
    yield raw_midi(b'\x80\x80\x80\x80\x00' + note(60)[1:]), 'more than 4 bytes'


@pytest.mark.parametrize(('data', 'words'), list(refused_files()))
def test_a_file_that_is_refused_is_told_why(data, words):
    with pytest.raises(ValueError, match=words):
        read_midi(data)


def test_one_pattern_of_format_2_and_a_longer_header_are_read():
    data = raw_midi(note(60))
    for other in (data[:9] + b'\2' + data[10:],
                  data[:4] + b'\0\0\0\x08' + data[8:14] + b'\0\0' + data[14:]):
        assert voices(read_midi(other)) == voices(read_midi(data))


def test_the_fast_reader_takes_plain_files_and_leaves_others():
    plain = raw_midi(LYRICS + note(60) + note(62, status=False) + b'\0\xff\x51\3\7\xa1\x20'
                     + note(64), note(48, channel=9))
    notes, tempos, meters = read_plain(open_midi(plain))
    others = read_any(open_midi(plain))
    assert sorted(notes[:4].T.tolist()) == sorted(others[0][:4].T.tolist())
    assert (tempos, meters) == others[1:]
    for odd in (note(60) + SYSTEM_EVENTS['an escape'] + note(62), b'\0\x90\x3c\x40',
                note(60) + LYRICS + note(62, status=False)):
        assert read_plain(open_midi(raw_midi(odd))) is None


@pytest.mark.parametrize('last', [
    '', 'b0', '00b0', '00b007', '00b00740', '0090', '00903c', '00903c40', '003c', '003c40',
    '81', '00a03c', '00e000', '007f'])
def test_a_track_that_is_cut_before_its_end_is_left_to_the_exact_reader(last):
    for event in (note(62), b'\0\xb0\x07\x40', b'\0\xb0\x07\x40\0\x07\x41'):
        track = note(60) + event + bytes.fromhex(last) + b'\xff\x2f\0'
        midi = open_midi(raw_midi(b'')[:18] + len(track).to_bytes(4, 'big') + track)
        assert read_plain(midi) is None
        with pytest.raises(ValueError, match=r'longer than its track|a note has'):
            read_any(midi)
