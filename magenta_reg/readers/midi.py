"""MIDI files into Notes, with the numbers that note_seq's reader gives in far less time.

The arithmetic from ticks to seconds is done in pretty_midi's order, so that every quantized step is
the same.

Source: pretty_midi.PrettyMIDI, note_seq.midi_io.midi_to_note_sequence. What differs:

- Tempos and meters count on whatever track they are, not on the first alone.
- An instrument is a track, channel and program; they are numbered in this order, not by which note
  ends first. A program change under a sounding note is for the notes after it.
- A meta event of an unknown kind takes its time. mido, which reads for note_seq, forgets it.
- What stands behind a track's end-of-track event is left out.
- The running status goes on after meta events and system exclusive ones, packets included. The
  standard forbids that and note_seq refuses it, but files have it and only one meaning fits them.
- Chunks that are no tracks, tracks that the header counts and the file does not have, and what a
  meta event of another kind says (a key that there is none of, for example) refuse no file.
- RIFF files (.rmi) are read. Format 2 and SMPTE time are refused.

A note that never ends is none, as there, and one that is struck again while it sounds ends with
the first note-off, as there.
"""

from collections import defaultdict

import numpy as np

from magenta_reg.readers.midi_fast import read_plain
from magenta_reg.readers.midi_tracks import META, METER, TEMPO, meta_data, open_midi, track_events
from magenta_reg.readers.notes import MAX_BYTES, Notes, checked

_MAX_CHANGES = 2 ** 15
_MAX_NOTES = 2 ** 20
_MAX_EVENTS = 2 ** 20  # Of a file that is read event by event, in about a second.
_NOTE_OFF, _NOTE_ON, _PROGRAM = 0x80, 0x90, 0xc0
_DRUM_CHANNEL = 9


def read_midi(data):
    """Returns the Notes of a MIDI file's bytes; ValueError if it is none that can be read."""
    if len(data) > MAX_BYTES:
        raise ValueError(f'the file has more than {MAX_BYTES >> 20} MB')
    if not data:
        raise ValueError('the file is empty')
    midi = open_midi(data)
    notes, tempos, meters = read_plain(midi) or read_any(midi)
    _check_count(notes[0], 'notes', _MAX_NOTES)
    _check_count(tempos, 'tempo changes', _MAX_CHANGES)
    _check_count(meters, 'time signatures', _MAX_CHANGES)
    if any(tempo == 0 for _, tempo in tempos):
        raise ValueError('the file says that a quarter note takes no time')
    clock = _Clock(midi.ticks_per_quarter, tempos)
    starts, ends, pitches, velocities, instruments, are_drums = notes
    ends_secs = clock.secs(ends)
    meters = [(clock.secs(tick), *meter) for tick, *meter in meters]
    return checked(Notes(
        clock.secs(starts), ends_secs, pitches, velocities, instruments, are_drums.astype(bool),
        clock.tempos(), np.array(meters, np.float64).reshape([-1, 3]), ends_secs.max(initial=0.0)))


def read_any(midi):
    """Returns what `read_plain` does, of any MidiFile; it takes some twenty times as long."""
    rows, tempos, meters = [], [], []
    programs, sounding = defaultdict(int), defaultdict(list)
    events = ((track << 4, event) for track, bounds in enumerate(midi.tracks)
              for event in track_events(midi.data, *bounds))
    for number, (track, (tick, status, place, behind)) in enumerate(events):
        kind, voice = status & 0xf0, track | status & 0xf
        if number == _MAX_EVENTS:
            raise ValueError(f'the file has more than {number} events')
        if kind in (_NOTE_ON, _NOTE_OFF):
            pitch, velocity = _checked_data(midi.data[place:behind])
            notes = sounding[voice, pitch]
            if kind == _NOTE_ON and velocity:
                notes.append((tick, velocity, voice << 7 | programs[voice]))
            else:
                rows += _ended(notes, tick, pitch, voice & 0xf == _DRUM_CHANNEL)
        elif kind == _PROGRAM:
            programs[voice] = midi.data[place] & 0x7f
        elif status == META:
            _add_change(tempos, meters, tick, midi.data[place],
                        meta_data(midi.data, place, behind))
    for changes in (tempos, meters):
        changes.sort(key=lambda change: change[0])
    return np.array(rows, np.int64).reshape([-1, 6]).T, tempos, meters


def _add_change(tempos, meters, tick, kind, value):
    """Appends what a meta event says, if it is of that kind and has all of it."""
    if kind == TEMPO and len(value) >= 3:
        tempos.append((tick, int.from_bytes(value[:3], 'big')))
    elif kind == METER and len(value) >= 2:
        meters.append((tick, value[0], 2.0 ** value[1]))


def _check_count(items, name, most):
    if len(items) > most:
        raise ValueError(f'the file has more than {most} {name}')


def _checked_data(data):
    """Returns the data bytes of a note."""
    if max(data) > 0x7f:
        raise ValueError(f'a note has the pitch {data[0]} and the velocity {data[1]}, and 127 is '
                         'the most')
    return data


def _ended(notes, tick, pitch, is_drum):
    """Returns the rows of notes that a note-off ends, and takes them out of those that sound.

    As pretty_midi's, it ends all notes that began before its tick. If there is none, it takes those
    away that begin on its tick.
    """
    rows = [(start, tick, pitch, velocity, instrument, is_drum)
            for start, velocity, instrument in notes if start != tick]
    notes[:] = [note for note in notes if note[0] == tick] if rows else []
    return rows


class _Clock:
    """Turns ticks into seconds through tempo changes.

    Args:
        ticks_per_quarter: int.
        tempos: list of (tick, microseconds a quarter), in order of time.
    """

    def __init__(self, ticks_per_quarter, tempos):
        self._ticks_per_quarter = ticks_per_quarter
        changes = [(0, 60.0 / (120.0 * ticks_per_quarter))]
        for tick, microseconds in tempos:
            secs_per_tick = 60.0 / ((6e7 / microseconds) * ticks_per_quarter)
            if tick == 0:
                changes = [(0, secs_per_tick)]
            elif secs_per_tick != changes[-1][1]:
                changes.append((tick, secs_per_tick))
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
