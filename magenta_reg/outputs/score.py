"""A melody as a score in MusicXML."""

from fractions import Fraction

from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER


def musicxml(melody):
    """Returns an OutputMelody as a MusicXML document, bytes in UTF-8.

    4/4, one part, the tempo at its beginning, rests included. music21 makes bars, and ties notes
    that cross a bar line or that no single symbol can write.
    """
    from music21 import instrument, metadata, meter, note, stream, tempo
    from music21.musicxml.m21ToXml import GeneralObjectExporter
    from music21.pitch import Pitch

    piano = instrument.Piano()
    # music21 gives what has no name a random one.
    piano.partId, piano.instrumentId = 'P1', 'P1-I1'
    part = stream.Part([piano, meter.TimeSignature('4/4'),
                        tempo.MetronomeMark(number=melody.qpm)])
    for start, end, pitch in _spans_and_rests(melody):
        # Not note.Note(pitch), which takes pitch 0 for none at all.
        symbol = note.Rest() if pitch is None else note.Note(Pitch(midi=pitch))
        symbol.quarterLength = Fraction(end - start, STEPS_PER_QUARTER)
        part.append(symbol)
    score = stream.Score([part])
    # Where there is no composer it names itself.
    score.metadata = metadata.Metadata(title=melody.title or melody.name or 'Melody',
                                       composer='magenta_reg')
    return GeneralObjectExporter(score).parse()


def _spans_and_rests(melody):
    """Yields (start, end, pitch) in steps of every note, and of every rest with pitch None."""
    position = 0
    for start, end, pitch in melody.notes.spans():
        if position < start:
            yield position, start, None
        yield start, end, pitch
        position = end
    if position < melody.num_steps:
        yield position, melody.num_steps, None
