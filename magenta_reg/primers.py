"""What a generated melody begins with: read, moved into the encoding's range, and moved back."""

import ast
from typing import NamedTuple

from magenta_reg.compat import import_magenta
from magenta_reg.errors import UserError

DEFAULT_QPM = 120.0
STEPS_PER_QUARTER = 4


class Primer(NamedTuple):
    """A melody to continue.

    Attributes:
        melody: note_seq.Melody, as given.
        squashed: note_seq.Melody in the encoding's range and key.
        transposition: int, semitones from `melody` to `squashed`, but for octave folds.
        qpm: float, quarter notes a minute, of the output.
    """

    melody: object
    squashed: object
    transposition: int
    qpm: float

    def restore(self, events):
        """Returns the note_seq.Melody of generated events, transposed back.

        Args:
            events: int32 [num_steps], Melody events in the encoding's range.
        """
        melody = type(self.melody)([int(event) for event in events])
        melody.transpose(-self.transposition)
        return melody


def read_primer(encoding, primer_melody='', primer_midi=None, qpm=None):
    """Makes a Primer of flags as `melody_rnn_generate` has them.

    Args:
        encoding: Encoding.
        primer_melody: str, a Python list of Melody events such as '[60, -2, 62]'; middle C if
            neither it nor `primer_midi` is given.
        primer_midi: Path of a MIDI file with one melody, or None. Its tempo goes over `qpm`.
        qpm: float or None.

    Returns:
        Primer.

    Raises:
        UserError: If it cannot be read or holds no note.
    """
    qpm = qpm or DEFAULT_QPM
    if qpm <= 0:
        raise UserError(f'--qpm={qpm} must be above 0')
    if primer_melody and primer_midi:
        raise UserError('give either --primer_melody or --primer_midi, not both')
    if primer_midi:
        melody, qpm = _melody_of_midi(primer_midi)
    else:
        melody = _melody_of_text(primer_melody or '[60]')
    squashed = type(melody)(list(melody))
    transposition = squashed.squash(encoding.codec.min_note, encoding.codec.max_note,
                                    encoding.transpose_to_key)
    return Primer(melody, squashed, transposition, qpm)


def _melody_of_text(text):
    note_seq = import_magenta('note_seq')
    try:
        events = ast.literal_eval(text)
        melody = note_seq.Melody([int(event) for event in events])
    except (ValueError, SyntaxError, TypeError):
        raise UserError(f'--primer_melody={text!r} is no list of events: write "[60, -2, 62]" with '
                        '-2 no event, -1 note-off and pitches 0 to 127') from None
    if not any(event >= 0 for event in melody):
        raise UserError(f'--primer_melody={text!r} holds no note')
    return melody


def _melody_of_midi(path):
    note_seq = import_magenta('note_seq')
    pipelines = import_magenta('magenta.pipelines.melody_pipelines')
    try:
        sequence = note_seq.midi_file_to_sequence_proto(str(path))
        quantized = note_seq.quantize_note_sequence(sequence, STEPS_PER_QUARTER)
    except FileNotFoundError:
        raise UserError(f'no such file: {path}') from None
    except (note_seq.MIDIConversionError, note_seq.MultipleTempoError,
            note_seq.MultipleTimeSignatureError) as error:
        raise UserError(f'cannot read --primer_midi={path}: {error}') from error
    # An endless gap: silences are part of the primer.
    melodies, _ = pipelines.extract_melodies(
        quantized, min_bars=0, min_unique_pitches=1, gap_bars=float('inf'),
        ignore_polyphonic_notes=True)
    if not melodies:
        raise UserError(f'--primer_midi={path} holds no note')
    return melodies[0], sequence.tempos[0].qpm if sequence.tempos else DEFAULT_QPM
