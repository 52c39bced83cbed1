"""Tunes in ABC: note_seq's reading where there is one, abc2midi's where note_seq refuses."""

import os

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
