"""What a generated melody begins with: read, moved into the encoding's range, and moved back."""

import ast
import math
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import import_magenta
from magenta_reg.base.errors import UserError
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.interop.stock_primer import extended_as_stock

DEFAULT_QPM = 120.0
STEPS_PER_QUARTER = 4

# What one tempo event of a MIDI file can say: 24 bits of microseconds a quarter.
_MIN_QPM, _MAX_QPM = 60e6 / (2 ** 24 - 1), 60e6


class Primer(NamedTuple):
    """A melody to continue.

    Attributes:
        melody: note_seq.Melody, as given.
        squashed: note_seq.Melody in the encoding's range and key.
        transposition: int, semitones from `melody` to `squashed`, but for octave folds.
        qpm: float, quarter notes a minute, of the output.
        source: str, what to call it in a table: its events, or where it comes from.
        remarks: tuple of str, lines that say what of the input is left out or moved.
        num_steps: int, events of the whole melody if the primer decides that, as stock Magenta's
            does; or None.
    """

    melody: object
    squashed: object
    transposition: int
    qpm: float
    source: str
    remarks: tuple = ()
    num_steps: int | None = None

    @property
    def num_silent_steps(self):
        """int, steps of the output before the primer's first event; 0 but for stock's primers."""
        return self.melody.start_step

    @property
    def events(self):
        """The primer as the network reads it: int32 [primer_steps], Melody events."""
        return np.array(list(self.squashed), np.int32)

    def restore(self, events):
        """Returns the note_seq.Melody of generated events, transposed back.

        Args:
            events: int32 [num_steps], Melody events in the encoding's range.
        """
        silence = [NO_EVENT] * self.num_silent_steps
        melody = type(self.melody)([*silence, *(int(event) for event in events)])
        melody.transpose(-self.transposition)
        return melody


def read_primer(encoding, primer_melody='', primer_midi=None, qpm=None, stock_num_steps=None):
    """Makes a Primer of flags as `melody_rnn_generate` has them.

    It is moved by `squash`: transposed to the encoding's key and into its range, each note that is
    still outside by octaves. The melody that comes out is transposed back. mono_rnn has every
    pitch and no key: nothing is moved there.

    Args:
        encoding: Encoding.
        primer_melody: str, a Python list of Melody events such as '[60, -2, 62]'; middle C if
            neither it nor `primer_midi` is given.
        primer_midi: Path of a MIDI file with one melody, or None. Its tempo goes over `qpm`.
        qpm: float or None; 0 is None, as for stock Magenta.
        stock_num_steps: int, to extend the primer as stock Magenta does for so many steps; None
            to continue it as it is.

    Returns:
        Primer.

    Raises:
        UserError: If it cannot be read or holds no note.
    """
    if primer_melody and primer_midi:
        raise UserError('give either --primer_melody or --primer_midi, not both')
    if primer_midi:
        sequence = _read_midi(primer_midi)
        qpm = sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM
        melody, remarks = _melody_of_midi(sequence, primer_midi)
        source = str(primer_midi)
    else:
        qpm = _checked_qpm(qpm or DEFAULT_QPM)
        melody, remarks = _melody_of_text(primer_melody or '[60]'), ()
        sequence, source = melody.to_sequence(qpm=qpm), str(list(melody))
    num_steps = None
    if stock_num_steps is not None:
        melody, num_steps = extended_as_stock(sequence, qpm, stock_num_steps)
    elif not any(event >= 0 for event in melody):
        given = f'--primer_midi={primer_midi}' if primer_midi else f'--primer_melody={source}'
        raise UserError(f'{given} holds no note: give one with a note, or none for middle C')
    else:
        melody = type(melody)(list(melody))  # The bars of silence in front are left out.
    return _moved(encoding, Primer(melody, None, 0, qpm, source, remarks, num_steps))


def primer_of_events(events, source, qpm=None):
    """Makes a Primer of Melody events that are in the encoding's key and range already.

    Args:
        events: sequence of int, Melody events.
        source: str, where they come from.
        qpm: float or None.

    Returns:
        Primer; what comes of it stays in that key.

    Raises:
        UserError: If the tempo is none.
    """
    note_seq = import_magenta('note_seq')
    melody = note_seq.Melody([int(event) for event in events])
    return Primer(melody, melody, 0, _checked_qpm(qpm or DEFAULT_QPM), source)


def _moved(encoding, primer):
    """Returns a Primer with `squashed` and `transposition`, and a remark if notes were folded."""
    codec = encoding.codec
    squashed = type(primer.melody)(list(primer.melody))
    transposition = squashed.squash(codec.min_note, codec.max_note, encoding.transpose_to_key)
    num_folded = sum(pitch >= 0 and pitch + transposition != moved
                     for pitch, moved in zip(primer.melody, squashed, strict=True))
    remarks = primer.remarks
    if num_folded:
        remarks += (f'primer: {num_folded} of its notes are moved by octaves into the range that '
                    f'{encoding.name} has, {codec.max_note - codec.min_note} semitones',)
    return primer._replace(squashed=squashed, transposition=transposition, remarks=remarks)


def _checked_qpm(qpm):
    if not (math.isfinite(qpm) and _MIN_QPM < qpm < _MAX_QPM):
        raise UserError(f'--qpm={qpm} is no tempo that a MIDI file can hold: give quarter notes a '
                        'minute, 4 at least')
    return qpm


def _melody_of_text(text):
    note_seq = import_magenta('note_seq')
    try:
        events = ast.literal_eval(text)
        return note_seq.Melody([int(event) for event in events])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise UserError(f'--primer_melody={text!r} is no list of events: write "[60, -2, 62]" with '
                        '-2 no event, -1 note-off and pitches 0 to 127') from None


def _read_midi(path):
    """Returns the NoteSequence of a MIDI file."""
    note_seq = import_magenta('note_seq')
    try:
        return note_seq.midi_file_to_sequence_proto(str(path))
    except OSError as error:
        raise UserError(f'cannot read --primer_midi={path}: {error.strerror}') from None
    except note_seq.MIDIConversionError as error:
        raise UserError(f'cannot read --primer_midi={path}: {error}') from error


def _melody_of_midi(sequence, path):
    """Returns the note_seq.Melody of the first track with notes, and remarks on what is left out.

    Source: what `MelodyRnnSequenceGenerator` extracts.
    """
    note_seq = import_magenta('note_seq')
    pipelines = import_magenta('magenta.pipelines.melody_pipelines')
    try:
        quantized = note_seq.quantize_note_sequence(sequence, STEPS_PER_QUARTER)
        # An endless gap: silences are part of the primer.
        melodies, _ = pipelines.extract_melodies(
            quantized, min_bars=0, min_unique_pitches=1, gap_bars=float('inf'),
            ignore_polyphonic_notes=True)
    except (note_seq.MultipleTempoError, note_seq.MultipleTimeSignatureError,
            note_seq.BadTimeSignatureError, note_seq.NegativeTimeError,
            note_seq.NonIntegerStepsPerBarError) as error:
        raise UserError(f'cannot use --primer_midi={path}: {error}') from error
    if not melodies:
        return note_seq.Melody([]), ()
    num_notes = sum(bool(note.velocity) and not note.is_drum for note in sequence.notes)
    num_left_out = num_notes - sum(event >= 0 for event in melodies[0])
    if not num_left_out:
        return melodies[0], ()
    tracks = f', of {len(melodies)} tracks the first' if len(melodies) > 1 else ''
    return melodies[0], (f'--primer_midi={path}: {num_left_out} of {num_notes} notes are left out: '
                         f'the highest is taken where several start together{tracks}',)
