"""What a score says is read as the MusicXML standard means it: times, meters, pitches, parts."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.musicxml import read_musicxml
from tests.readers.musicxml_scores import (
    FOUR_FOUR,
    meters,
    move,
    note,
    notes,
    pitch,
    rows,
    score,
)

RULES = MelodyRules(min_bars=1, min_unique_pitches=1)
SOUND = '<sound tempo="60"/>'
METRONOME = ('<direction-type><metronome><beat-unit>half</beat-unit><beat-unit-dot/>'
             '<per-minute>{}</per-minute></metronome></direction-type>')


def direction(content):
    return f'<direction>{content}</direction>'


def starts(found, part=0):
    return [start for number, start, _, _ in rows(found) if number == part]


def time(beats, unit=4):
    return (f'<attributes><time><beats>{beats}</beats><beat-type>{unit}</beat-type></time>'
            '</attributes>')


# Tempo


def test_a_second_voice_is_slower_where_the_first_is():
    second = move('backup', 4) + notes('CDEF', octave=3)
    bar = notes('CD') + direction(SOUND) + notes('EF') + second
    found = read_musicxml(score([FOUR_FOUR + bar, notes('GABC')]))
    assert [row[1:3] for row in rows(found) if row[3] < 60] == [(0, .5), (.5, 1), (1, 2), (2, 3)]
    assert starts(found)[-4:] == [3, 4, 5, 6]


@pytest.mark.parametrize('slower', [0, 1])
def test_a_tempo_of_any_part_is_one_of_all_parts(slower):
    parts = [[FOUR_FOUR + notes('CDEF'), notes('GABC'), notes('CDEF')] for _ in range(2)]
    parts[slower][1] = direction(SOUND) + parts[slower][1]
    found = read_musicxml(score(*parts))
    assert starts(found) == starts(found, part=1) == [0, .5, 1, 1.5, *range(2, 10)]
    assert found.total_secs == 10


@pytest.mark.parametrize('place', [SOUND, direction(SOUND), direction(METRONOME.format(20)),
                                   direction(METRONOME.format('c. 20')),
                                   direction(METRONOME.format(100) + SOUND),
                                   direction(METRONOME.format(100)) + SOUND])
def test_a_tempo_is_found_wherever_it_stands(place):
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF'), place + notes('GABC')]))
    assert starts(found) == [0, .5, 1, 1.5, 2, 3, 4, 5]
    assert found.tempos.tolist() == [[0, 120], [2, 60]]


@pytest.mark.parametrize(('place', 'secs'), [
    (direction(SOUND + '<offset sound="yes">1</offset>'), 1.0),
    (direction(SOUND + '<offset>1</offset>'), 0.5),
    (direction('<sound tempo="60"><offset>-1</offset></sound>'), 0.0)])
def test_a_tempo_counts_where_its_offset_says(place, secs):
    found = read_musicxml(score([FOUR_FOUR + note('C') + place + notes('DEF')]))
    assert found.tempos[-1].tolist() == [secs, 60]


def test_a_tempo_of_nothing_is_the_default():
    found = read_musicxml(score([FOUR_FOUR + '<sound tempo="0"/><sound/>' + notes('CDEF')]))
    assert starts(found) == [0, .5, 1, 1.5]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 23), st.sampled_from([30, 60, 240])),
                max_size=6, unique_by=lambda change: change[1]), st.sampled_from([1, 3, 10080]))
def test_any_tempos_in_any_part_move_all_notes_alike(changes, divisions):
    tempos = {quarter: tempo for _, quarter, tempo in changes}
    secs = [0.0]
    tempo = 120
    for quarter in range(24):
        tempo = tempos.get(quarter, tempo)
        secs.append(secs[-1] + 60 / tempo)
    parts = []
    for part in range(2):
        own = {quarter: tempo for number, quarter, tempo in changes if number == part}
        bars = []
        for bar in range(6):
            voice = ''.join(
                (f'<sound tempo="{own[quarter]}"/>' if quarter in own else '') +
                note('C', divisions) for quarter in range(4 * bar, 4 * bar + 4))
            bars.append(voice + move('backup', 4 * divisions) + move('forward', divisions) +
                        note('D', 3 * divisions))
        bars[0] = FOUR_FOUR.replace('>1<', f'>{divisions}<') + bars[0]
        parts.append(bars)
    expected = [(part, *map(float, span), 60) for part in range(2) for span in pairwise(secs)]
    expected += [(part, secs[4 * bar + 1], secs[4 * bar + 4], 62)
                 for part in range(2) for bar in range(6)]
    np.testing.assert_allclose(rows(read_musicxml(score(*parts))), sorted(expected), atol=1e-5)


# Bars and meters


def test_an_empty_bar_is_no_meter_and_no_time():
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF'), '', notes('GABC')]))
    assert meters(found) == [(0, 4, 4)]
    assert starts(found) == list(np.arange(8) / 2)
    assert len(extract_melodies(found, RULES).melodies) == 1


@pytest.mark.parametrize('content', ['', '<attributes/>', move('forward', 4), note('', 4)])
def test_a_bar_that_is_empty_in_one_part_lasts_as_in_the_other(content):
    full = [FOUR_FOUR + notes('CDEF'), notes('GABC'), notes('EEEE')]
    found = read_musicxml(score(full, [full[0], content, full[2]]))
    assert starts(found, part=1) == [0, .5, 1, 1.5, 4, 4.5, 5, 5.5]
    assert meters(found) == [(0, 4, 4)]


def test_a_bar_is_full_if_any_voice_fills_it():
    bar = note('C', 2) + move('backup', 2) + notes('EFGA')
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF'), bar, notes('CDEF')]))
    assert meters(found) == [(0, 4, 4)]


def test_a_short_bar_has_a_meter_of_its_own():
    found = read_musicxml(score([FOUR_FOUR + notes('C'), notes('CDEF'), notes('CDE'),
                                 notes('CDEF')]))
    assert meters(found) == [(0, 1, 4), (.5, 4, 4), (2.5, 3, 4), (4, 4, 4)]


def test_bars_that_state_no_meter_have_that_of_their_length():
    divisions = '<attributes><divisions>1</divisions></attributes>'
    found = read_musicxml(score([divisions + notes('CDEF'), notes('CDE'), notes('DEF')]))
    assert meters(found) == [(0, 4, 4), (2, 3, 4)]


@pytest.mark.parametrize(('beats', 'unit', 'meter'), [
    ('3+2', 4, (5, 4)), (' 3 + 2+2 ', 8, (7, 8)), ('12', 8, (12, 8)), ('4.0', 4, (4, 4))])
def test_beats_are_added_up(beats, unit, meter):
    found = read_musicxml(score([time(beats, unit) + note('C', 4 * meter[0] / meter[1])]))
    assert meters(found) == [(0, *meter)]


def test_several_pairs_of_beats_are_one_meter():
    pairs = ('<attributes><time><beats>2</beats><beat-type>4</beat-type>'
             '<beats>3</beats><beat-type>8</beat-type></time></attributes>')
    assert meters(read_musicxml(score([pairs + note('C', 3.5)]))) == [(0, 7, 8)]


def test_senza_misura_goes_on_in_the_meter_before():
    free = '<attributes><time><senza-misura/></time></attributes>'
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF'), free + notes('CDEFGAB'), notes('CDE'),
                                 time(3) + notes('CDE')]))
    assert meters(found) == [(0, 4, 4), (7, 3, 4)]
    assert len(rows(read_musicxml(score([free + notes('CDEFGAB')])))) == 7


def test_a_meter_may_change_inside_a_bar():
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF') + time(3) + notes('CDE'),
                                 notes('CDE')]))
    assert meters(found) == [(0, 4, 4), (2, 3, 4)]


def test_the_same_music_in_other_divisions_has_the_same_times():
    bars = [FOUR_FOUR + note('C', 0.5) + note('D', 1.5) + note('E', 2), notes('CDEF')]
    expected = rows(read_musicxml(score(bars)))
    for divisions in (2, 480, 10080, 2.5):
        other = [FOUR_FOUR.replace('>1<', f'>{divisions}<') + note('C', divisions / 2) +
                 note('D', divisions * 1.5) + note('E', divisions * 2),
                 notes('CDEF', duration=divisions)]
        assert rows(read_musicxml(score(other))) == expected


# Positions


@pytest.mark.parametrize('duration', ['1.0', ' 1 ', '1.', '01', '+1'])
def test_a_duration_is_a_decimal(duration):
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF', duration=duration)]))
    assert starts(found) == [0, .5, 1, 1.5]


@pytest.mark.parametrize('duration', ['x', '', '-1', '1e9', 'nan', '9' * 50, '1/2'])
def test_a_duration_that_is_no_number_is_named(duration):
    with pytest.raises(ValueError, match=r'^<duration> is .*$'):
        read_musicxml(score([FOUR_FOUR + notes('CDEF', duration=duration)]))


def test_a_backup_does_not_leave_its_bar():
    found = read_musicxml(score([FOUR_FOUR + notes('CDEF'), notes('GABC') + move('backup', 5) +
                                 note('E')]))
    assert rows(found)[4][1] == 2


def test_a_chord_begins_and_ends_with_its_first_note():
    chord = note('E', 2, extra='<chord/>')
    found = read_musicxml(score([FOUR_FOUR + note('C') + chord + notes('DEF')]))
    assert rows(found)[:2] == [(0, 0, .5, 60), (0, 0, .5, 64)]
    assert len(rows(found)) == 5


def test_a_grace_note_takes_no_time():
    grace = f'<note><grace/>{pitch("B")}</note>'
    found = read_musicxml(score([FOUR_FOUR + grace + notes('CDEF')]))
    assert starts(found) == [0, .5, 1, 1.5]


# Pitches and parts


@pytest.mark.parametrize(('step', 'alter', 'number'), [
    ('C', -1, 59), ('B', 1, 72), ('C', -2, 58), ('B', 2, 73), ('F', 1, 66), ('E', '0.5', 64),
    ('B', '-1.0', 70)])
def test_an_altered_pitch_keeps_its_octave(step, alter, number):
    found = read_musicxml(score([FOUR_FOUR + note(step, alter=alter)]))
    assert found.pitches.tolist() == [number]


@pytest.mark.parametrize(('transpose', 'number'), [
    ('<chromatic>-2</chromatic>', 58), ('<chromatic>0</chromatic>', 60),
    ('<diatonic>-1</diatonic><chromatic>-2</chromatic><octave-change>-1</octave-change>', 46)])
def test_a_transposing_part_sounds_as_it_says_and_the_next_one_not(transpose, number):
    bar = f'<attributes><transpose>{transpose}</transpose></attributes>' + note('C')
    found = read_musicxml(score([bar, note('C')], [note('C')]))
    assert [row[3] for row in rows(found)] == [number, number, 60]


def test_a_staff_may_transpose_by_itself():
    bar = ('<attributes><transpose number="2"><chromatic>-12</chromatic></transpose></attributes>' +
           note('C') + note('C').replace('</note>', '<staff>2</staff></note>'))
    assert read_musicxml(score([bar])).pitches.tolist() == [60, 48]


def test_a_drum_part_is_left_out_and_counted():
    found = read_musicxml(score([FOUR_FOUR + notes('xxxx')], [FOUR_FOUR + notes('CDEF')]))
    assert [row[::3] for row in rows(found)] == [(1, 60), (1, 62), (1, 64), (1, 65)]
    assert found.left_out == '4 unpitched notes left out (in 1 of 2 parts)'


def test_unpitched_notes_among_others_take_their_time():
    found = read_musicxml(score([FOUR_FOUR + notes('CxEx')]))
    assert starts(found) == [0, 1]


def test_a_pitch_that_midi_does_not_have_is_left_out_and_counted():
    found = read_musicxml(score([FOUR_FOUR + note('C', octave=10) + notes('DEF')]))
    assert found.pitches.tolist() == [62, 64, 65]
    assert found.left_out == '1 pitches outside [0, 128) left out (in 1 of 1 parts)'


def test_a_score_of_drums_alone_says_so():
    with pytest.raises(ValueError, match=r'^it has no other notes: 4 unpitched notes left out'):
        read_musicxml(score([FOUR_FOUR + notes('xxxx')]))


def test_what_is_no_pitch_or_time_refuses_no_score():
    odd = ('<harmony><root><root-step>C</root-step></root><kind>Neapolitan</kind></harmony>' +
           note('C').replace('<voice>1</voice>', '<voice>one</voice><type>odd</type>'))
    assert len(rows(read_musicxml(score([FOUR_FOUR + odd])))) == 1


def test_a_timewise_score_equals_the_partwise_one():
    parts = [[FOUR_FOUR + notes('CDEF'), notes('GABC')], [FOUR_FOUR + notes('EEEE'), note('D', 4)]]
    bars = ''.join('<measure>' + ''.join(
        f'<part id="P{number}">{bar}</part>' for number, bar in enumerate(each)) + '</measure>'
        for each in zip(*parts, strict=True))
    timewise = f'<score-timewise>{bars}</score-timewise>'.encode()
    assert rows(read_musicxml(timewise)) == rows(read_musicxml(score(*parts)))


@pytest.mark.parametrize(('bar', 'name'), [
    (note('H'), 'step'), (note('C', octave='x'), 'octave'), (note('C', alter='x'), 'alter'),
    (time('x'), 'beats'), (time(4, 0), 'beats'), ('<sound tempo="fast"/>', 'tempo'),
    ('<sound tempo="-60"/>', 'tempo'), (FOUR_FOUR.replace('>1<', '>0<'), 'divisions'),
    (FOUR_FOUR.replace('>1<', '>-4<'), 'divisions')])
def test_what_cannot_be_read_is_named(bar, name):
    with pytest.raises(ValueError, match=rf'^[^\n]*{name}[^\n]*$'):
        read_musicxml(score([bar]))


def test_endless_fractions_are_refused_soon():
    bars = [f'<attributes><divisions>{10 ** 30 + 7 * number}</divisions></attributes>' + note('C')
            for number in range(2000)]
    with pytest.raises(ValueError, match='too many different fractions'):
        read_musicxml(score(bars))
