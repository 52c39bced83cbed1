"""Tunes in ABC: note_seq's reading where there is one, abc2midi's where note_seq refuses."""

import os

import numpy as np
import pytest
import symusic  # noqa: F401  It sets SYMUSIC_ABC2MIDI.
from note_seq.abc_parser import ABCTune

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.abc import read_tune_book
from magenta_reg.readers.abc2midi import read_tunes
from magenta_reg.readers.notes import notes_of_sequence

PLAIN = ['X:1', 'T: Plain', 'M:4/4', 'L:1/8', 'K:D', 'D2 EF G>A B2|_c3 c2 c d2|^fedc BAGF|E4 D4|']
RESTS = ['X:2', 'T:With Rests', 'M:4/4', 'L:1/4', 'K:G', 'G z B d|z2 g F|A4|G4|']


def book(*tunes):
    return '\n\n'.join('\n'.join(lines) for lines in tunes).encode()


def on_the_grid(notes):
    """Returns (start, end, pitch) in quarters, to the sixteenth."""
    quarters_per_minute = notes.tempos[0, 1] if len(notes.tempos) else 120
    per_quarter = 4 * quarters_per_minute / 60
    rows = zip(notes.starts_secs, notes.ends_secs, notes.pitches, strict=True)
    return sorted((round(start * per_quarter) / 4, round(end * per_quarter) / 4, int(pitch))
                  for start, end, pitch in rows)


@pytest.mark.parametrize('lines', [
    PLAIN,
    ['X:9', 'M:3/4', 'L:1/4', 'K:Bb', 'F|B2 c|d2 e|=e2 e|f2', 'f|_a2 g|B3|'],
    ['X:9', 'M:6/8', 'L:1/8', 'Q:3/8=100', 'K:Am', "A,CE A2c|e>dc B/c/d'2|a3 A3|"],
    ['X:9', 'M:C', 'L:1/16', 'K:E mix', 'e2g2 b4 (a2g2) f4|=c4 e4 g8|'],
    ['X:9', 'M:2/4', 'L:1/8', 'R:hornpipe', 'K:G', '"G"G.A Tcd|e2 g2|']])
def test_both_readers_find_the_same_notes(lines):
    theirs = notes_of_sequence(ABCTune(lines).note_sequence)
    (ours,) = read_tunes([lines])
    assert on_the_grid(ours) == on_the_grid(theirs)


def test_what_note_seq_reads_stays_note_seqs():
    (piece,) = read_tune_book(book(PLAIN), 'book.abc')
    theirs = notes_of_sequence(ABCTune(PLAIN).note_sequence)
    assert piece.reader == 'note_seq'
    assert all((a == b).all() for a, b in zip(piece.notes[:3], theirs[:3], strict=True))


def test_rests_tuplets_ties_and_repeats_are_read_by_abc2midi():
    tune = ['X:1', 'M:4/4', 'L:1/4', 'K:C', '|:C z (3D/E/F/ G-|G2 z2:|']
    (piece,) = read_tune_book(book(tune), 'book.abc')
    once = [(0, 1, 60), (2, 2.25, 62), (2.25, 2.75, 64), (2.75, 3, 65), (3, 6, 67)]
    assert piece.reader == 'abc2midi'
    assert on_the_grid(piece.notes) == once + [
        (start + 8, end + 8, pitch) for start, end, pitch in once]


def test_a_rest_is_silence_in_the_melody():
    (piece,) = read_tune_book(book(RESTS), 'book.abc')
    rules = MelodyRules(min_bars=1, min_unique_pitches=1)
    (events,) = extract_melodies(piece.notes, rules).melodies
    assert list(events[:13]) == [67, -2, -2, -2, -1, -2, -2, -2, 71, -2, -2, -2, 74]


def test_names_groups_and_reasons_of_a_book():
    bad = ['X:3', 'T:No key, no music', 'z4|']
    pieces = read_tune_book(book(['%abc'], PLAIN, RESTS, bad), 'a/book.abc')
    assert [piece.name for piece in pieces] == [
        'a/book.abc#1 Plain', 'a/book.abc#2 With Rests', 'a/book.abc#3 No key, no music']
    assert [piece.group for piece in pieces] == ['plain', 'with rests', 'no key no music']
    assert [piece.reader for piece in pieces] == ['note_seq', 'abc2midi', None]
    assert pieces[2].reason.startswith('unreadable')


def test_fields_that_name_files_are_not_handed_on(tmp_path):
    named = tmp_path / 'named'
    tune = [*RESTS[:2], f'F:{named}', f'%%abc-include {named}', '%%MIDI program 1', *RESTS[2:-1],
            f'[F:{named}][I:abc-include {named}]' + RESTS[-1]]
    (notes,) = read_tunes([tune])
    assert on_the_grid(notes) == on_the_grid(read_tunes([RESTS])[0])
    assert not list(tmp_path.iterdir())


def test_a_tune_too_long_for_the_program_is_refused_and_the_next_is_read():
    long = [*RESTS[:-1], 'zG' * 1000]
    refused, notes = read_tunes([long, RESTS])
    assert isinstance(refused, ValueError)
    assert on_the_grid(notes)[0] == (0, 1, 67)


def test_the_program_stopped_by_one_tune_reads_the_others(monkeypatch, tmp_path):
    monkeypatch.setenv('PROGRAM', os.environ['SYMUSIC_ABC2MIDI'])
    program = tmp_path / 'abc2midi'
    program.write_text("""#!/bin/sh
grep -q K:D tune.abc || exec "$PROGRAM" "$@"
sed -i '/^X:1$/,$d' tune.abc
"$PROGRAM" "$@"
kill -SEGV $$
""")
    program.chmod(0o755)
    monkeypatch.setenv('SYMUSIC_ABC2MIDI', str(program))
    first, stopped, last = read_tunes([RESTS, PLAIN, RESTS])
    assert 'status -11' in str(stopped)
    assert on_the_grid(first) == on_the_grid(last)


ONE = ['T:One', 'M:4/4', 'L:1/4', 'K:C', 'CDEF|GABc|']
TWO = ['X:2', 'T:Two', 'M:4/4', 'L:1/4', 'K:G', 'GABc|dedc|']
THREE = ['X:3', 'T:Three', 'M:3/4', 'L:1/4', 'K:D', 'D z F|A3|']
HEADER = ['X:1', 'M:4/4', 'L:1/4', 'K:C']
SCALE = [60, 62, 64, 65, 67, 69, 71, 72]
PITCHES = {'One': SCALE, 'Two': [67, 69, 71, 72, 74, 76, 74, 72], 'Three': [62, 66, 69]}


def pitches(piece):
    """Returns the pitches in the order of their notes, the lower one of a chord first."""
    notes = piece.notes
    return [int(notes.pitches[index]) for index in np.lexsort([notes.pitches, notes.starts_secs])]


def titles_and_pitches(data):
    return [(piece.name.partition(' ')[2], pitches(piece))
            for piece in read_tune_book(data, 'book.abc')]


def assert_reads(data, *titles):
    assert titles_and_pitches(data) == [(title, PITCHES[title]) for title in titles]


def music(*lines, header=HEADER):
    """Returns (start, end, pitch) of a tune in C with quarters."""
    (piece,) = read_tune_book(book([*header, *lines]), 'book.abc')
    return on_the_grid(piece.notes)


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
@pytest.mark.parametrize('line_end', ['\n', '\r\n', '\r', '\r\r\n'])
@pytest.mark.parametrize('between', ['', '\n', '\n \n', '\n% a comment\n\n'])
@pytest.mark.parametrize('number', ['X:1\n', ''])
def test_a_book_is_the_same_tunes_however_it_is_written(encoding, line_end, between, number):
    tunes = [number + '\n'.join(ONE), '\n'.join(TWO), '\n'.join(THREE)]
    text = f'\n{between}'.join(tunes).replace('\n', line_end)
    assert_reads(text.encode(encoding), 'One', 'Two', 'Three')


def test_byte_order_marks_inside_a_book_are_no_text():
    assert_reads('\n\n'.join('\ufeff' + '\n'.join(tune) for tune in (ONE, TWO)).encode(),
                 'One', 'Two')


def test_tunes_without_numbers_are_tunes_wherever_they_are():
    assert_reads(book(ONE, TWO[1:], THREE, ONE), 'One', 'Two', 'Three', 'One')


def test_music_without_a_key_before_the_first_number_is_a_tune_of_its_own():
    first, second = titles_and_pitches(book(['L:1/4', 'CDEF|GABc|'], TWO))
    assert first == ('', SCALE)
    assert second == ('Two', PITCHES['Two'])


def test_the_fields_of_a_file_header_are_defaults_for_every_tune_and_its_prose_is_nothing():
    header = ['Bad cafe music, a book of dances:', 'L:1/4', 'M:3/4', 'T:My book']
    short = ['X:4', 'T:Four', 'K:C', 'CDE|F3|']
    four, two = read_tune_book(book(header, short, TWO), 'book.abc')
    assert on_the_grid(four.notes)[-1] == (3, 6, 65)
    assert pitches(two) == PITCHES['Two']
    assert two.notes.meters[:, 1:].tolist() == [[4, 4]]


def test_free_text_between_tunes_is_no_tune():
    prose = [['The next two are jigs.', 'A: Fife'], ['Page 2'], [':3'], ['AABB'], ['D.C.']]
    assert_reads(book(ONE, prose[0], TWO, *prose[1:]), 'One', 'Two')


def test_an_empty_line_inside_a_tune_does_not_end_its_header_or_its_music():
    spaced = '\n\n'.join([*TWO[:-1], 'GABc|', 'w:la', 'ded', 'P:B\nc|', *THREE])
    assert_reads(spaced.encode(), 'Two', 'Three')


def test_text_without_a_tune_is_named():
    (piece,) = read_tune_book(b'Dear friends,\n\nhere are the tunes.', 'book.abc')
    assert piece.reason.startswith('unreadable')
    assert read_tune_book('\ufeff\n\n'.encode(), 'book.abc') == []


@pytest.mark.parametrize('line', ['%abc', 'N::1st Setting', 'C:Trad.', 'A: Fife', 'r:a remark',
                                  'w:la', 'd:* * trill *', 'E:', '+:more'])
def test_a_field_in_the_music_is_no_music(line):
    assert [pitch for *_, pitch in music('CDEF|', line, 'GABc|')] == SCALE


@pytest.mark.parametrize(('lines', 'expected'), [
    (('CDE', 'F:|', 'GABc|'), SCALE),
    (('CDE', 'F: |', 'GABc|'), SCALE),
    (('CDEF|GAB', 'c:|]'), SCALE),
    (('CDEF|', 'G::A B c', 'c2:|'), [*SCALE, 72]),
    (('CDE', 'F::', 'G2A2:|'), SCALE[:6]),
    (('z:|', 'CD|'), [60, 62])])
def test_a_note_before_a_repeat_at_the_start_of_a_line_is_no_field(lines, expected):
    for more in ([], ['z4|']):  # The rest is for abc2midi alone, which plays repeats.
        found = [pitch for *_, pitch in music(*lines, *more)]
        once = [pitch for index, pitch in enumerate(found) if pitch not in found[:index]]
        assert found == expected or more
        assert once == sorted(set(expected))


WORDS = ['trill', 'f', 'ff', 'mp', 'sfz', 'D.C.', 'D.S.', 'D.C. al fine', 'fermata', 'Segno',
         'Coda', '4', '>', '<(', 'crescendo)', '8va(', 'fermat:a', 'upbow', 'accent', 'trem2', '+']


@pytest.mark.parametrize('word', WORDS)
def test_a_word_between_two_marks_is_a_decoration(word):
    expected = [60, 62, 64, 65]
    assert [pitch for *_, pitch in music(f'C!{word}!D E!{word}!F|')] == expected
    if word != '+':
        assert [pitch for *_, pitch in music(f'C+{word}+D E+{word}+F|')] == expected


@pytest.mark.parametrize('line', [
    '!CDEF|GABc!', 'CDEF!GABc|', 'CDEF|!GABc!|z4|', '!CDE!F!GA!Bc!|', 'CD!E!F|!tenuto!G!ABc!',
    '!~CTD.E vF!GABc|', '!CDEF GABc!'])
def test_music_between_two_old_line_breaks_is_played(line):
    assert [pitch for *_, pitch in music(line)] == SCALE


@pytest.mark.parametrize('line', [
    'CDEF|<br>', '<BR>CDEF|', 'CD<br />EF|', '<p>CDEF|</p>', '<pre>', 'C`D``E F$|', 'CD+EF|'])
def test_what_comes_of_web_pages_and_typing_is_no_music(line):
    rest = [] if 'F' in line else ['CDEF|']
    assert music(line, *rest, 'GABc|') == [
        (start, start + 1, pitch) for start, pitch in enumerate(SCALE)]


def test_broken_rhythm_around_notes_is_no_tag():
    assert music('z4|C<Bc>d') == [(4, 4.5, 60), (4.5, 6, 71), (6, 7.5, 72), (7.5, 8, 74)]


@pytest.mark.parametrize(('old', 'new'), [
    ('C+CEG+ D +F2A2+ z', 'C[CEG] D [F2A2] z'), ('+_EG+c+B,=F+', '[_EG]c[B,=F]'),
    ('+C/E/+ +G3B3+', '[C/E/] [G3B3]'), ('"Am"+A,C E+ +trill+c', '"Am"[A,CE] c')])
def test_notes_between_two_plus_signs_are_a_chord_and_time_goes_on(old, new):
    assert music(old) == music(new)


@pytest.mark.parametrize('kind', ['text', 'ps', 'svg'])
@pytest.mark.parametrize('text', [['free text'], ['a cabbage', '', 'X:7', 'K:D', 'abc|'], []])
def test_a_block_of_text_is_no_music_wherever_it_is(kind, text):
    block = [f'%%begin{kind}', *text, f'%%end{kind}']
    lines = [*block, *TWO[:3], *block, *TWO[3:5], 'GABc|', *block, 'dedc|', *block]
    assert_reads(book(lines, block, THREE), 'Two', 'Three')


def test_a_block_of_text_without_an_end_ends_where_the_next_tune_begins():
    lines = ['%%begintext', 'a cabbage', '', 'bad beef|', '%%beginps', 'abc|']
    assert_reads(book(TWO + lines, THREE, ['%%begintext', 'x', '%%endtext']), 'Two', 'Three')


@pytest.mark.parametrize(('music_of_two', 'first_secs'), [
    ('a>>b', 1.75), ('a<<b', 0.25), ('a>>>b', 1.875), ('a>b', 1.5)])
def test_double_broken_rhythm_is_a_double_dot(music_of_two, first_secs):
    (first, second) = [(start, end) for start, end, _ in music(f'z2{music_of_two}')]
    assert first == (2, round((2 + first_secs) * 4) / 4)
    assert second == (first[1], 4)


@pytest.mark.parametrize(('meter', 'quarters'), [
    ('3/4', 2), ('2/4', 2), ('3/8', 2), ('C', 2), ('6/8', 3), ('9/8', 3), ('12/8', 3)])
@pytest.mark.parametrize('tuplet', ['(5GABcd', '(7GABcdef', '(9GABcdefga'])
def test_odd_tuplets_take_three_notes_time_in_compound_meters_alone(meter, quarters, tuplet):
    found = music('z2', f'{tuplet}b', header=['X:1', f'M:{meter}', 'L:1/4', 'K:C'])
    assert found[-1] == (2 + quarters, 3 + quarters, 83)


def test_the_notes_of_a_large_chord_are_struck_at_once():
    assert {start for start, *_ in music('z', '[CDEFGABcdefgab]', 'z', '[CEGceg]/4')} == {1, 3}


def test_what_mail_makes_of_an_equals_sign_is_a_natural():
    assert music('^CD|C=3DC=20', 'z|=', 'D') == music('^CD|C=C', 'z|', 'D')
