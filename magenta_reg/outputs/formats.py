"""The files that melodies are written to, all of them atomically."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import replacing
from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER
from magenta_reg.outputs.piano_roll import piano_roll_png
from magenta_reg.outputs.score import musicxml
from magenta_reg.outputs.synthesis import encoded
from magenta_reg.readers.tfrecord import write_record

# What note_seq and pretty_midi write.
_TICKS_PER_QUARTER = 220
_VELOCITY = 100
_MICROSECS_PER_MINUTE = 6e7


class OutputFormat(NamedTuple):
    """A suffix with its dot, and a function of (OutputMelody, path) that writes the file."""

    suffix: str
    writer: object


@contextmanager
def writing(path):
    """Yields a temporary path as `files.replacing`; an OSError becomes a UserError."""
    try:
        with replacing(Path(path)) as temporary:
            yield temporary
    except OSError as error:
        raise UserError(f'cannot write {path}: {error.strerror or error}') from error


@contextmanager
def note_sequence_writer(path):
    """Yields a function that appends an OutputMelody to a TFRecord file of NoteSequences.

    The melody's name becomes the NoteSequence's id and file name. If the block ends with an error,
    nothing is written and an old file stays.
    """
    with writing(path) as temporary, open(temporary, 'wb') as file:
        def write(melody):
            sequence = melody.sequence()
            sequence.id = sequence.filename = melody.name
            sequence.sequence_metadata.title = melody.title
            write_record(file, sequence.SerializeToString())

        yield write


def midi(melody):
    """Returns an OutputMelody as the bytes of a MIDI file, with the content that note_seq writes.

    note_seq writes through pretty_midi, which takes longer than the melody took to generate, and
    never closes its file: on a full disk the error is lost, and the file is cut.

    Source: note_seq.sequence_proto_to_midi_file of note_seq.Melody.to_sequence: ticks per quarter,
    velocity, meter and tempo are theirs.
    """
    import symusic

    score = symusic.Score(_TICKS_PER_QUARTER)
    tempo = symusic.Tempo(0, melody.qpm)
    tempo.mspq = int(_MICROSECS_PER_MINUTE / melody.qpm)
    score.tempos.append(tempo)
    score.time_signatures.append(symusic.TimeSignature(0, 4, 4))
    notes, ticks_per_step = melody.notes, _TICKS_PER_QUARTER // STEPS_PER_QUARTER
    track = symusic.Track(program=0, is_drum=False)
    track.notes = symusic.Note.from_numpy(
        np.int32(notes.onsets_steps * ticks_per_step),
        np.int32(notes.lengths_steps * ticks_per_step), notes.pitches.astype(np.int8),
        np.full(len(notes.pitches), _VELOCITY, np.int8))
    score.tracks.append(track)
    return score.dumps_midi()


def _writer_of(to_bytes):
    """Returns a writer of what `to_bytes` makes of an OutputMelody."""
    def write(melody, path):
        data = to_bytes(melody)
        with writing(path) as temporary:
            temporary.write_bytes(data)

    return write


OUTPUT_FORMATS = {
    'midi': OutputFormat('.mid', _writer_of(midi)),
    'musicxml': OutputFormat('.musicxml', _writer_of(musicxml)),
    'wav': OutputFormat('.wav', _writer_of(lambda melody: encoded(melody, 'wav'))),
    'png': OutputFormat('.png', _writer_of(piano_roll_png)),
}


def save_melody(melody, path):
    """Writes an OutputMelody to a file, a Path, in the format that its suffix names."""
    for kind in OUTPUT_FORMATS.values():
        if kind.suffix == path.suffix.lower():
            kind.writer(melody, path)
            return
    suffixes = ', '.join(kind.suffix for kind in OUTPUT_FORMATS.values())
    raise UserError(f'{path}: the name must end with the format, one of {suffixes}')
