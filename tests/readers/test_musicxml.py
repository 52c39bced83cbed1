"""MusicXML, plain or packed, gives music21's notes; what is no score, or hostile, is refused."""

import io
import unicodedata
import zipfile

import music21
import numpy as np
import pytest
from note_seq.musicxml_reader import musicxml_file_to_sequence_proto

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers import musicxml
from magenta_reg.readers.musicxml import read_musicxml
from tests.readers.music21_notes import music21_notes, quarters_of
from tests.readers.musicxml_scores import FOUR_FOUR, HEAD, notes, rows, score

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
    return packed([('META-INF/container.xml', container), ('score.xml', document)])


def packed(members, flag_bits=None):
    """Returns a zip archive of (name, bytes); flag_bits says how names are said to be encoded."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    if flag_bits is None:
        return buffer.getvalue()
    data = bytearray(buffer.getvalue())
    for signature, place in ((b'PK\3\4', 6), (b'PK\1\2', 8)):
        begin = data.find(signature)
        while begin >= 0:
            data[begin + place + 1] = flag_bits >> 8
            begin = data.find(signature, begin + 4)
    return bytes(data)


def container(*files):
    """Returns META-INF/container.xml of (path, media type or None)."""
    return ('META-INF/container.xml', '<container><rootfiles>' + ''.join(
        f'<rootfile full-path="{path}"' + (f' media-type="{kind}"' if kind else '') + '/>'
        for path, kind in files) + '</rootfiles></container>')


def test_notes_equal_music21s():
    document = score_bytes()
    expected = music21_notes(document)
    assert len(expected) == 12
    assert quarters_of(read_musicxml(document)) == expected


def test_notes_equal_note_seqs(tmp_path):
    (tmp_path / 'score.xml').write_bytes(score_bytes())
    sequence = musicxml_file_to_sequence_proto(str(tmp_path / 'score.xml'))
    expected = sorted((note.part, note.start_time, note.end_time, note.pitch)
                      for note in sequence.notes if note.end_time > note.start_time)
    np.testing.assert_allclose(rows(read_musicxml(score_bytes())), expected, atol=1e-5)


SMALL = score([FOUR_FOUR + notes('CDEF')])
OTHER = score([FOUR_FOUR + notes('GGGG')])
MEDIA_TYPE = 'application/vnd.recordare.musicxml+xml'


@pytest.mark.parametrize('name', ['Lied für Mutter.xml', 'Îñţér.xml', '中文.musicxml', 'ü/é.xml'])
@pytest.mark.parametrize('flag_bits', [None, 0])
@pytest.mark.parametrize('form', ['NFC', 'NFD'])
def test_a_name_may_be_utf_8_without_saying_so(name, flag_bits, form):
    named = container((unicodedata.normalize('NFC', name), None))
    data = packed([named, (unicodedata.normalize(form, name), SMALL)], flag_bits)
    assert rows(read_musicxml(data)) == rows(read_musicxml(SMALL))


def test_a_name_that_is_no_utf_8_spoils_no_other():
    name = 'x\x81.xml'
    data = packed([container(('score.xml', None)), (name, b'?'), ('score.xml', SMALL)], 0)
    assert rows(read_musicxml(data.replace(name.encode(), b'x\x81\x81.xml')))


@pytest.mark.parametrize('members', [
    [('score.xml', SMALL)],
    [('score.musicxml', SMALL)],
    [('a.txt', b'?'), ('picture.xml', b'<svg/>'), ('folder/Score.XML', SMALL), ('z.xml', OTHER)],
    [('a.xml', OTHER), ('b.musicxml', SMALL)],
    [('__MACOSX/._score.xml', b'?'), ('META-INF/manifest.xml', OTHER), ('score.xml', SMALL)]])
def test_without_a_container_the_first_score_is_read(members):
    assert rows(read_musicxml(packed(members))) == rows(read_musicxml(SMALL))


@pytest.mark.parametrize('files', [
    [('score.pdf', 'application/pdf'), ('score.xml', MEDIA_TYPE)],
    [('other.xml', 'application/xml'), ('score.xml', MEDIA_TYPE)],
    [('score.pdf', None), ('score.xml', None)],
    [('score.pdf', 'application/pdf'), ('score.xml', 'text/xml')],
    [('gone.xml', MEDIA_TYPE), ('score.xml', None)],
    [('score.xml', None), ('other.xml', MEDIA_TYPE + '-parts')],
    [('score.xml', MEDIA_TYPE), ('other.xml', MEDIA_TYPE)]])
def test_of_several_root_files_the_score_is_read(files):
    data = packed([container(*files), ('score.pdf', b'%PDF-1.4'), ('other.xml', OTHER),
                   ('score.xml', SMALL)])
    assert rows(read_musicxml(data)) == rows(read_musicxml(SMALL))


def test_a_path_may_be_that_of_windows():
    name = r'scores\my score.xml'
    data = packed([(r'META-INF\container.xml', container(('scores/my score.xml', None))[1]),
                   (name, SMALL)])
    assert rows(read_musicxml(data)) == rows(read_musicxml(SMALL))


@pytest.mark.parametrize('encode', [
    lambda text: text.encode('utf-8-sig'),
    lambda text: text.replace('UTF-8', 'UTF-16').encode('utf-16'),
    lambda text: b'\xfe\xff' + text.replace('UTF-8', 'UTF-16').encode('utf-16-be'),
    lambda text: text.replace('UTF-8', 'ISO-8859-1').encode('latin-1'),
    lambda text: text.replace(HEAD, '').encode(),
    lambda text: text.replace(HEAD, HEAD + '<!DOCTYPE score-partwise PUBLIC "x" '
                              '"http://localhost:1/partwise.dtd">').encode(),
    lambda text: text.replace('<score-partwise>', '<score-partwise xmlns="urn:x">').encode()],
    ids=['BOM', 'UTF-16', 'UTF-16-BE', 'latin-1', 'no head', 'DTD', 'namespace'])
def test_a_document_is_read_in_any_encoding_and_nothing_else_for_it(encode):
    assert rows(read_musicxml(encode(SMALL.decode()))) == rows(read_musicxml(SMALL))


def test_a_document_of_endlessly_many_tags_is_refused(monkeypatch):
    monkeypatch.setattr(musicxml, '_MAX_TAGS', 100)
    with pytest.raises(ValueError, match='more than 100 tags'):
        read_musicxml(SMALL.replace(b'</part>', b'<measure/>' * 100 + b'</part>'))


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
        'another document': b'<html/>',
        'an entity of no DTD': SMALL.replace(b'<note>', b'&x;<note>'),
        'a zip of nothing': packed([]), 'a zip of no score': packed([('a.xml', b'<svg/>')]),
        'a zip of texts': packed([('a.txt', b'x')]), 'a zip cut': compressed(document)[:-30],
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
