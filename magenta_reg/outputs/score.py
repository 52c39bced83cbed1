"""A melody as a score in MusicXML."""

from fractions import Fraction

from magenta_reg.outputs.piece import stepped_notes


def musicxml(piece):
    """Returns a piece as a MusicXML document.

    4/4, one part, the tempo at its beginning, rests where it rests. music21 bars it, and ties notes
    that cross a bar line or that no single symbol can write.

    Args:
        piece: Piece.

    Returns:
        bytes, UTF-8.
    """
    from music21 import instrument, metadata, meter, note, stream, tempo
    from music21.musicxml.m21ToXml import GeneralObjectExporter
    from music21.pitch import Pitch

    piano = instrument.Piano()
    # music21 gives what has no name a random one.
    piano.partId, piano.instrumentId = 'P1', 'P1-I1'
    part = stream.Part([piano, meter.TimeSignature('4/4'),
                        tempo.MetronomeMark(number=piece.qpm)])
    for start, end, pitch in _spans(piece):
        # Not note.Note(pitch), which takes pitch 0 for none at all.
        symbol = note.Rest() if pitch is None else note.Note(Pitch(midi=pitch))
        symbol.quarterLength = Fraction(end - start, piece.steps_per_quarter)
        part.append(symbol)
    score = stream.Score([part])
    # Where there is no composer it names itself.
    score.metadata = metadata.Metadata(title=piece.title or piece.name or 'Melody',
                                       composer='magenta_reg')
    return GeneralObjectExporter(score).parse()


def _spans(piece):
    """Yields (start, end, pitch) in steps of every note, and of every rest with pitch None."""
    position = 0
    for start, end, pitch in zip(*[column.tolist() for column in stepped_notes(piece.events)],
                                 strict=True):
        if position < start:
            yield position, start, None
        yield start, end, pitch
        position = end
    if position < piece.num_steps:
        yield position, piece.num_steps, None
