"""The bars of one MusicXML part: notes, tempos and meters, in quarters from where each bar begins.

Source: MusicXML 4.0.
"""

import re
from collections import Counter
from fractions import Fraction
from math import lcm
from typing import NamedTuple

DEFAULT_QUARTERS_PER_MINUTE = 120
_NUMBER = re.compile(r'\s*([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))\s*')
# The schema's octaves begin with 0; programs write MIDI's lowest one as -1.
_SIGNED = {'alter', 'chromatic', 'octave', 'octave-change', 'offset'}
_MAX_DENOMINATOR = 2 ** 256  # Fractions of endlessly many divisions would take endless time.
_SEMITONES = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_QUARTERS = {unit: Fraction(16, 2 ** index) for index, unit in enumerate(
    ['long', 'breve', 'whole', 'half', 'quarter', 'eighth', '16th', '32nd', '64th', '128th'])}


class Bar(NamedTuple):
    """One bar of one part; positions are in quarters from its beginning.

    Attributes:
        length: Fraction, quarters.
        notes: list of (start, length, pitch).
        tempos: list of (position, is_sound, quarters a minute).
        meters: list of (position, (numerator, denominator) or None for senza-misura).
        is_pickup: bool, whether its length counts and not the meter that it states.
        left_out: Counter of str, notes that are not in `notes`.
    """

    length: Fraction
    notes: list
    tempos: list
    meters: list
    is_pickup: bool
    left_out: Counter


class PartReader:
    """Reads one part after another; divisions hold until others are given, as in note_seq."""

    def __init__(self):
        self._divisions = Fraction(1)
        self._readers = {'attributes': self._attributes, 'note': self._note,
                         'direction': self._direction, 'sound': self._sound,
                         'forward': lambda element: self._move(self._quarters(element)),
                         'backup': lambda element: self._move(-self._quarters(element))}

    def bars(self, measures):
        """Returns a dict of indices to the Bar of each measure of a part."""
        self._semitones = {}
        return {index: self._bar(measure) for index, measure in measures.items()}

    def _bar(self, measure):
        self._position = self._length = Fraction(0)
        self._chord = None
        self._notes, self._tempos, self._meters, self._left_out = [], [], [], Counter()
        for element in measure:
            if element.tag in self._readers:
                self._readers[element.tag](element)
        return Bar(self._length, self._notes, self._tempos, self._meters, self._is_pickup(),
                    self._left_out)

    def _is_pickup(self):
        if not self._meters or self._meters[0][1] is None:
            return False
        numerator, denominator = self._meters[0][1]
        return (self._length * self._divisions < numerator and
                self._length * denominator < 4 * numerator)

    def _attributes(self, attributes):
        for element in attributes:
            if element.tag == 'divisions':
                self._divisions = _number(element)
                if self._divisions <= 0:
                    raise ValueError(f'<divisions> is {element.text}: a quarter takes no time')
            elif element.tag == 'time':
                self._meters.append((self._position, _meter(element)))
            elif element.tag == 'transpose':
                self._transpose(element)

    def _transpose(self, element):
        """Without a number it is for all staves."""
        staff = element.get('number')
        if staff is None:
            self._semitones.clear()
        self._semitones[staff] = (int(_number(element.find('chromatic'))) +
                                  12 * int(_number(element.find('octave-change'))))

    def _note(self, element):
        is_grace = element.find('grace') is not None
        length = Fraction(0) if is_grace else self._quarters(element)
        if self._chord and element.find('chord') is not None:
            start, length = self._chord
        else:
            start = self._position
            self._chord = start, length
            self._move(length)
        if element.find('unpitched') is not None:
            self._left_out['unpitched notes'] += 1
        elif length and (pitch := element.find('pitch')) is not None:
            staff = element.findtext('staff')
            semitones = self._semitones.get(staff, self._semitones.get(None, 0))
            self._pitched(start, length, _pitch(pitch) + semitones)

    def _pitched(self, start, length, pitch):
        if 0 <= pitch < 128:
            self._notes.append((start, length, pitch))
        else:
            self._left_out['pitches outside [0, 128)'] += 1

    def _direction(self, element):
        offset = element.find('offset')
        if offset is not None and offset.get('sound') != 'yes':
            offset = None
        sounds = [sound for sound in element.findall('sound') if sound.get('tempo')]
        for sound in sounds:
            self._sound(sound, offset)
        for metronome in () if sounds else element.iterfind('direction-type/metronome'):
            if tempo := _metronome(metronome):
                self._tempo(offset, False, tempo)

    def _sound(self, element, offset=None):
        if tempo := element.get('tempo'):
            tempo = _parsed(tempo, 'tempo') or Fraction(DEFAULT_QUARTERS_PER_MINUTE)
            own_offset = element.find('offset')
            self._tempo(offset if own_offset is None else own_offset, True, tempo)

    def _tempo(self, offset, is_sound, tempo):
        self._tempos.append((bounded(self._position + _number(offset) / self._divisions),
                             is_sound, tempo))

    def _quarters(self, element):
        """Returns how long a note, <forward> or <backup> is: nothing if it does not say."""
        return _number(element.find('duration')) / self._divisions

    def _move(self, quarters):
        """Moves the position, not to before the bar: some files go back by a division too many."""
        self._position = bounded(max(self._position + quarters, Fraction(0)))
        self._length = max(self._length, self._position)


def _meter(element):
    """Returns numerator and denominator of a <time>; None where it has no beats: senza-misura."""
    beats = [sum(int(_parsed(count, 'beats')) for count in (each.text or '').split('+'))
             for each in element.findall('beats')]
    units = [int(_number(each)) for each in element.findall('beat-type')]
    if len(beats) != len(units) or 0 in units:
        raise ValueError(f'a meter has the beats {beats} of {units}')
    unit = lcm(*units)
    return (sum(count * unit // each for count, each in zip(beats, units, strict=True)),
            unit) if beats else None


def _pitch(element):
    """Returns the MIDI pitch of a <pitch> as it is written."""
    step = (element.findtext('step') or '').strip()
    if step not in _SEMITONES:
        raise ValueError(f'a pitch has the step {step[:40]!r}, which is none of A to G')
    octave = int(_parsed(element.findtext('octave') or '', 'octave'))
    return 12 * (octave + 1) + _SEMITONES[step] + int(_number(element.find('alter')))


def _metronome(element):
    """Returns quarters a minute, or None where a <metronome> says no number of them."""
    found = re.search(r'\d{1,9}(\.\d{1,9})?', element.findtext('per-minute') or '')
    quarters = _QUARTERS.get((element.findtext('beat-unit') or '').strip())
    if not found or not quarters:
        return None
    dots = len(element.findall('beat-unit-dot'))
    return Fraction(found[0]) * quarters * (2 - Fraction(1, 2 ** min(dots, 4)))


def _number(element):
    """Returns the decimal number that an element holds: 0 if there is no such element."""
    return Fraction(0) if element is None else _parsed(element.text or '', element.tag)


def _parsed(text, name):
    found = _NUMBER.fullmatch(text)
    value = Fraction(found[1]) if found else -1
    if value < 0 and not (found and name in _SIGNED):
        raise ValueError(f'<{name}> is {text[:40]!r}')
    return value


def bounded(position):
    """Returns a Fraction; ValueError if it is too fine to be counted in reasonable time."""
    if position.denominator > _MAX_DENOMINATOR:
        raise ValueError('its notes are at too many different fractions of a quarter')
    return position
