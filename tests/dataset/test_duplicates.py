"""Equal melodies are found in any key and on any beat, and nothing else is."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.dataset.duplicates import (
    MelodyPrint,
    exact_fingerprint,
    find_duplicates,
    fingerprint,
)
from magenta_reg.dataset.split import PARTS

MELODY = np.int32([-2, -2, 60, -2, 62, -1, -2, 67, 67, -2, 60])

melodies = st.lists(st.sampled_from([-2, -1, 60, 61, 62, 72]), max_size=7).map(np.int32)


def shifted(events, semitones):
    return np.where(events >= 0, events + semitones, events)


def sounding(events):
    """Returns (steps since the first note, semitones from it or 'off') up to the last note."""
    notes = [step for step, event in enumerate(events) if event >= 0]
    if not notes:
        return []
    return [(step - notes[0], 'off' if event == -1 else event - events[notes[0]])
            for step, event in enumerate(events.tolist())
            if event != -2 and notes[0] <= step <= notes[-1]]


@given(melodies, melodies)
def test_exact_fingerprints_are_equal_if_and_only_if_all_events_are(one, other):
    assert (exact_fingerprint(one) == exact_fingerprint(other)) == (one.tolist() == other.tolist())


@given(melodies, melodies)
def test_fingerprints_are_equal_if_and_only_if_rhythm_and_intervals_are(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (sounding(one) == sounding(other))


@given(melodies, st.integers(-60, 55), st.integers(0, 20), st.integers(0, 20))
def test_a_fingerprint_knows_music_in_another_key_on_another_beat(events, semitones, before, after):
    rest = np.int32([-2])
    moved = np.concatenate([rest.repeat(before), shifted(events, semitones), rest.repeat(after)])
    assert fingerprint(moved) == fingerprint(events)


def test_each_note_and_each_rest_counts():
    for step in range(2, len(MELODY)):
        for event in {-2, -1, 64} - {int(MELODY[step])}:
            changed = MELODY.copy()
            changed[step] = event
            assert fingerprint(changed) != fingerprint(MELODY), (step, event)


def test_fingerprints_do_not_depend_on_the_integer_type():
    wide = MELODY.astype(np.int64)
    assert exact_fingerprint(wide) == exact_fingerprint(MELODY)
    assert fingerprint(wide) == fingerprint(MELODY)


def prints(rows):
    """Returns MelodyPrints of (part, name, index, events) rows."""
    return [MelodyPrint(part, name, index, exact_fingerprint(events), fingerprint(events))
            for part, name, index, events in rows]


OTHER = np.int32([60, 64, 62, 60, 71])


def test_training_melodies_that_another_part_has_leak_and_are_named():
    found = find_duplicates(prints([
        ('training', 'a', 0, MELODY), ('training', 'a', 1, OTHER),
        ('training', 'b', 0, MELODY[::-1]), ('eval', 'c', 2, MELODY),
        ('test', 'd', 0, shifted(OTHER, 5))]))
    assert found.leaks == {('a', 0), ('a', 1)}
    assert found.counts == {('training', 'eval', 'exact'): 1, ('training', 'test', 'transposed'): 1}
    assert [(kind, melody[:3], other[:3]) for kind, melody, other in found.pairs] == [
        ('exact', ('training', 'a', 0), ('eval', 'c', 2)),
        ('transposed', ('training', 'a', 1), ('test', 'd', 0))]


def test_what_evaluation_and_test_share_is_counted_and_nothing_leaks():
    found = find_duplicates(prints([('test', 'a', 0, MELODY), ('eval', 'b', 0, MELODY)]))
    assert not found.leaks
    assert found.counts == {('eval', 'test', 'exact'): 1}


def test_the_judge_has_nothing_of_evaluation_and_test_and_training_nothing_of_the_judge():
    found = find_duplicates(prints([
        ('judge', 'a', 0, MELODY), ('eval', 'b', 0, MELODY), ('judge', 'a', 1, OTHER),
        ('training', 'c', 0, shifted(OTHER, 1)), ('judge', 'd', 0, MELODY[::-1])]))
    assert found.leaks == {('a', 0), ('c', 0)}


def test_within_a_part_the_first_of_equal_melodies_is_not_counted():
    found = find_duplicates(prints(
        [('training', 'a', index, MELODY) for index in range(4)]
        + [('training', 'b', 0, shifted(MELODY, 1))]))
    assert not found.leaks
    assert found.counts == {('training', 'training', 'exact'): 3,
                            ('training', 'training', 'transposed'): 1}
    assert {other[1:3] for _, _, other in found.pairs} == {('a', 0)}


rows = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from([MELODY, OTHER, MELODY[:9]]),
                          st.integers(0, 2)), max_size=12).map(lambda rows: [
    (part, f'piece {number}', 0, shifted(events, semitones))
    for number, (part, events, semitones) in enumerate(rows)])


@given(rows)
def test_counts_and_leaks_are_those_of_comparing_all_with_all(rows):
    found = find_duplicates(prints(rows))
    counts, leaks = Counter(), set()
    for number, (part, name, index, events) in enumerate(rows):
        for other_part in PARTS[PARTS.index(part):]:
            others = [row[3] for position, row in enumerate(rows) if row[0] == other_part
                      and (part != other_part or position < number)]
            is_exact = any(np.array_equal(events, other) for other in others)
            is_same = any(sounding(events) == sounding(other) for other in others)
            if is_same:
                counts[part, other_part, 'exact' if is_exact else 'transposed'] += 1
            if is_same and part in ('training', 'judge') and part != other_part:
                leaks.add((name, index))
    assert found.counts == counts
    assert found.leaks == leaks
    assert len(found.pairs) == sum(counts.values())


@given(rows, st.randoms())
def test_leaks_do_not_depend_on_the_order(rows, random):
    before = find_duplicates(prints(rows))
    random.shuffle(rows)
    after = find_duplicates(prints(rows))
    assert after.leaks == before.leaks
    assert after.counts == before.counts


def test_the_pairs_named_are_bounded_and_begin_with_those_across_parts():
    rows = [('training', str(number), 0, MELODY) for number in range(50)]
    found = find_duplicates(prints([*rows, ('eval', 'e', 0, MELODY)]), max_pairs=60)
    assert found.counts.total() == 50 + 49
    assert [other.part for _, _, other in found.pairs] == ['eval'] * 50 + ['training'] * 10


def test_of_many_equal_melodies_each_is_paired_once_with_each_part():
    one_print = prints([('training', 'a', 0, MELODY)])[0]
    equal = [one_print._replace(part=part, index=index)
             for part in PARTS for index in range(20_000)]
    found = find_duplicates(equal)
    assert len(found.leaks) == 20_000
    assert found.counts.total() == 6 * 20_000 + 4 * 19_999
