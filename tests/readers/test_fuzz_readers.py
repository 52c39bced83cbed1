"""Whatever bytes there are, a reader gives sound notes or a ValueError, and soon."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.abc import read_tune_book
from magenta_reg.readers.midi import read_midi
from magenta_reg.readers.musicxml import read_musicxml
from magenta_reg.readers.notes import checked

MIDI = (b'MThd\0\0\0\6\0\1\0\2\1\xe0'
        b'MTrk\0\0\0\x13\0\xff\x51\3\7\xa1\x20\0\xff\x58\4\3\2\x18\x08\0\xff\x2f\0'
        b'MTrk\0\0\0\x19\0\x90\x3c\x40\x83\x60\x80\x3c\0\0\x90\x40\x40\x87\x40\x40\0'
        b'\x81\x00\x43\x40\0\xff\x2f\0')
ABC = b"X:1\nT:One\nM:4/4\nL:1/8\nK:D\n|:d2 (3efg z>a [A2f2]|^c4-c4:|1 _B'2,|2 z8|]\n\nX:2\nK:C\nCD"
NOTE = (b'<note><pitch><step>C</step><alter>1</alter><octave>4</octave></pitch>'
        b'<duration>2</duration><voice>1</voice><type>quarter</type></note>')
XML = (b'<score-partwise><part-list><score-part id="P1"><part-name>x</part-name></score-part>'
       b'</part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions><time>'
       b'<beats>4</beats><beat-type>4</beat-type></time></attributes>' + NOTE * 3 +
       b'</measure></part></score-partwise>')
BYTES = [0, 1, 0x2f, 0x51, 0x58, 0x7f, 0x80, 0x90, 0xf0, 0xf7, 0xff, *b'|:[]()<>-/9zZ&"%']
RULES = MelodyRules(min_bars=1, min_unique_pitches=1)

edit = st.tuples(st.sampled_from(['set', 'cut', 'put', 'end']), st.integers(0, 10 ** 6),
                 st.lists(st.one_of(st.sampled_from(BYTES), st.integers(0, 255)),
                          min_size=1, max_size=5).map(bytes))
edits = st.lists(edit, min_size=1, max_size=5)


def edited(data, changes):
    for kind, place, new in changes:
        place %= len(data) + 1
        rest = {'set': data[place + len(new):], 'cut': data[place + len(new):],
                'put': data[place:], 'end': b''}[kind]
        data = data[:place] + (new if kind in ('set', 'put') else b'') + rest
    return data


def bounded(max_examples):
    return settings(max_examples=max_examples, deadline=5000, derandomize=True, database=None,
                    suppress_health_check=[HealthCheck.too_slow])


def assert_sound(notes):
    checked(notes)
    for events in extract_melodies(notes, RULES).melodies:
        assert len(events) <= RULES.max_steps
        assert np.all((events >= -2) & (events < 128))


def test_what_is_edited_is_readable():
    assert len(read_midi(MIDI).pitches) == 2
    assert [piece.reader for piece in read_tune_book(ABC, 'x')] == ['abc2midi', 'note_seq']
    assert len(read_musicxml(XML).pitches) == 3


@pytest.mark.parametrize(('read', 'data'), [(read_midi, MIDI), (read_musicxml, XML)])
def test_edited_files_give_sound_notes_or_a_value_error(read, data):
    @bounded(400)
    @given(edits)
    def check(changes):
        try:
            notes = read(edited(data, changes))
        except ValueError:
            return
        assert_sound(notes)

    check()


@bounded(30)
@given(edits)
def test_edited_tunes_give_sound_notes_or_a_reason(changes):
    for piece in read_tune_book(edited(ABC, changes), 'book.abc'):
        if piece.notes is None:
            assert piece.reason.startswith('unreadable')
        else:
            assert_sound(piece.notes)
