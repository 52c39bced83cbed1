"""--primer_midi reads a file as data sets do, and takes its first section that is long enough."""

import tracemalloc

import pytest

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.generation.primers import read_primer
from magenta_reg.readers.midi import read_midi
from tests.readers.test_midi import raw_midi
from tests.readers.test_midi_bytes import LYRICS, SYSTEM_EVENTS, note, riff

ENCODING = ENCODINGS['mono_rnn']
QUARTER = 96
MELODY = b''.join(note(pitch) for pitch in (60, 62, 64, 65, 67, 69, 71, 72))


def meter(numerator, exponent=2):
    return bytes([0, 0xff, 0x58, 4, numerator, exponent, 24, 8])


def tempo(quarters_per_minute):
    return b'\0\xff\x51\3' + (60 * 10 ** 6 // quarters_per_minute).to_bytes(3, 'big')


def primer_of(folder, *tracks, data=None):
    """Returns the Primer of tracks of 96 ticks a quarter, or of a file's bytes."""
    path = folder / 'primer.mid'
    path.write_bytes(data or raw_midi(*tracks, division=QUARTER))
    return read_primer(ENCODING, primer_midi=path)


AWKWARD = {
    **{name: raw_midi(MELODY + event + MELODY, division=QUARTER)
       for name, event in SYSTEM_EVENTS.items()},
    'notes behind the end': raw_midi(MELODY + b'\0\xff\x2f\0' + MELODY, division=QUARTER),
    'RIFF': riff(raw_midi(MELODY, division=QUARTER)),
    'a key that there is none of': raw_midi(b'\0\xff\x59\2\x63\0' + MELODY, division=QUARTER),
    'lyrics under running status': raw_midi(
        note(60) + LYRICS + note(62, status=False), division=QUARTER),
    'a tempo on the second track': raw_midi(MELODY, tempo(60), division=QUARTER),
    'a note that never ends': raw_midi(b'\0\x90\x3c\x40' + MELODY, division=QUARTER),
    'tracks that are not there': b''.join(
        [raw_midi(MELODY)[:11], b'\5', QUARTER.to_bytes(2, 'big'), raw_midi(MELODY)[14:]])}


@pytest.mark.parametrize('data', AWKWARD.values(), ids=AWKWARD)
def test_a_primer_midi_has_the_melody_and_the_tempo_that_a_data_set_would_have(tmp_path, data):
    primer, notes = primer_of(tmp_path, data=data), read_midi(data)
    (melody,) = extract_melodies(notes, MelodyRules(min_bars=0, min_unique_pitches=1)).melodies
    assert primer.events.tolist() == melody.tolist()
    assert primer.qpm == pytest.approx(notes.tempos[-1][1])


@pytest.mark.parametrize(('track', 'begin_secs', 'pitches', 'qpm'), [
    (meter(3) + note(48) + meter(4) + MELODY, 0.5, range(60, 73), 120.0),
    (MELODY + meter(3) + note(48) * 9, 0.0, range(60, 73), 120.0),
    (MELODY + tempo(60) + note(48) * 9, 0.0, range(60, 73), 120.0),
    (tempo(60) + note(48) * 2 + tempo(90) + MELODY + tempo(60) + note(48) * 9, 2.0,
     range(60, 73), 90.0),
    (note(48) + tempo(60) + MELODY[:24] + tempo(90) + note(48), 0.5, range(60, 66), 60.0)])
def test_of_a_song_with_changes_the_first_section_of_a_bar_is_taken_and_that_is_said(
        tmp_path, track, begin_secs, pitches, qpm):
    primer = primer_of(tmp_path, track)
    assert {event for event in primer.events if event >= 0} <= set(pitches)
    assert primer.qpm == pytest.approx(qpm, rel=1e-5)
    (remark,) = primer.remarks
    assert 'sections: taken is the ' in remark
    assert f'from {begin_secs:.1f} to' in remark


def test_a_section_without_a_bar_on_the_grid_is_passed_over(tmp_path):
    primer = primer_of(tmp_path, meter(5, 5) + note(48) * 20 + meter(4) + MELODY)
    assert primer.events[0] == 60


def test_without_a_section_of_a_bar_the_longest_is_taken(tmp_path):
    primer = primer_of(tmp_path, note(48) + tempo(60) + note(50) * 2 + tempo(90) + note(52))
    assert primer.events[primer.events >= 0].tolist() == [50, 50]
    assert 'the longest' in primer.remarks[0]


def test_changes_that_last_no_time_make_no_section(tmp_path):
    primer = primer_of(tmp_path, MELODY + tempo(60) + tempo(120) + MELODY)
    assert len(primer.events) == 64
    assert not primer.remarks


def test_a_file_of_a_hundred_bytes_takes_no_memory_whatever_its_times(tmp_path):
    far = b'\xff\xff\xff\x7f'
    tracemalloc.start()
    try:
        assert len(primer_of(tmp_path, MELODY + far + b'\xb0\7\0' + far + b'\xb0\7\0').events) == 32
        with pytest.raises(UserError, match=r'primer.mid: it lasts for \d+ steps'):
            primer_of(tmp_path, b'\0\x90\x3c\x40' + far + b'\x80\x3c\0')
        assert tracemalloc.get_traced_memory()[1] < 2 ** 27
    finally:
        tracemalloc.stop()
