"""The formats that a melody is written in: name -> suffix and writer."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import replacing
from magenta_reg.outputs.piano_roll import piano_roll_png
from magenta_reg.outputs.piece import stepped_notes
from magenta_reg.outputs.score import musicxml
from magenta_reg.outputs.synthesis import encoded

# What note_seq and pretty_midi write.
_TICKS_PER_QUARTER = 220
_VELOCITY = 100
_MICROSECS_PER_MINUTE = 6e7


class OutputFormat(NamedTuple):
    """How a piece becomes a file.

    Attributes:
        suffix: str, with its dot.
        writer: function of (Piece, path) that writes the file, whole or not at all, and raises
            UserError if it cannot.
    """

    suffix: str
    writer: object


@contextmanager
def writing(path):
    """Yields a temporary path beside `path`, as `files.replacing`, for what a user named.

    Raises:
        UserError: If the block or the renaming fails for want of a folder, of rights or of room.
    """
    try:
        with replacing(Path(path)) as temporary:
            yield temporary
    except OSError as error:
        raise UserError(f'cannot write {path}: {error.strerror or error}') from error


def midi(piece):
    """Returns a piece as the bytes of a MIDI file, with the content that note_seq writes.

    note_seq writes through pretty_midi, which takes longer than the melody took to generate, and
    leaves its file to be closed by chance: on a full disk the error is lost, and the file is cut.

    Source: note_seq.sequence_proto_to_midi_file of note_seq.Melody.to_sequence: ticks per quarter,
    velocity, meter and tempo are theirs.
    """
    import symusic

    score = symusic.Score(_TICKS_PER_QUARTER)
    tempo = symusic.Tempo(0, piece.qpm)
    tempo.mspq = int(_MICROSECS_PER_MINUTE / piece.qpm)
    score.tempos.append(tempo)
    score.time_signatures.append(symusic.TimeSignature(0, 4, 4))
    notes = stepped_notes(piece.events)
    starts, ends = (np.int32(np.rint(steps * (_TICKS_PER_QUARTER / piece.steps_per_quarter)))
                    for steps in (notes.starts_steps, notes.ends_steps))
    track = symusic.Track(program=0, is_drum=False)
    track.notes = symusic.Note.from_numpy(
        starts, ends - starts, notes.pitches.astype(np.int8),
        np.full(len(starts), _VELOCITY, np.int8))
    score.tracks.append(track)
    return score.dumps_midi()


def _writer_of(to_bytes):
    """Returns a writer of what `to_bytes` makes of a piece."""
    def write(piece, path):
        data = to_bytes(piece)
        with writing(path) as temporary:
            temporary.write_bytes(data)

    return write


OUTPUT_FORMATS = {
    'midi': OutputFormat('.mid', _writer_of(midi)),
    'musicxml': OutputFormat('.musicxml', _writer_of(musicxml)),
    'wav': OutputFormat('.wav', _writer_of(lambda piece: encoded(piece, 'wav'))),
    'png': OutputFormat('.png', _writer_of(piano_roll_png)),
}
