"""Windows hold all of a melody that Magenta cuts off, on its bar lines, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from magenta.pipelines.melody_pipelines import MelodyExtractor
from magenta.pipelines.note_sequence_pipelines import Quantizer, TimeChangeSplitter
from note_seq import Melody, NoteSequence

from magenta_reg.base.errors import UserError
from magenta_reg.extraction.melodies import MelodyRules, extract_melodies
from magenta_reg.readers.notes import Notes, notes_of_sequence

HELD = -2
STEPS_PER_SEC = 8  # At 120 quarters a minute.


def notes_at(rows, meter=(4, 4)):
    """Returns Notes of (start, end, pitch) rows in steps."""
    starts, ends, pitches = np.array(rows, np.int64).T
    return Notes(starts / STEPS_PER_SEC, ends / STEPS_PER_SEC, pitches,
                 np.full(len(rows), 60), np.zeros(len(rows), np.int64), np.zeros(len(rows), bool),
                 np.zeros([0, 2]), np.array([(0.0, *meter)]), float(ends.max() / STEPS_PER_SEC))


def scale(num_notes, steps_each=2, start=0):
    return [(start + i * steps_each, start + (i + 1) * steps_each, 60 + i % 12)
            for i in range(num_notes)]


def windows_of(rows, meter=(4, 4), **rules):
    extraction = extract_melodies(notes_at(rows, meter), MelodyRules(**rules))
    return [events.tolist() for events in extraction.melodies], extraction.discards


def magenta_windows(sequence, rules):
    """Returns the windows of the Melody objects that Magenta gives when it may not cut any."""
    extractor = MelodyExtractor(min_bars=rules.min_bars, max_steps=10 ** 9,
                                gap_bars=rules.gap_bars, min_unique_pitches=0,
                                ignore_polyphonic_notes=True)
    windows = []
    for section in TimeChangeSplitter().transform(sequence):
        for quantized in Quantizer(steps_per_quarter=4).transform(section):
            for melody in extractor.transform(quantized):
                windows += melody_windows(list(melody), melody.steps_per_bar, rules)
    return [window for window in windows
            if len({event % 12 for event in window if event >= 0}) >= rules.min_unique_pitches]


def melody_windows(events, steps_per_bar, rules):
    def whole_bars(steps):
        return steps // steps_per_bar * steps_per_bar if steps >= steps_per_bar else steps

    size, hop = whole_bars(rules.window_steps), whole_bars(rules.window_hop_steps)
    windows, begin = [], 0
    while True:
        window = events[begin:begin + size]
        if len(window) == size or len(window) >= rules.min_bars * steps_per_bar:
            windows.append(list(Melody(window)))
        if begin + size >= len(events):
            return windows
        begin += hop


steps = st.integers(0, 300)
notes = st.lists(st.tuples(steps, st.integers(1, 40), st.integers(55, 70)), max_size=60)


@settings(max_examples=300)
@given(notes, st.sampled_from([(4, 4), (3, 4), (2, 4), (7, 8)]), st.integers(1, 3),
       st.integers(1, 120), st.integers(1, 120), st.floats(0.0, 40.0))
def test_windows_are_those_of_magentas_uncut_melody(rows, meter, min_bars, one, other, change_secs):
    sequence = NoteSequence(total_time=60.0)
    for start, duration, pitch in rows:
        sequence.notes.add(start_time=start / STEPS_PER_SEC, velocity=60, pitch=pitch,
                           end_time=(start + duration) / STEPS_PER_SEC)
    sequence.time_signatures.add(time=0.0, numerator=meter[0], denominator=meter[1])
    sequence.time_signatures.add(time=change_secs, numerator=4, denominator=4)
    rules = MelodyRules(min_bars=min_bars, min_unique_pitches=2, window_steps=max(one, other),
                        window_hop_steps=min(one, other))
    melodies = extract_melodies(notes_of_sequence(sequence), rules).melodies
    assert [events.tolist() for events in melodies] == magenta_windows(sequence, rules)


def test_windows_side_by_side_are_the_whole_melody():
    rows = scale(1000)
    windows, discards = windows_of(rows, window_steps=512)
    ((whole,), _) = windows_of(rows, max_steps=10 ** 9)
    assert [len(window) for window in windows] == [512, 512, 512, 464]
    assert [event for window in windows for event in window] == whole
    assert not discards


def test_windows_that_overlap_end_with_the_one_that_reaches_the_end():
    windows, discards = windows_of(scale(300), window_steps=256, window_hop_steps=128)
    ((whole,), _) = windows_of(scale(300), max_steps=10 ** 9)
    assert windows == [whole[begin:begin + 256] for begin in (0, 128, 256, 384)]
    assert not discards


def test_the_rest_is_kept_from_min_bars_on_and_counted_below():
    windows, discards = windows_of(scale(256 + 56), window_steps=512)
    assert [len(window) for window in windows] == [512, 112]
    assert not discards
    windows, discards = windows_of(scale(256 + 55), window_steps=512)
    assert [len(window) for window in windows] == [512]
    assert discards == {'rest_too_short': 1}


def test_full_windows_may_be_shorter_than_min_bars():
    windows, _ = windows_of(scale(60), window_steps=64, min_bars=7)
    assert [len(window) for window in windows] == [64]


def test_a_window_without_enough_pitches_is_counted_and_the_others_stay():
    rows = scale(128) + [(256 + 2 * i, 258 + 2 * i, 60) for i in range(128)] + scale(128, 2, 512)
    windows, discards = windows_of(rows, window_steps=256)
    assert [window[0] for window in windows] == [60, 60]
    assert discards == {'too_few_pitches': 1}


def test_windows_in_three_four_are_whole_bars():
    windows, _ = windows_of(scale(600), meter=(3, 4), window_steps=512)
    assert [len(window) for window in windows] == [504, 504, 192]


def test_a_note_held_into_a_window_is_not_struck_again():
    rows = [*scale(127), (254, 259, 71), *scale(127, 2, 260)]
    windows, _ = windows_of(rows, window_steps=256)
    # Its note-off at step 259 is not in the window either: nothing sounds that it could end.
    assert windows[0][-2:] == [71, HELD]
    assert windows[1][:5] == [HELD, HELD, HELD, HELD, 60]


def test_a_last_note_that_ends_before_the_window_does_has_its_note_off():
    rows = [*scale(126), (252, 253, 71), *scale(127, 2, 258)]
    assert windows_of(rows, window_steps=256)[0][0][-4:] == [71, -1, HELD, HELD]


def test_a_note_that_lasts_for_years_is_discarded_without_memory_for_it():
    notes = notes_at([*scale(100), (200, 2 ** 31, 60)])
    tracemalloc.start()
    extraction = extract_melodies(notes, MelodyRules(window_steps=512))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not extraction.melodies
    assert extraction.discards == {'too_long': 1}
    assert peak_bytes < 1e6
    # The cut takes what is before it, as Magenta does.
    assert [len(events) for events in extract_melodies(notes).melodies] == [512]


def test_a_day_of_one_held_note_is_empty_windows():
    day_steps = 24 * 3600 * STEPS_PER_SEC
    rows = [*scale(256), (512, day_steps, 60), *scale(256, 2, day_steps)]
    windows, discards = windows_of(rows, window_steps=512)
    assert len(windows) == 2
    assert discards == {'too_few_pitches': day_steps // 512 - 1}


@pytest.mark.parametrize(('rules', 'message'), [
    ({'window_steps': 1}, '--window_steps=1 is too small: give 2 or more'),
    ({'window_steps': 64, 'window_hop_steps': 0}, '--window_hop_steps=0 is too small: give 1'),
    ({'window_hop_steps': 64}, '--window_hop_steps=64 means nothing without --window_steps'),
    ({'window_steps': 64, 'window_hop_steps': 65}, 'would skip music'),
    ({'max_steps': 0}, '--max_steps=0 is too small: give 2'),
    ({'gap_bars': 0.0}, '--gap_bars=0.0 is not positive'),
    ({'gap_bars': float('nan')}, '--gap_bars=nan is not positive')])
def test_rules_that_allow_nothing_are_an_error(rules, message):
    with pytest.raises(UserError, match=message):
        MelodyRules(**rules).check()


@pytest.mark.parametrize('rules', [
    {}, {'max_steps': 2}, {'window_steps': 2}, {'window_steps': 2, 'window_hop_steps': 1}])
def test_no_melody_is_one_event_from_which_nothing_can_be_learned(rules):
    rules = MelodyRules(min_bars=0, min_unique_pitches=1, **rules)
    rules.check()
    for num_notes in (1, 2, 5):
        # A bar is a step.
        extraction = extract_melodies(notes_at(scale(num_notes, 1), meter=(1, 16)), rules)
        assert all(len(events) >= 2 for events in extraction.melodies)
        assert len(extraction.melodies) > 0 or num_notes == 1


def test_magentas_rules_and_windows_are_sound():
    MelodyRules().check()
    MelodyRules(window_steps=64, window_hop_steps=64).check()
