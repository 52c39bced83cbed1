"""MusicXML gives the notes that music21 finds in it; what is no score, or hostile, is refused."""

import io
import zipfile

import music21
import numpy as np
import pytest

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.musicxml import read_musicxml

CONTAINER = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'


def score_bytes():
    """Returns a score of two parts, with chords, rests, triplets and grace notes."""
    upper = music21.converter.parse('tinyNotation: 4/4 c4 r8 d8 trip{e8 f8 g8} a4 B-2 r4 c\'4')
    lower = music21.converter.parse('tinyNotation: 4/4 C2 E2 G1')
    upper.recurse().notes[1].activeSite.insertIntoNoteOrChord(
        upper.recurse().notes[1].offset, music21.note.Note('A4', quarterLength=0.5))
    score = music21.stream.Score([music21.stream.Part(upper.elements),
                                  music21.stream.Part(lower.elements)])
    return music21.musicxml.m21ToXml.GeneralObjectExporter(score).parse()


def compressed(document, container=CONTAINER):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('META-INF/container.xml', container)
        archive.writestr('score.xml', document)
    return buffer.getvalue()


def rows_of(notes):
    per_quarter = notes.tempos[0, 1] / 60
    rows = zip(notes.instruments, notes.starts_secs, notes.ends_secs, notes.pitches, strict=True)
    return sorted(
        (int(part), round(start * per_quarter, 4), round(end * per_quarter, 4), int(pitch))
        for part, start, end, pitch in rows)


def test_notes_equal_music21s():
    document = score_bytes()
    theirs = music21.converter.parseData(document, format='musicxml')
    expected = sorted(
        (number, round(float(note.offset), 4), round(float(note.offset + note.quarterLength), 4),
         pitch.midi)
        for number, part in enumerate(theirs.parts) for note in part.flatten().notes
        for pitch in note.pitches)
    assert len(expected) == 12
    assert rows_of(read_musicxml(document)) == expected


def test_a_compressed_score_equals_the_plain_one():
    document = score_bytes()
    plain, packed = read_musicxml(document), read_musicxml(compressed(document))
    for ours, theirs in zip(plain, packed, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_each_part_gives_a_melody():
    rules = MelodyRules(min_bars=1, min_unique_pitches=1)
    upper, lower = extract_melodies(read_musicxml(score_bytes()), rules).melodies
    assert upper[0] == 60
    assert list(lower[[0, 8, 16]]) == [48, 52, 55]


def bad_files():
    document = score_bytes()
    bomb = b'<score-partwise>' + b' ' * (70 * 2 ** 20) + b'</score-partwise>'
    laughs = b''.join(b'<!ENTITY a%d "%s">' % (n, b'&a%d;' % (n - 1) * 10) for n in range(1, 10))
    return {
        'empty': b'', 'text': b'no score', 'cut': document[:-200],
        'another document': b'<html/>', 'a zip cut': compressed(document)[:-30],
        'a zip of other files': compressed(document, '<container/>'),
        'a score that is not there': compressed(document, CONTAINER.replace('score', 'other')),
        'a bomb': compressed(bomb),
        'laughs': (b'<!DOCTYPE s [<!ENTITY a0 "ha">' + laughs +
                   b']><score-partwise>&a9;</score-partwise>'),
        'an entity that is a file': (b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
                                     b'<score-partwise>&a;</score-partwise>'),
        'no number': document.replace(b'<duration>', b'<duration>x'),
        'no divisions': document.replace(b'<divisions>', b'<divisions>0<!--').replace(
            b'</divisions>', b'--></divisions>')}


@pytest.mark.parametrize('data', bad_files().values(), ids=bad_files())
def test_a_bad_file_is_an_error(data):
    with pytest.raises(ValueError, match=r'^[^\n]+$'):
        read_musicxml(data)
