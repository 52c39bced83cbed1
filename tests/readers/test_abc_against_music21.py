"""Real tunes, edited, are the notes that music21 reads: another parser, by other people.

What the two may differ in, and how it is kept out:
- note_seq plays a repeat once, abc2midi twice, music21 leaves signs: every bar is a plain one.
- note_seq strikes a tied note again: music21 gets its tunes without ties. music21 ties two pitches,
  too, and abc2midi a note with a chord that lacks it: no such ties.
- Grace notes take no time. Ornaments, chord symbols and text make music21 lose notes and broken
  rhythms beside them: it gets the tune without.
- music21 carries accidentals to the bar's end since %abc-2.0 alone, double ones and those of a
  chord never; it gives x (a rest) no time, reads 3// as 3/2, and skips [L:] and [K:] inside a line.
- A broken rhythm apart from its first note, as in (3abc >d, is one for music21 alone.
- Parts (P:) and voices (V:) are played by abc2midi alone; where the tempo changes inside a tune,
  there are no quarters to compare.
"""

import random
import re
import warnings

import numpy as np
import pytest
from music21 import converter
from music21.exceptions21 import Music21Exception

from magenta_reg.readers.abc import NOTE_SEQ, read_tune_book
from magenta_reg.readers.abc_text import is_field, split_tune_book
from magenta_reg.sources.known_sets import folk_source

# Where the reading of music is the same with and without these.
NO_MUSIC = ['!', '!!', '! !', '!trill!', '!ff!', '!D.C.!', '!Segno!', '!4!', '+trill+', '`', '$',
            '<br>', '<BR/>', '=20\n', '"Am"', '"^text"', '[r:a remark]', '{cd}', '%abc|\n', '\n\n',
            '\\\n', '\nw:la la la\n', '\nN::1st Setting\n',
            '\n%%begintext\nabc|\n\nX:9\n%%endtext\n']
NOTES = ['^cBc |', '_BcB |', '=fgf', 'G,', "d'", 'a2', 'b/2', 'e3/2', 'z', 'z2', '| [CEG] |',
         '| [c2e2] |', '| +CE+ |', '(3abc', '(3A2B2c2', '(5abcde', 'a>b', 'c<d', 'e>>f', 'g<<a',
         'gg-g', '(abc)', "^c'c' |", '__b |', '^^f2 |', '(2ab', '(4gfed', 'B3-|B', 'c2>d2', 'a/>b/',
         'c-c-|c', '\nM:3/4\n', '\nK:Gm\n']
ENDS = ['\n', '\r\n', '\r']
QUARTERS = 0.02  # abc2midi counts in 480th.


def real_tunes():
    """Returns the lines of every tune of the folk books, without repeats and parts."""
    source = folk_source()
    tunes = [tune for book in source.items for tune in split_tune_book(book.read_bytes())]
    unlike = re.compile(r'V:|\d//|\+[A-G]|\s[<>]|=3D')
    return [with_plain_bars(tune) for tune in tunes if not unlike.search(' '.join(tune))]


def with_plain_bars(lines):
    bars = re.compile(r':*[\[|\]]*\|[\[\]:|]*[12]?|\[[12]|::')
    untied = re.compile(r"([A-Ga-g])([,']*[\d/]*)-(?!\s*\|?\s*\1)|([<>}]+)-")

    def plain(line):
        return untied.sub(r'\1\2\3', bars.sub(' | ', line)).replace('x', 'z')

    return [line if is_field(line) else plain(line) for line in lines
            if not line.startswith('P:')]


def edited(tune, choice, generator):
    """Returns the tune with up to three things of a list behind bars of its music."""
    text, end_of_header = '\n'.join(tune), '\nK:'
    for new in generator.sample(choice, generator.randint(1, 3)):
        places = [found.end() for found in re.finditer(r'(?<= )\|(?= )', text)
                  if '-' not in text[found.start() - 4:found.end()]
                  and end_of_header in text[:found.start()]]
        if places:
            place = generator.choice(places)
            text = f'{text[:place]} {new} {text[place:]}'
    return text


def notes_of_ours(data):
    """Returns the reader, and pitches, starts and ends in quarters; None if it cannot be told."""
    pieces = read_tune_book(data, 'book.abc')
    if len(pieces) != 1 or pieces[0].notes is None:
        return None
    notes = pieces[0].notes
    tempos = set(notes.tempos[:, 1]) or {120.0}
    if len(tempos) > 1:
        return None
    rows = [notes.pitches, notes.starts_secs * max(tempos) / 60, notes.ends_secs * max(tempos) / 60]
    return pieces[0].reader, ordered(np.stack(rows, axis=1))


def notes_of_music21(text):
    plain = re.compile(r'"[^"]*"|![^\s|]*!|\{[^}]*\}|[.~`H-Wh-w]|=20$|[()](?!\d)|'
                       r'(\[[KLM]:[^\]]*\])')
    lines = [line if is_field(line) else plain.sub(r'\1', line) for line in text.split('\n')]
    try:
        score = converter.parseData('%abc-2.1\n' + '\n'.join(lines) + '\n', format='abc')
    except (Music21Exception, ValueError, LookupError, AttributeError, TypeError):
        return None
    rows = [(pitch.midi, float(note.offset), float(note.offset + note.quarterLength))
            for part in score.parts
            for note in part.stripTies().flatten().notes if not note.duration.isGrace
            for pitch in note.pitches]
    return ordered(np.array(rows).reshape([-1, 3]))


def ordered(rows):
    return rows[np.lexsort([rows[:, 1], rows[:, 0]])]


def difference(ours, text):
    """Returns None if music21 does not read the text, else what differs, '' for nothing."""
    reader, rows = ours
    with warnings.catch_warnings(action='ignore'):
        theirs = notes_of_music21(text.replace('-', '') if reader == NOTE_SEQ else text)
    if theirs is None:
        return None
    if len(rows) == len(theirs) and np.allclose(rows, theirs, rtol=0, atol=QUARTERS):
        return ''
    return f'{reader}: {len(rows)} notes, music21: {len(theirs)}'


def as_bytes(text, generator):
    """Returns the text as a file: any line ends, perhaps with a byte order mark."""
    data = text.replace('\n', generator.choice(ENDS)).encode()
    return generator.choice([b'', b'\xef\xbb\xbf']) + data


def differences(tunes, edits, num_inputs, seed):
    """Returns what both read differently in a number of edited tunes that both read."""
    generator, num_read, found = random.Random(seed), 0, []
    while num_read < num_inputs:
        tune = generator.choice(tunes)
        text = edited(tune, edits, generator)
        ours = notes_of_ours(as_bytes(text, generator))
        same_music = '\n'.join(tune) if edits is NO_MUSIC else text.replace('+CE+', '[CE]')
        differs = ours and difference(ours, same_music)
        num_read += differs is not None
        found += [f'{differs}\n{text}'] if differs else []
    return found


@pytest.fixture(scope='module')
def tunes():
    return real_tunes()


@pytest.mark.parametrize('edits', [NO_MUSIC, NOTES], ids=['no music', 'notes'])
def test_edited_tunes_are_the_notes_that_music21_reads(tunes, edits):
    assert differences(tunes, edits, 15, seed=0) == []


@pytest.mark.slow
@pytest.mark.parametrize('edits', [NO_MUSIC, NOTES], ids=['no music', 'notes'])
def test_a_thousand_edited_tunes_are_the_notes_that_music21_reads(tunes, edits):
    assert differences(tunes, edits, 1000, seed=1) == []
