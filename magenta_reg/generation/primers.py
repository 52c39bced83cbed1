"""What a generated melody begins with: read, moved into the encoding's range, and moved back."""

import ast
import math
import warnings
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import printable
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.extraction.squash import transposed, transposition_to_key
from magenta_reg.generation.primer_midi import read_primer_midi
from magenta_reg.interop.stock_primer import extended_as_stock

DEFAULT_QPM = 120.0

# What one tempo event of a MIDI file can say: 24 bits of microseconds a quarter.
_MIN_QPM, _MAX_QPM = 60e6 / (2 ** 24 - 1), 60e6


class Primer(NamedTuple):
    """A melody to continue.

    Attributes:
        events: int32 [primer_steps], Melody events in the encoding's range and key.
        qpm: float, quarter notes a minute, of the output.
        source: str, its name in a table: its events, or where it comes from.
        transposition: int, semitones from the input to `events`, apart from octave folds.
        num_silent_steps: int, steps of the output before the first event; 0 except for stock's.
        remarks: tuple of str, lines that say what of the input is left out or moved.
        num_steps: int, events of the whole melody if the primer decides that, as stock Magenta's
            does; or None.
    """

    events: np.ndarray
    qpm: float
    source: str
    transposition: int = 0
    num_silent_steps: int = 0
    remarks: tuple = ()
    num_steps: int | None = None

    def restore(self, events):
        """Returns generated events, int32 [steps], transposed back: int32 [silent + steps]."""
        silence = np.full(self.num_silent_steps, NO_EVENT)
        return transposed(np.concatenate([silence, events]), -self.transposition, 0, 128)


def read_primer(encoding, primer_melody='', primer_midi=None, qpm=None, stock_num_steps=None):
    """Makes a Primer of flags as `melody_rnn_generate` has them.

    It is transposed to the encoding's key and into its range; notes that are still outside are
    moved by octaves. Generated melodies are transposed back. mono_rnn has every pitch and no key:
    nothing is moved there.

    Args:
        encoding: Encoding.
        primer_melody: what `melody_events` takes; middle C if neither it nor `primer_midi` is
            given.
        primer_midi: Path of a MIDI file, as `read_primer_midi` takes it, or None. Its tempo
            overrides `qpm`.
        qpm: float or None; 0 is None, as for stock Magenta.
        stock_num_steps: int, to extend the primer as stock Magenta does for so many steps; None
            to continue it as it is.
    """
    if primer_melody and primer_midi:
        raise UserError('give either --primer_melody or --primer_midi, not both')
    if primer_midi:
        sequence, melody, remarks = read_primer_midi(primer_midi)
        qpm = sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM
        source = printable(primer_midi)
    else:
        qpm = _checked_qpm(qpm or DEFAULT_QPM)
        events = melody_events(primer_melody) if primer_melody else [60]
        melody, remarks = _without_early_note_offs(events).tolist(), ()
        sequence, source = None, str(melody)
    num_silent_steps, num_steps = 0, None
    if stock_num_steps is not None:
        if sequence is None:
            sequence = import_note_seq().Melody(melody).to_sequence(qpm=qpm)
        melody, num_steps = extended_as_stock(sequence, qpm, stock_num_steps)
        num_silent_steps = melody.start_step
    elif not any(event >= 0 for event in melody):
        given = f'--primer_midi={primer_midi}' if primer_midi else f'--primer_melody={source}'
        raise UserError(f'{given} holds no note: give one with a note, or none for middle C')
    events, transposition, folded = _squashed(melody, encoding)
    return Primer(events, qpm, source, transposition, num_silent_steps, remarks + folded, num_steps)


def melody_events(primer_melody):
    """Returns a primer's Melody events, list of int; UserError for all but integers in -2 to 127.

    Args:
        primer_melody: list, tuple or array of integers, or the text of a Python list of them, such
            as '[60, -2, 62]'.
    """
    events = primer_melody
    try:
        if isinstance(events, str):
            with warnings.catch_warnings(action='ignore'):  # It may warn of what it cannot read.
                events = ast.literal_eval(events)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        events = None
    if isinstance(events, np.ndarray):
        events = events.tolist()
    if not (isinstance(events, (list, tuple)) and events and all(map(_is_event, events))):
        shown = ' '.join(repr(primer_melody).split())
        raise UserError(f'--primer_melody={shown} must be a list of one or more integers such as '
                        '"[60, -2, 62]": -2 is no event, -1 a note-off, 0 to 127 a pitch')
    return [int(event) for event in events]


def _is_event(value):
    is_integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return is_integer and NO_EVENT <= value <= 127


def primer_of_events(events, source, qpm=None):
    """Makes a Primer of Melody events that are in the encoding's key and range already."""
    return Primer(_without_early_note_offs(events), _checked_qpm(qpm or DEFAULT_QPM), source)


def _without_early_note_offs(events):
    """Returns int32 events without a note-off before the first note, as in a note_seq Melody."""
    events = np.array(events, np.int32)
    events[np.cumsum(events >= 0) == 0] = NO_EVENT
    return events


def _squashed(melody, encoding):
    """Returns the events in the encoding's range, the transposition, and a remark on folds."""
    codec, events = encoding.codec, np.array(list(melody), np.int32)
    transposition = transposition_to_key(events, codec.min_note, codec.max_note,
                                         encoding.transpose_to_key)
    moved = transposed(events, transposition, codec.min_note, codec.max_note)
    num_folded = int(((events >= 0) & (events + transposition != moved)).sum())
    remarks = ()
    if num_folded:
        remarks = (f'primer: {num_folded} of its notes are moved by octaves into the range that '
                   f'{encoding.name} has, {codec.max_note - codec.min_note} semitones',)
    return moved, transposition, remarks


def _checked_qpm(qpm):
    if not (math.isfinite(qpm) and _MIN_QPM < qpm < _MAX_QPM):
        raise UserError(f'--qpm={qpm} is no tempo that a MIDI file can hold: give quarter notes a '
                        'minute, 4 at least')
    return qpm
