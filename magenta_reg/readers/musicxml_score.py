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

from collections import Counter
from fractions import Fraction
from itertools import accumulate

import numpy as np

from magenta_reg.readers.musicxml_part import DEFAULT_QUARTERS_PER_MINUTE, PartReader, bounded
from magenta_reg.readers.notes import Notes, checked

_VELOCITY = 64


def score_notes(root):
    """Returns the Notes of a score's root element; ValueError if it cannot be read."""
    reader = PartReader()
    parts = [reader.bars(measures) for measures in _parts(root)]
    lengths = Counter()
    for bars in parts:
        for index, bar in bars.items():
            lengths[index] = max(lengths[index], bar.length)
    begins = list(accumulate((lengths[index] for index in range(max(lengths, default=-1) + 1)),
                             lambda *each: bounded(sum(each)), initial=Fraction(0)))
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
        tempos = {Fraction(0): Fraction(DEFAULT_QUARTERS_PER_MINUTE), **tempos}
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
