"""Plain MIDI files read by symusic, a parser in C++. Others, which it misreads, are recognized."""

import numpy as np

from magenta_reg.readers.midi_tracks import (
    END_OF_TRACK,
    META,
    METER,
    SYSEX,
    TEMPO,
    number,
    track_events,
)

_MAX_EXPONENT = 7  # symusic's denominators have eight bits.
_END = bytes([META, END_OF_TRACK, 0])

# Note-offs of all pitches on each channel, late: a note that ends with them has no end in the file.
# Where no event can begin, an undefined status is met in the meta event before them: an error.
_LATE_TICKS = 2 ** 28 - 1
_MAX_TICKS = 2 ** 31 - 2 ** 29  # With the late ones it is below what symusic counts to.
_LATER = bytes([META, 0x7f, 3, 0, 0, 0xf4]) + b'\xff\xff\xff\x7f' + bytes([0xa0, 0, 0])
_NOTE_OFFS = [bytes([0, 0x80 | channel, 0, 0]) + b''.join(
    bytes([0, pitch, 0]) for pitch in range(1, 128)) for channel in range(16)]


def read_plain(midi):
    """Reads a MidiFile if it is one that symusic reads as note_seq does.

    Returns:
        int64 [6, notes], start ticks, end ticks, pitches, velocities, instruments and whether they
        are drums; list of (tick, microseconds a quarter); list of (tick, numerator, denominator),
        both in order of time. Or None: the file is not plain.
    """
    import symusic
    if not all(_is_plain(midi.data, *track) for track in midi.tracks):
        return None
    sizes = 6, 1, len(midi.tracks), midi.ticks_per_quarter
    chunks = [b'MThd\0\0', b''.join(size.to_bytes(2, 'big') for size in sizes)]
    for begin, end in midi.tracks:
        track = _with_note_offs(midi.data[begin:end])
        chunks += [b'MTrk', len(track).to_bytes(4, 'big'), track]
    try:
        score = symusic.Score.from_midi(b''.join(chunks))
    except RuntimeError:
        return None
    tempos = [(tempo.time, tempo.mspq) for tempo in score.tempos]
    meters = [(meter.time, meter.numerator, meter.denominator) for meter in score.time_signatures]
    notes = _notes(score)
    # symusic does not keep the order of changes on one tick.
    if notes is None or any(len(dict(changes)) < len(changes) for changes in (
            tempos, [(tick, None) for tick, *_ in meters])):
        return None
    return notes, tempos, meters


def _with_note_offs(track):
    """Returns the bytes of a track with note-offs before its end, behind the time of that."""
    note_offs = [note_offs for channel, note_offs in enumerate(_NOTE_OFFS)
                 if bytes([0x90 | channel]) in track]
    return b''.join([track[:-len(_END)], _LATER, *note_offs, b'\0', _END]) if note_offs else track


def _is_plain(data, begin, end):
    """Returns whether a track has only what symusic reads as the standard says.

    Up to the first note-on its events are looked at one by one. After it no byte can be the status
    of anything but a message of two data bytes, or a meta event in front of another status.
    """
    if data[end - len(_END):end] != _END:
        return False
    try:
        tick, begin = _opening(data, begin, end)
        rest = np.frombuffer(data, np.uint8, end - len(_END) - begin, begin)
        is_high = rest >= 0x80
        # Two high bytes in a row are a time of three bytes, or an error.
        if ((is_high[1:] & is_high[:-1]).any() or is_high[-1:].any()
                or ((rest >= 0xc0) & (rest < 0xe0)).any()
                or tick + _most_ticks(rest, is_high) > _MAX_TICKS):
            return False
        places = np.flatnonzero(rest >= SYSEX) + begin
        return all(data[place] == META and _is_plain_meta(data, place + 1)
                   for place in places.tolist())
    except (ValueError, IndexError):
        return False


def _most_ticks(data, is_high):
    """Returns a bound on the sum of times, if they are of one or two bytes."""
    return (int((data[is_high] & 0x7f).sum(dtype=np.int64)) << 7) + len(data) * 0x7f


def _opening(data, begin, end):
    """Returns the tick of a track's first note-on and the place behind it, or of its last event.

    ValueError if the events up to it are not plain.
    """
    tick = 0
    for tick, status, first, behind in track_events(data, begin, end):  # noqa: B007
        if status > SYSEX and (status != META or not _is_plain_meta(data, first)):
            raise ValueError
        if status == SYSEX and not _is_before_status(data, behind):
            raise ValueError
        begin = behind
        if status & 0xf0 == 0x90:
            break
    return tick, begin


def _is_plain_meta(data, place):
    """Returns whether a meta event is read well by symusic, were it one; `place` is its kind's."""
    size, content = number(data, place + 1)
    kind, behind = data[place], content + size
    if kind == METER and (size != 4 or data[content + 1] > _MAX_EXPONENT):
        return False
    return (kind != END_OF_TRACK and (kind != TEMPO or size == 3)
            and _is_before_status(data, behind))


def _is_before_status(data, place):
    """Returns whether the event at a place has a status byte."""
    return data[number(data, place)[1]] >= 0x80


def _notes(score):
    """Returns int64 [6, notes] as `read_plain`; None if symusic pairs them by another rule.

    pretty_midi's note-off ends all notes of its pitch, symusic's the oldest one.
    """
    rows = [np.zeros([6, 0], np.int64)]
    for instrument, track in enumerate(score.tracks):
        notes = {name: column.astype(np.int64) for name, column in track.notes.numpy().items()}
        starts = notes['time']
        rows.append(np.stack([starts, starts + notes['duration'], notes['pitch'],
                              notes['velocity'], np.full_like(starts, instrument),
                              np.full_like(starts, track.is_drum)]))
    notes = np.concatenate(rows, axis=1)
    starts, ends, pitches = notes[:3]
    if ends.max(initial=0) >= _LATE_TICKS:
        return None
    voices = notes[4] << 7 | pitches
    order = np.argsort(voices << 32 | starts)
    starts, ends, voices = starts[order], ends[order], voices[order]
    last_ends = np.where(voices[1:] == voices[:-1], ends[:-1], -1)
    is_empty = starts == ends
    is_doubtful = (starts[1:] < last_ends) | (starts[1:] == last_ends) & (
        is_empty[1:] | is_empty[:-1])
    return None if is_doubtful.any() else notes[:, notes[1] > notes[0]]
