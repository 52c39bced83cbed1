"""What a Standard MIDI File is made of: its tracks, and their events one by one.

Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (RP-001).
"""

from typing import NamedTuple

META, SYSEX, ESCAPE, END_OF_TRACK, TEMPO, METER = 0xff, 0xf0, 0xf7, 0x2f, 0x51, 0x58
_MAX_TRACKS = 2 ** 11
_MAX_NUMBER_BYTES = 4
_MAX_TICKS = 2 ** 31 - 1
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xa0: 2, 0xb0: 2, 0xc0: 1, 0xd0: 1, 0xe0: 2}
_SIZES = {status: _DATA_BYTES[status & 0xf0] for status in range(0x80, 0xf0)}
_SIZES |= {0xf1: 1, 0xf2: 2, 0xf3: 1} | dict.fromkeys([0xf6, 0xf8, *range(0xfa, 0xff)], 0)


class MidiFile(NamedTuple):
    """Where the tracks of a file are.

    Attributes:
        data: bytes of the file, out of its RIFF file if it was in one.
        ticks_per_quarter: int.
        tracks: list of (place of the first byte, place behind the last).
    """

    data: bytes
    ticks_per_quarter: int
    tracks: list


def open_midi(data):
    """Returns the MidiFile of a file's bytes; ValueError says why it is none that can be read."""
    data = _without_riff(data)
    if data[:4] != b'MThd':
        raise ValueError(f"not a MIDI file: it begins with {data[:4]}, not with b'MThd'")
    begin = 8 + int.from_bytes(data[4:8], 'big')
    if not 14 <= begin <= len(data):
        raise ValueError('the header of the MIDI file is cut off')
    kind, num_tracks, division = (int.from_bytes(data[place:place + 2], 'big')
                                  for place in (8, 10, 12))
    if problem := _header_problem(kind, num_tracks, division):
        raise ValueError(problem)
    return MidiFile(data, division, _tracks(data, begin, num_tracks))


def _header_problem(kind, num_tracks, division):
    """Returns why a file with this header is not read, or None."""
    if kind > 2:
        return f'a MIDI file of the unknown format {kind}: there are 0, 1 and 2'
    if kind == 2 and num_tracks > 1:
        return (f'a MIDI file of format 2: its {num_tracks} patterns are songs by themselves, '
                'save each as a file of format 0 or 1')
    if division >= 0x8000:
        return 'it counts time in frames a second (SMPTE), not in quarter notes'
    return None if division else 'the file says that a quarter note takes no time'


def _tracks(data, begin, num_tracks):
    """Returns the places of the first tracks among the chunks; there may be others, and fewer."""
    tracks = []
    while begin + 8 <= len(data) and len(tracks) < num_tracks:
        end = begin + 8 + int.from_bytes(data[begin + 4:begin + 8], 'big')
        if data[begin:begin + 4] == b'MTrk':
            tracks.append((begin + 8, end))
        begin = end
    if len(tracks) > _MAX_TRACKS:
        raise ValueError(f'the file has {len(tracks)} tracks, more than {_MAX_TRACKS}')
    if tracks and tracks[-1][1] > len(data):
        raise ValueError(f'the file is cut off in track {len(tracks)}')
    return tracks


def _without_riff(data):
    """Returns the MIDI file that a RIFF file (.rmi) holds, or the data as they are."""
    if data[:4] != b'RIFF':
        return data
    begin = 12 if data[8:12] == b'RMID' else len(data)
    while begin + 8 <= len(data):
        size = int.from_bytes(data[begin + 4:begin + 8], 'little')
        if data[begin:begin + 4] == b'data':
            return data[begin + 8:begin + 8 + size]
        begin += 8 + size + size % 2
    raise ValueError(f'a RIFF file of the kind {data[8:12]} without a MIDI file in it')


def track_events(data, begin, end):
    """Yields the events of a track up to its end-of-track event.

    The standard ends the running status at meta and system exclusive events. Where a file goes on
    with it, it can only mean the one before them, and that is how it is read.

    Args:
        data: bytes of the file.
        begin, end: int, where the track is.

    Yields:
        Tick, status, the place of the event's data bytes and behind them. The data of a meta event
        begin with its kind and its length.
    """
    tick = running = 0
    try:
        while begin < end:
            delta, begin = number(data, begin)
            tick += delta
            status = data[begin] if data[begin] >= 0x80 else running
            begin += data[begin] >= 0x80
            if status < SYSEX:
                running, behind = status, begin + _SIZES[status]
            else:
                behind = _system_end(data, status, begin)
            if behind > end or tick > _MAX_TICKS:
                raise _too_long(tick)
            if status == META and data[begin] == END_OF_TRACK:
                return
            yield tick, status, begin, behind
            begin = behind
    except KeyError as error:
        raise ValueError(_unknown_status(*error.args)) from None
    except IndexError:
        raise _too_long(0) from None


def _system_end(data, status, begin):
    """Returns the place behind the data of an event that is for no channel."""
    if status in _SIZES:
        return begin + _SIZES[status]
    if status not in (META, SYSEX, ESCAPE):
        raise KeyError(status)
    size, behind = number(data, begin + (status == META))
    return behind + size


def _unknown_status(status):
    return (f'an event is of the unknown kind {status:#x}' if status else
            'the first event of a track has no status byte')


def _too_long(tick):
    return ValueError(
        f'a track lasts for more than {_MAX_TICKS} ticks' if tick > _MAX_TICKS else
        'an event is longer than its track: the file is cut off, or bytes are missing or changed')


def number(data, place):
    """Returns the number of variable length at a place, and the place behind it."""
    value = data[place]
    if value < 0x80:
        return value, place + 1
    value &= 0x7f
    for behind in range(place + 1, place + _MAX_NUMBER_BYTES):
        byte = data[behind]
        value = value << 7 | byte & 0x7f
        if byte < 0x80:
            return value, behind + 1
    raise ValueError(f'a time or length has more than {_MAX_NUMBER_BYTES} bytes')


def meta_data(data, place, behind):
    """Returns the bytes that a meta event holds; `place` is that of its kind."""
    return data[number(data, place + 1)[1]:behind]
