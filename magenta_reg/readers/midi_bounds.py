"""What a MIDI file may claim: bounds that music stays within, so that reading stays fast."""

import numpy as np

from magenta_reg.readers.notes import MAX_BYTES

_MAX_TICKS = 2 ** 31 - 1  # symusic counts them in int32, and starts again from the lowest.
_MAX_TRACKS = 2 ** 11
_MAX_CHANGES = 2 ** 15
_MAX_NOTES = 2 ** 20
_HEADER_BYTES = 14
_META, _SYSEX, _ESCAPE = 0xff, 0xf0, 0xf7
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xa0: 2, 0xb0: 2, 0xc0: 1, 0xd0: 1, 0xe0: 2}


def check_ticks(data):
    """Raises ValueError if a file's bytes are too many, or a track too long to count its ticks."""
    if len(data) > MAX_BYTES:
        raise ValueError(f'the file has more than {MAX_BYTES >> 20} MB')
    if _most_ticks(data) <= _MAX_TICKS:
        return
    position = _HEADER_BYTES
    while position + 8 <= len(data):
        end = position + 8 + int.from_bytes(data[position + 4:position + 8], 'big')
        if data[position:position + 4] == b'MTrk' and _ticks(data[position + 8:end]) > _MAX_TICKS:
            raise ValueError(f'a track lasts for more than {_MAX_TICKS} ticks')
        position = end


def check_counts(score):
    """Raises ValueError if a symusic Score has more of something than music has."""
    for name, count, most in [('tracks', len(score.tracks), _MAX_TRACKS),
                              ('tempo changes', len(score.tempos), _MAX_CHANGES),
                              ('time signatures', len(score.time_signatures), _MAX_CHANGES),
                              ('notes', score.note_num(), _MAX_NOTES)]:
        if count > most:
            raise ValueError(f'the file has {count} {name}, more than {most}')


def _most_ticks(data):
    """Returns a bound on the ticks of any track, from the bytes alone.

    A number of n + 1 bytes has n bytes from 0x80 on and is below 2**(7 * n + 7). Whatever else has
    such bytes makes the bound larger.
    """
    is_low = np.frombuffer(data, np.uint8) < 0x80
    num_high = np.diff(np.flatnonzero(is_low), prepend=-1) - 1
    counts = np.bincount(np.minimum(num_high, 3), minlength=4)
    return sum(int(count) << 7 * (size + 1) for size, count in enumerate(counts))


def _ticks(track):
    """Returns the sum of the delta times of a track, as far as it is well formed."""
    total = position = status = 0
    try:
        while position < len(track):
            ticks, position = _number(track, position)
            total += ticks
            if track[position] >= 0x80:
                status = track[position]
                position += 1
            if status in (_META, _SYSEX, _ESCAPE):
                position += status == _META
                size, position = _number(track, position)
                position += size
            else:
                position += _DATA_BYTES.get(status & 0xf0, 1)
    except IndexError:
        pass  # symusic says what is cut.
    return total


def _number(track, position):
    """Returns the number of variable length at a position, and the position after it."""
    value = 0
    while True:
        byte = track[position]
        position += 1
        value = value << 7 | byte & 0x7f
        if byte < 0x80:
            return value, position
