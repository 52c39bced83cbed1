"""A melody as sound: struck strings by additive synthesis, in NumPy.

One note is `sum over k of a_k exp(-(d_0 + k d_1) t) sin(2 pi k f t)`: higher harmonics are weaker
and decay sooner. With `w = exp((-d_1 + 2 pi i f) t)` that is `exp(-d_0 t) Im(sum of a_k w^k)`, a
polynomial, so a note costs one complex exponential whatever the number of harmonics.
"""

import functools
import io

import numpy as np

ATTACK_SECS = 0.005
RELEASE_SECS = 0.06
MAX_PEAK = 0.9

_NUM_HARMONICS = 16
_AMPLITUDE = 0.4
_ROLL_OFF = 1.3  # a_k = k ** -_ROLL_OFF
_DECAYS_PER_SEC = (1.1, 0.35)  # d_0 and d_1 of middle C; higher strings decay sooner.
_MIDDLE_C = 60
_HIGHEST_KBPS = 64
_MAX_MP3_BYTES = 95_000  # In base64 and with what LAME adds: below 150 KB with the piano roll.
_MP3_RATES = [  # Hz; MP3's lowest and highest kbit/s at it; used from this kbit/s on.
    (22050, 8, 160, 16), (11025, 8, 64, 0)]
_HIGHEST_LEVEL = 0.96  # LAME refuses what is nearer to its lowest rate.

# A WAV file must hold every MIDI pitch: 127 is 12,544 Hz, beyond half of 22,050.
WAV_SAMPLE_RATE = 44100


def samples(melody, sample_rate=22050):
    """Plays an OutputMelody, all notes equally loud.

    A note above half the sample rate (pitch 125 and more at 22,050) is not heard.

    Args:
        melody: OutputMelody.
        sample_rate: int, samples a second.

    Returns:
        float32 [num_samples], mono, within [-0.9, 0.9]: all steps and the release of the last
        note. Never amplified, attenuated only where it would exceed the limits.
    """
    samples_per_step = melody.secs_per_step * sample_rate
    release = round(RELEASE_SECS * sample_rate)
    sound = np.zeros(round(melody.num_steps * samples_per_step) + release, np.float64)
    note = functools.cache(_note)
    for start, end, pitch in melody.notes.spans():
        first, last = round(start * samples_per_step), round(end * samples_per_step)
        sound[first:last + release] += note(pitch, last - first, release, sample_rate)
    peak = np.abs(sound).max(initial=0.0)
    return (sound * min(1.0, MAX_PEAK / peak) if peak else sound).astype(np.float32)


def _note(pitch, held, release, sample_rate):
    """Returns float64 [held + release], one note that is held and released for so many samples."""
    frequency = 440.0 * 2.0 ** ((pitch - 69) / 12)
    decay, harmonic_decay = np.multiply(_DECAYS_PER_SEC, 2.0 ** ((pitch - _MIDDLE_C) / 24))
    num_harmonics = min(_NUM_HARMONICS, int(0.49 * sample_rate / frequency))
    secs = np.arange(held + release) / sample_rate
    wave = np.exp((2j * np.pi * frequency - harmonic_decay) * secs)
    total = np.zeros_like(wave)
    for number in range(num_harmonics, 0, -1):
        total = (total + number ** -_ROLL_OFF) * wave
    note = _AMPLITUDE * np.exp(-decay * secs) * total.imag
    attack = round(ATTACK_SECS * sample_rate)
    note[:attack] *= _ramp(attack)[:len(note)]
    note[held:] *= _ramp(release)[::-1]
    return note


def _ramp(num_samples):
    """Returns float64 [num_samples] from 0 towards 1, without a corner at either end."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(num_samples) / num_samples)


def encoded(melody, format='mp3'):
    """Returns an OutputMelody as the bytes of a sound file.

    Args:
        melody: OutputMelody.
        format: 'wav', 16 bits at 44,100 Hz, or 'mp3', as good as about 105,000 bytes allow, up to
            64 kbit/s. From about a minute on that is telephone quality (11,025 Hz); from 75 seconds
            on the file gets larger, by 1.4 KB a second.
    """
    if format == 'wav':
        return _encode(samples(melody, WAV_SAMPLE_RATE), WAV_SAMPLE_RATE, format='WAV',
                       subtype='PCM_16')
    duration_secs = melody.num_steps * melody.secs_per_step + RELEASE_SECS
    kbps = min(_HIGHEST_KBPS, _MAX_MP3_BYTES * 8 / 1000 / duration_secs)
    sample_rate, lowest, highest = next(rate for rate in _MP3_RATES if kbps >= rate[3])[:3]
    # libsndfile counts bit rates down: 0 is the highest that the sample rate has, 1 the lowest.
    level = (highest - kbps) / (highest - lowest)
    # Constant bit rates come without the header by which players skip the encoder's delay.
    return _encode(samples(melody, sample_rate), sample_rate, format='MP3', bitrate_mode='AVERAGE',
                   compression_level=min(level, _HIGHEST_LEVEL))


def _encode(sound, sample_rate, **settings):
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, sound, sample_rate, **settings)
    return buffer.getvalue()
