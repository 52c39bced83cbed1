"""Real scores, whole and mutated: where music21 accepts one, too, it finds the same notes.

What music21 reads otherwise, rightly or not, is not made here, or not compared:

- seconds: its tempos are marks, and test_musicxml_score.py has those;
- where bars begin: it gives each part bars of its own, but in a score they begin together;
- a further note of a chord without a first one, a rest that has one, a note before any divisions;
- an <accidental> without an <alter>: it takes what is printed for what sounds;
- pitches outside MIDI's 128, which it moves by octaves.
"""

import copy
import random
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import music21
import pytest

from magenta_reg.readers.musicxml import read_musicxml
from tests.readers.music21_notes import music21_notes, quarters_of

CORPUS = Path(music21.__file__).parent / 'corpus'
NUM_BARS = 4
# Two staves and voices, transposing instruments, divisions of 24 to 10080, pickups, triplets.
SCORES = ['bach/bwv66.6.mxl', 'bach/bwv1.6.mxl', 'johnson_j_r/lift_every_voice.mxl',
          'schumann_clara/polonaise_op1n1.mxl', 'weber/concertino_clarinet.mxl',
          'liliuokalani/aloha_oe.mxl', 'joplin/maple_leaf_rag.mxl', 'bach/bwv846.mxl',
          'haydn/opus1no1/movement4.mxl', 'trecento/PMFC_04-Cara mi donna.xml']


def first_bars(name):
    """Returns the root of the first bars of a score."""
    root = ElementTree.fromstring(unpacked(CORPUS / name))
    for part in root.findall('part'):
        for measure in part.findall('measure')[NUM_BARS:]:
            part.remove(measure)
    return root


def unpacked(path):
    """Returns the document in a .mxl or .xml file."""
    if path.suffix != '.mxl':
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(name for name in archive.namelist()
                                 if name.endswith('xml') and not name.startswith('META-INF')))


def with_text(tag, text, *children):
    element = ElementTree.Element(tag)
    element.text = text
    element.extend(children)
    return element


def mutate(root, rng):
    """Changes one thing somewhere in a score."""
    measure = rng.choice(root.findall('part/measure'))
    kind = rng.choice(['move', 'length', 'pitch', 'remove', 'copy', 'empty', 'divisions', 'grace',
                       'rest'])
    places = [index for index, element in enumerate(measure, 1) if element.tag in (
        'attributes', 'note', 'backup', 'forward') and not _has_chord(measure, index)]
    if not places:
        return
    place, note = rng.choice(places), rng.choice(measure.findall('note') or [None])
    if kind == 'move':
        length = with_text('duration', str(rng.choice([1, 2, 6, 24, 96, 1000])))
        measure.insert(place, with_text(rng.choice(['backup', 'forward']), None, length))
    elif kind == 'divisions':
        text = str(rng.choice([1, 3, 8, 480, 10080]))
        measure.insert(place, with_text('attributes', None, with_text('divisions', text)))
    elif kind == 'empty':
        for each in measure.findall('note'):
            measure.remove(each)
    elif note is not None:
        mutate_note(measure, note, place, kind, rng)


def mutate_note(measure, note, place, kind, rng):
    """Changes, removes or copies a note; what others have a chord with stays."""
    length, pitch = note.find('duration'), note.find('pitch')
    is_single = (note.find('chord') is None and
                 not _has_chord(measure, list(measure).index(note) + 1))
    if kind == 'length' and length is not None:
        length.text = rng.choice(['0', '1', '2', '3.0', ' 24 ', '96', '5040'])
    elif kind == 'pitch' and pitch is not None:
        for tag, texts in (('step', 'CDEFGAB'), ('octave', '0123456789')):
            pitch.find(tag).text = rng.choice(texts)
        for alter in pitch.findall('alter'):
            alter.text = rng.choice(['-2', '-1', '0', '1', '2'])
    elif kind == 'copy' and is_single:
        measure.insert(place, copy.deepcopy(note))
    elif kind == 'remove' and is_single:
        measure.remove(note)
    elif kind == 'grace' and is_single and length is not None:
        note.remove(length)
        note.insert(0, ElementTree.Element('grace'))
    elif kind == 'rest' and is_single and pitch is not None:
        note.remove(pitch)
        note.insert(0, ElementTree.Element('rest'))


def _has_chord(measure, index):
    """Returns whether the element at an index is a further note of a chord."""
    return index < len(measure) and measure[index].find('chord') is not None


def compare(seeds):
    """Returns how many mutated scores both readers accepted; they must find the same notes."""
    scores = [first_bars(name) for name in SCORES]
    num_compared = 0
    for seed in seeds:
        rng = random.Random(seed)
        root = copy.deepcopy(rng.choice(scores))
        for _ in range(rng.randint(1, 4)):
            mutate(root, rng)
        document = ElementTree.tostring(root)
        try:
            expected = music21_notes(document)
        except Exception:  # Whatever music21 stumbles over is not compared.
            continue
        assert quarters_of(read_musicxml(document)) == expected, f'seed {seed}'
        num_compared += 1
    return num_compared


def test_music21_finds_the_same_notes_in_mutated_scores():
    assert compare(range(50)) >= 45


@pytest.mark.slow
def test_music21_finds_the_same_notes_in_many_mutated_scores():
    assert compare(range(50, 3000)) >= 2800


@pytest.mark.slow
def test_music21_finds_the_same_notes_in_its_own_scores():
    paths = sorted(path for suffix in ('mxl', 'xml', 'musicxml')
                   for path in CORPUS.rglob(f'*.{suffix}'))
    compared = [path for path in paths[::6] if path.stat().st_size < 10 ** 6]
    for path in compared:
        document = unpacked(path)
        assert quarters_of(read_musicxml(document)) == music21_notes(document), path.name
    assert len(compared) > 100
