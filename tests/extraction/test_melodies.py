"""Melodies equal those of Magenta's own pipeline, note for note, on any notes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from magenta.pipelines.melody_pipelines import MelodyExtractor
from magenta.pipelines.note_sequence_pipelines import Quantizer, TimeChangeSplitter
from note_seq import MIDIConversionError, NoteSequence, midi_to_note_sequence

from magenta_reg.extraction.melodies import MAGENTA_RULES, MelodyRules, extract_melodies
from magenta_reg.readers.midi import read_midi
from magenta_reg.readers.notes import notes_of_sequence

# Short melodies count, so that every rule is met often.
SHORT = MelodyRules(min_bars=1, max_steps=40, min_unique_pitches=3)


def magenta_melodies(sequence, rules):
    """Returns the melodies, as lists of events, of Magenta's pipeline and its counts."""
    extractor = MelodyExtractor(
        min_bars=rules.min_bars, max_steps=rules.max_steps, gap_bars=rules.gap_bars,
        min_unique_pitches=rules.min_unique_pitches,
        ignore_polyphonic_notes=rules.ignore_polyphonic_notes)
    melodies, counts = [], {}
    for section in TimeChangeSplitter().transform(sequence):
        quantizer = Quantizer(steps_per_quarter=rules.steps_per_quarter)
        for quantized in quantizer.transform(section):
            melodies += [list(melody) for melody in extractor.transform(quantized)]
            for stat in extractor.get_stats():
                if hasattr(stat, 'count'):
                    name = stat.name.split('_', 1)[1]
                    counts[name] = counts.get(name, 0) + stat.count
    return melodies, counts


def sequence_of(notes, tempos=(), meters=()):
    """Returns a NoteSequence of (start, duration, pitch, velocity, instrument, is_drum) rows."""
    sequence = NoteSequence()
    for start, duration, pitch, velocity, instrument, is_drum in notes:
        sequence.notes.add(start_time=start, end_time=start + duration, pitch=pitch,
                           velocity=velocity, instrument=instrument, is_drum=is_drum)
    for time, qpm in tempos:
        sequence.tempos.add(time=time, qpm=qpm)
    for time, numerator, denominator in meters:
        sequence.time_signatures.add(time=time, numerator=numerator, denominator=denominator)
    sequence.total_time = max((note.end_time for note in sequence.notes), default=0.0)
    return sequence


def secs(maximum):
    """Times on the grid of 120 quarters a minute, at its halves, and anywhere."""
    sixteenths = st.integers(0, int(maximum * 8)).map(lambda step: step / 8)
    halves = st.integers(0, int(maximum * 16)).map(lambda step: step / 16)
    return st.one_of(sixteenths, halves, st.floats(0, maximum))


notes = st.lists(st.tuples(
    secs(30), secs(4), st.integers(55, 70), st.sampled_from([0, 60, 60, 60, 60]),
    st.sampled_from([0, 0, 1]), st.sampled_from([False] * 5 + [True])), max_size=60)
tempos = st.lists(st.tuples(secs(20), st.sampled_from([60.0, 100.0, 120.0, 133.3])), max_size=3)
meters = st.lists(st.tuples(secs(20), st.sampled_from([0, 2, 3, 4, 5]),
                            st.sampled_from([2, 4, 8, 32, 5])), max_size=3)

SHORT_OR_PLAIN = ['too_short', 'too_few_pitches']


@settings(max_examples=300, deadline=None)
@given(notes, tempos, meters, st.booleans(), st.sampled_from([0.5, 1.0, 2.0]))
@example([], [], [], True, 1.0)
def test_melodies_equal_magentas(notes, tempos, meters, ignore_polyphonic_notes, gap_bars):
    rules = SHORT._replace(ignore_polyphonic_notes=ignore_polyphonic_notes, gap_bars=gap_bars)
    sequence = sequence_of(notes, tempos, meters)
    expected, counts = magenta_melodies(sequence, rules)
    extraction = extract_melodies(notes_of_sequence(sequence), rules)
    assert [events.tolist() for events in extraction.melodies] == expected
    discards = extraction.discards
    theirs = [counts.get(f'melodies_discarded_{name}', 0) for name in SHORT_OR_PLAIN]
    ours = [discards[name] for name in SHORT_OR_PLAIN]
    # In a bar of one step, a melody of one step has no event to predict, and is too short for us.
    assert sum(ours) == sum(theirs) if any(meter[1:] == (2, 32) for meter in meters) else (
        ours == theirs)
    assert discards['polyphonic'] == counts.get('polyphonic_tracks_discarded', 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(secs(2), st.integers(40, 90)), min_size=30, max_size=80))
def test_one_dense_voice_equals_magentas(steps):
    starts = np.cumsum([delta / 4 for delta, _ in steps])
    sequence = sequence_of([(start, 0.2, pitch, 60, 0, False)
                            for start, (_, pitch) in zip(starts, steps, strict=True)])
    rules = MelodyRules(min_bars=2, max_steps=64)
    extraction = extract_melodies(notes_of_sequence(sequence), rules)
    assert [events.tolist() for events in extraction.melodies] == (
        magenta_melodies(sequence, rules)[0])


@pytest.mark.parametrize('every', [95, pytest.param(1, marks=pytest.mark.slow)])
def test_real_performances_give_magentas_melodies(ecompetition, every):
    for path in sorted(Path(ecompetition).rglob('*.mid'))[::every]:
        data = path.read_bytes()
        try:
            expected, counts = magenta_melodies(midi_to_note_sequence(data), MAGENTA_RULES)
        except MIDIConversionError:
            with pytest.raises(ValueError, match=r'.'):
                read_midi(data)
            continue
        extraction = extract_melodies(read_midi(data))
        assert [events.tolist() for events in extraction.melodies] == expected, path
        for reason in ('too_short', 'too_few_pitches'):
            assert extraction.discards[reason] == counts[f'melodies_discarded_{reason}'], path


def only_discard(*args, rules=MAGENTA_RULES):
    """Returns the one reason that a piece without melodies was discarded for."""
    extraction = extract_melodies(notes_of_sequence(sequence_of(*args)), rules)
    assert not extraction.melodies
    (reason,) = extraction.discards
    return reason


def line(pitches, secs_each=0.5, **fields):
    row = {'velocity': 60, 'instrument': 0, 'is_drum': False, **fields}
    return [(i * secs_each, secs_each, pitch, *row.values()) for i, pitch in enumerate(pitches)]


SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def test_each_discard_has_its_reason():
    assert only_discard(line(SCALE)) == 'too_short'
    assert only_discard(line([60, 62] * 20)) == 'too_few_pitches'
    assert only_discard(line(SCALE * 5), [], [(0.0, 3, 32)]) == 'non_integer_steps_per_bar'
    assert only_discard(line(SCALE * 5), [], [(0.0, 4, 5)]) == 'bad_time_signature'
    polyphonic = line(SCALE * 5) + line([48] * 40)
    assert only_discard(polyphonic, rules=MelodyRules(ignore_polyphonic_notes=False)) == (
        'polyphonic')


@pytest.mark.parametrize('notes', [
    [], line(SCALE * 5, is_drum=True), line(SCALE * 5, velocity=0)])
def test_nothing_comes_of_notes_that_are_not_heard(notes):
    extraction = extract_melodies(notes_of_sequence(sequence_of(notes)))
    assert not extraction.melodies
    assert not extraction.discards


def test_where_notes_start_together_the_highest_is_taken_and_that_is_said():
    notes = line(SCALE * 5)
    alone = extract_melodies(notes_of_sequence(sequence_of(notes)), MelodyRules())
    both = extract_melodies(notes_of_sequence(sequence_of(line([48] * 40) + notes)), MelodyRules())
    np.testing.assert_array_equal(alone.melodies, both.melodies)
    assert both.is_reduced
    assert not alone.is_reduced


@pytest.mark.parametrize(('tempos', 'meters'), [
    ([(0.0, 120.0), (4.0, 60.0), (4.0, 120.0)], []),
    ([(0.0, 60.0), (0.0, 120.0)], [(4.0, 3, 4), (4.0, 4, 4)]),
    ([(4.0, 60.0), (4.0, 90.0), (4.0, 120.0)], [(4.0, 4, 4), (4.0, 3, 4), (4.0, 4, 4)]),
    ([(4.0, 120.0)], [(0.0, 3, 4), (0.0, 4, 4), (4.0, 4, 4)])])
def test_changes_that_last_no_time_do_not_cut_a_melody(tempos, meters):
    whole = extract_melodies(notes_of_sequence(sequence_of(line(SCALE * 5))))
    changed = extract_melodies(notes_of_sequence(sequence_of(line(SCALE * 5), tempos, meters)))
    np.testing.assert_array_equal(changed.melodies, whole.melodies)
    assert len(whole.melodies) == 1


@settings(max_examples=100, deadline=None)
@given(notes, tempos, meters)
def test_of_changes_at_one_time_the_last_counts(notes, tempos, meters):
    changed = [[change for time, *values in changes for change in (
        (time, *[value + 1 for value in values]), (time, *values))] for changes in (tempos, meters)]
    ours, expected = ([events.tolist() for events in extract_melodies(
        notes_of_sequence(sequence_of(notes, *changes)), SHORT).melodies]
        for changes in (changed, (tempos, meters)))
    assert ours == expected


def test_a_change_that_lasts_cuts_a_melody():
    extraction = extract_melodies(notes_of_sequence(sequence_of(
        line(SCALE * 8), [(0.0, 120.0), (16.0, 240.0)])))
    assert [len(events) for events in extraction.melodies] == [128, 256]
