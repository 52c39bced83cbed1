"""MIDI files into Notes, with the numbers that note_seq's reader gives in far less time.

note_seq reads through pretty_midi, symusic is a parser in C++. The float arithmetic from ticks to
seconds is done here in pretty_midi's order, so that every quantized step is the same.

Source: pretty_midi.PrettyMIDI, note_seq.midi_io.midi_to_note_sequence. What differs: tempos and
meters count on whatever track they are, not on the first alone; several channels of one track are
numbered by channel, not by which note ends first; and where a file leaves a note on for ever, the
other notes of its pitch are paired by symusic's rule.
"""

import numpy as np

from magenta_reg.readers.midi_bounds import check_counts, check_ticks
from magenta_reg.readers.notes import Notes, checked

_MAX_PITCHES = 128


def read_midi(data):
    """Returns the Notes of a MIDI file's bytes; ValueError if it is none that can be read."""
    import symusic
    if not data:
        raise ValueError('the file is empty')
    check_ticks(data)
    try:
        score = symusic.Score.from_midi(data)
    except RuntimeError as error:
        raise ValueError(str(error).removesuffix(': iostream error')) from error
    if not score.tpq or any(tempo.mspq <= 0 for tempo in score.tempos):
        raise ValueError('the file says that a quarter note takes no time')
    check_counts(score)
    clock = _Clock(score)
    starts, ends, pitches, velocities, tracks, are_drums = _score_notes(score)
    starts_secs, ends_secs = clock.secs(starts), clock.secs(ends)
    meters = [(clock.secs(meter.time), meter.numerator, meter.denominator)
              for meter in score.time_signatures]
    return checked(Notes(
        starts_secs, ends_secs, pitches, velocities, tracks, are_drums, clock.tempos(),
        np.array(meters, np.float64).reshape([-1, 3]), ends_secs.max(initial=0.0)))


def _score_notes(score):
    """Returns start ticks, end ticks, pitches, velocities, track numbers and drum flags."""
    rows = [np.zeros([6, 0], np.int64)]
    for number, track in enumerate(score.tracks):
        notes = {name: column.astype(np.int64) for name, column in track.notes.numpy().items()}
        starts = notes['time']
        rows.append(np.stack([starts, starts + notes['duration'], notes['pitch'],
                              notes['velocity'], np.full_like(starts, number),
                              np.full_like(starts, track.is_drum)]))
    starts, ends, *others = np.concatenate(rows, axis=1)
    if (starts < 0).any() or (ends < starts).any():
        raise ValueError('a note is at more ticks than can be counted')
    others[-1] = others[-1].astype(bool)
    voices = others[2] * _MAX_PITCHES + others[0]
    sounding = ends > starts  # pretty_midi keeps no note that ends on the tick it starts on.
    ends = _first_ends_after(starts, ends, voices)
    return [column[sounding] for column in (starts, ends, *others)]


def _first_ends_after(starts, ends, voices):
    """Returns the tick of the first note-off after each note-on of its track and pitch.

    pretty_midi's note-off ends all notes of its pitch that are on, symusic's the oldest alone.
    """
    end_keys = np.sort(voices << 32 | ends)
    found = np.searchsorted(end_keys, voices << 32 | starts, side='right')
    return end_keys[np.minimum(found, len(end_keys) - 1)] & 0xffffffff if len(ends) else ends


class _Clock:
    """Turns ticks into seconds through a score's tempo changes."""

    def __init__(self, score):
        self._ticks_per_quarter = score.tpq
        changes = [(0, 60.0 / (120.0 * score.tpq))]
        for tempo in score.tempos:
            secs_per_tick = 60.0 / ((6e7 / tempo.mspq) * score.tpq)
            if tempo.time == 0:
                changes = [(0, secs_per_tick)]
            elif secs_per_tick != changes[-1][1]:
                changes.append((tempo.time, secs_per_tick))
        self._ticks = np.array([tick for tick, _ in changes], np.int64)
        self._secs_per_tick = np.array([secs for _, secs in changes])
        lengths_secs = self._secs_per_tick[:-1] * np.diff(self._ticks)
        self._secs = np.concatenate([[0.0], np.cumsum(lengths_secs)])

    def secs(self, ticks):
        """Returns float64 seconds of int ticks, an array or one number."""
        section = np.searchsorted(self._ticks, ticks, side='right') - 1
        since_change = ticks - self._ticks[section]
        return self._secs[section] + self._secs_per_tick[section] * since_change

    def tempos(self):
        """Returns float64 [changes, 2], seconds and quarters a minute."""
        quarters_per_minute = 60.0 / (self._secs_per_tick * self._ticks_per_quarter)
        return np.stack([self._secs, quarters_per_minute], axis=1)
