"""What sounds is the melody: in tune, in time, never clipped, and silent where it rests."""

import base64
import io
import wave

import numpy as np
import pretty_midi
import pytest
import soundfile
from hypothesis import given, settings

from magenta_reg.outputs.piano_roll import piano_roll_svg
from magenta_reg.outputs.synthesis import RELEASE_SECS, WAV_SAMPLE_RATE, encoded, samples
from tests.outputs.melodies import NO_EVENT, NOTE_OFF, any_events, long_melody, make_melody


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound))))


@pytest.mark.parametrize('pitch', [0, 33, 48, 60, 69, 83, 108, 127])
def test_the_strongest_frequency_of_a_note_is_its_pitch(pitch):
    sound = samples(make_melody([pitch] + [NO_EVENT] * 15), WAV_SAMPLE_RATE)[:2 * WAV_SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert spectrum.argmax() / 2 == pytest.approx(pretty_midi.note_number_to_hz(pitch), abs=0.5)
    assert rms(sound[:8000]) > 0.05


@settings(max_examples=30)
@given(any_events)
def test_no_sample_is_beyond_the_limit_and_none_is_louder_than_another_run(events):
    sound = samples(make_melody(events, qpm=300.0))
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= np.float32(0.9)
    np.testing.assert_array_equal(sound, samples(make_melody(events, qpm=300.0)))


def test_where_many_notes_meet_it_is_turned_down_to_the_limit():
    # At 8,000 quarters a minute notes are shorter than their release, and add up.
    sound = samples(make_melody([60] * 64, qpm=8000.0))
    assert np.abs(sound).max() == pytest.approx(0.9, abs=1e-6)


def test_it_rests_where_the_melody_rests_and_sounds_where_it_sounds():
    events = [NO_EVENT] * 4 + [60, NO_EVENT, NOTE_OFF] + [NO_EVENT] * 3 + [67, NOTE_OFF, NO_EVENT]
    rate, step = 8000, 1000  # 120 quarters a minute: 0.125 seconds a step.
    sound = samples(make_melody(events), rate)
    release = round(RELEASE_SECS * rate)
    assert len(sound) == len(events) * step + release
    assert not sound[:4 * step].any()
    assert not sound[6 * step + release:10 * step].any()
    assert not sound[11 * step + release:].any()
    for note_step in (4, 5, 10):
        assert rms(sound[note_step * step:(note_step + 1) * step]) > 0.05


def test_a_note_begins_at_its_step_and_dies_away():
    sound = samples(make_melody([NO_EVENT] * 3 + [60] + [NO_EVENT] * 28), 8000)
    assert 3000 <= np.flatnonzero(sound)[0] <= 3010
    loudness = [rms(sound[first:first + 4000]) for first in range(3200, 31000, 4000)]
    assert np.all(np.diff(loudness) < 0)


@pytest.mark.parametrize('events', [[], [NO_EVENT, NOTE_OFF]])
def test_a_melody_without_notes_is_silent(events):
    assert not samples(make_melody(np.array(events, int))).any()


def test_wav_is_mono_of_16_bits_and_holds_the_samples():
    melody = long_melody(32)
    with wave.open(io.BytesIO(encoded(melody, 'wav'))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44100)
        read = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    np.testing.assert_allclose(read / 32768, samples(melody, 44100), atol=1 / 32768)


def test_mp3_sounds_as_the_samples_do():
    melody = long_melody(64)
    read, rate = soundfile.read(io.BytesIO(encoded(melody, 'mp3')))
    expected = samples(melody, rate)
    # No delay: a cursor can follow the player's time.
    assert len(read) == len(expected)
    assert rms(read - expected) < 0.1 * rms(expected)


def test_512_steps_stay_below_150_kilobytes_on_a_page():
    melody = long_melody(512)
    mp3 = encoded(melody, 'mp3')
    assert len(base64.b64encode(mp3)) + len(piano_roll_svg(melody)) < 150_000
    read, rate = soundfile.read(io.BytesIO(mp3))
    assert len(read) / rate == pytest.approx(512 / 8 + RELEASE_SECS, abs=0.01)
    assert rms(read - samples(melody, rate)) < 0.25 * rms(read)
