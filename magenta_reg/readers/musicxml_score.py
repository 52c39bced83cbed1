"""The notes of a MusicXML score: positions in quarters first, one tempo map, seconds last.

As in note_seq, tied notes are struck again, repeats are played once, a note of a chord lasts as
long as the chord's first, microtones are cut to semitones, and a bar that is no full one has a
meter of its own (one that states its meter only if it has fewer divisions than that has beats).
What differs:

- a tempo, on <direction> or <measure>, in <sound> or else in <metronome>, counts for all parts;
- the bars of all parts begin together, and a bar is as long as its longest part;
- every part is an instrument, and grace notes, which last no time, are left out;
- Cb and B# keep their octave, and <transpose> moves by <octave-change>, too;
- <senza-misura> changes no meter, 3+2 is 5, and several pairs of beats are one sum;
- unpitched notes and pitches that MIDI does not have are left out and counted; chord symbols,
  voices and note types, which no pitch or time depends on, are not looked at.

Source: MusicXML 4.0; note_seq.musicxml_parser.
"""

import re
from collections import Counter
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import NamedTuple

import numpy as np

from magenta_reg.readers.notes import Notes, checked

_NUMBER = re.compile(r'\s*([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))\s*')
_MAX_DENOMINATOR = 2 ** 256  # Fractions of endlessly many divisions would take endless time.
_SEMITONES = {'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}
_QUARTERS = {unit: Fraction(16, 2 ** index) for index, unit in enumerate(
    ['long', 'breve', 'whole', 'half', 'quarter', 'eighth', '16th', '32nd', '64th', '128th'])}
_DEFAULT_QUARTERS_PER_MINUTE = 120
_VELOCITY = 64
_SIGNED = {'alter', 'chromatic', 'octave-change', 'offset'}


class _Bar(NamedTuple):
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


def score_notes(root):
    """Returns the Notes of a score's root element; ValueError if it cannot be read."""
    reader = _PartReader()
    parts = [reader.bars(measures) for measures in _parts(root)]
    lengths = Counter()
    for bars in parts:
        for index, bar in bars.items():
            lengths[index] = max(lengths[index], bar.length)
    begins = list(accumulate((lengths[index] for index in range(max(lengths, default=-1) + 1)),
                             lambda *each: _bounded(sum(each)), initial=Fraction(0)))
    clock = _Clock(_tempos(parts, begins))
    rows = [(begins[index] + start, begins[index] + start + length, pitch, part)
            for part, bars in enumerate(parts) for index, bar in bars.items()
            for start, length, pitch in bar.notes]
    left_out = _left_out(parts)
    if left_out and not rows:
        raise ValueError(f'it has no other notes: {left_out}')
    starts, ends, pitches, instruments = np.array(rows, np.float64).reshape([-1, 4]).T
    meters = [(float(clock.secs(position)), *meter)
              for position, meter in _meters(parts, begins, lengths).items()]
    return checked(Notes(
        clock.secs(starts), clock.secs(ends), pitches.astype(np.int64),
        np.full(len(rows), _VELOCITY), instruments.astype(np.int64), np.zeros(len(rows), bool),
        clock.tempos, np.array(meters, np.float64).reshape([-1, 3]),
        float(clock.secs(begins[-1])), left_out))


def _parts(root):
    """Yields of each part a dict of the index of a bar to its element."""
    if root.tag == 'score-partwise':
        for part in root.findall('part'):
            yield dict(enumerate(part.findall('measure')))
        return
    parts = {}
    for index, measure in enumerate(root.findall('measure')):
        for part in measure.findall('part'):
            parts.setdefault(part.get('id'), {})[index] = part
    yield from parts.values()


def _tempos(parts, begins):
    """Returns a dict of quarters to quarters a minute: <sound> counts first, then earlier parts."""
    tempos = sorted((max(begins[index] + position, 0), is_sound, -part, index, order, tempo)
                    for part, bars in enumerate(parts) for index, bar in bars.items()
                    for order, (position, is_sound, tempo) in enumerate(bar.tempos))
    return {position: tempo for position, *_, tempo in tempos}


def _meters(parts, begins, lengths):
    """Returns a dict of quarters to meters: those that are stated, of several parts' the last.

    Where none is stated, a bar of another length than its meter has that of its length.
    """
    stated = {index: bar for bars in parts for index, bar in bars.items() if bar.meters}
    pickups = {index for bars in parts for index, bar in bars.items() if bar.is_pickup}
    meters, meter, full, is_free = {}, None, None, False
    for index, length in sorted(lengths.items()):
        bar = stated.get(index)
        if bar:
            for position, full in bar.meters:
                if full:
                    meters[begins[index] + position] = full
            meter, is_free = full, full is None
        if length and not is_free and (index in pickups if bar else not _lasts(meter, length)):
            meter = full if _lasts(full, length) else _meter_of(length)
            meters[begins[index]] = meter
    return meters


def _lasts(meter, quarters):
    return meter is not None and 4 * meter[0] == quarters * meter[1]


def _meter_of(quarters):
    return (4, 4) if quarters == 4 else (quarters / 4).as_integer_ratio()


def _left_out(parts):
    """Returns what was left out, in one line, or ''."""
    notes, num_parts = Counter(), Counter()
    for bars in parts:
        of_part = sum((bar.left_out for bar in bars.values()), Counter())
        notes += of_part
        num_parts.update(of_part.keys())
    return ', '.join(f'{count:,} {kind} left out (in {num_parts[kind]:,} of {len(parts):,} parts)'
                     for kind, count in notes.items())


class _Clock:
    """Turns quarters into seconds.

    Attributes:
        tempos: float64 [changes, 2], seconds and quarters a minute.
    """

    def __init__(self, tempos):
        tempos = {Fraction(0): Fraction(_DEFAULT_QUARTERS_PER_MINUTE), **tempos}
        self._quarters = np.array([*tempos], np.float64)
        self._secs_per_quarter = 60 / np.array([*tempos.values()], np.float64)
        lengths_secs = np.diff(self._quarters) * self._secs_per_quarter[:-1]
        self._secs = np.concatenate([[0.0], np.cumsum(lengths_secs)])
        self.tempos = np.stack([self._secs, 60 / self._secs_per_quarter], axis=1)

    def secs(self, quarters):
        """Returns float64 seconds of quarters, an array or one number."""
        quarters = np.asarray(quarters, np.float64)
        section = np.searchsorted(self._quarters, quarters, side='right') - 1
        since_change = quarters - self._quarters[section]
        return self._secs[section] + since_change * self._secs_per_quarter[section]


class _PartReader:
    """Reads one part after another; divisions hold until others are given, as in note_seq."""

    def __init__(self):
        self._divisions = Fraction(1)
        self._readers = {'attributes': self._attributes, 'note': self._note,
                         'direction': self._direction, 'sound': self._sound,
                         'forward': lambda element: self._move(self._quarters(element)),
                         'backup': lambda element: self._move(-self._quarters(element))}

    def bars(self, measures):
        """Returns a dict of indices to the _Bar of each measure of a part."""
        self._semitones = {}
        return {index: self._bar(measure) for index, measure in measures.items()}

    def _bar(self, measure):
        self._position = self._length = Fraction(0)
        self._chord = None
        self._notes, self._tempos, self._meters, self._left_out = [], [], [], Counter()
        for element in measure:
            if element.tag in self._readers:
                self._readers[element.tag](element)
        return _Bar(self._length, self._notes, self._tempos, self._meters, self._is_pickup(),
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
            tempo = _parsed(tempo, 'tempo') or Fraction(_DEFAULT_QUARTERS_PER_MINUTE)
            own_offset = element.find('offset')
            self._tempo(offset if own_offset is None else own_offset, True, tempo)

    def _tempo(self, offset, is_sound, tempo):
        self._tempos.append((_bounded(self._position + _number(offset) / self._divisions),
                             is_sound, tempo))

    def _quarters(self, element):
        """Returns how long a note, <forward> or <backup> is: nothing if it does not say."""
        return _number(element.find('duration')) / self._divisions

    def _move(self, quarters):
        """Moves the position, not to before the bar: some files go back by a division too many."""
        self._position = _bounded(max(self._position + quarters, Fraction(0)))
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


def _bounded(position):
    if position.denominator > _MAX_DENOMINATOR:
        raise ValueError('its notes are at too many different fractions of a quarter')
    return position
