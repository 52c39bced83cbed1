import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from magenta_reg.analysis.music.features import FEATURES, measure_features
from magenta_reg.base.libraries import import_note_seq
from tests.small import make_melodies

TONES = st.integers(24, 96)
EVENTS = st.lists(TONES | st.integers(-2, -1), min_size=8, max_size=60)
# Two quarters, an eighth and its repetition, a rest of an eighth, and a note to the end.
TUNE = [60, -2, -2, -2, 67, -2, -2, -2, 64, -2, 64, -2, -1, -2, 72, -2]
ABOUT_PITCH = ['pitch_classes', 'pitch_class_transitions']


def test_a_tune_measured_by_hand():
    found = {name: feature(TUNE) for name, feature in FEATURES.items()}
    assert found['pitch_count'] == 4
    assert found['pitch_range'] == 12
    assert found['mean_interval'] == (7 + 3 + 0 + 8) / 4
    assert found['contour'].tolist() == [0.25, 0.25, 0.5]
    assert found['note_density'] == 5 / 4
    assert found['mean_inter_onset'] == pytest.approx((4 + 4 + 2 + 4) / 4 / 4)
    assert found['mean_note_length'] == pytest.approx((4 + 4 + 2 + 2 + 2) / 5 / 4)
    assert found['rests'] == 2 / 16
    assert dict(enumerate(found['pitch_classes'][[0, 4, 7]])) == {0: 0.4, 1: 0.4, 2: 0.2}
    intervals = found['intervals']
    assert {i - 12: share for i, share in enumerate(intervals) if share} == {
        7: 0.25, -3: 0.25, 0: 0.25, 8: 0.25}
    lengths = found['note_lengths']
    assert lengths.tolist() == [0, 0.6, 0, 0.4, 0, 0, 0, 0]
    assert found['note_length_transitions'].reshape(8, 8)[3, 1] == 0.25


@given(EVENTS)
def test_every_feature_has_its_size(events):
    for name, feature in FEATURES.items():
        assert np.size(feature(events)) == feature.size, name
        assert len(feature.categories) in (0, feature.size)


@given(EVENTS)
def test_histograms_are_shares_and_pitch_classes_are_those_of_note_seq(events):
    histograms = [feature(events) for feature in FEATURES.values() if feature.size > 1]
    for histogram in histograms:
        assert np.isnan(histogram).all() or histogram.sum() == pytest.approx(1)
    counts = np.array(import_note_seq().Melody(events).get_note_histogram())
    if counts.sum():
        np.testing.assert_allclose(FEATURES['pitch_classes'](events), counts / counts.sum())


@given(st.lists(TONES, min_size=4, max_size=40), st.integers(1, 6))
def test_transitions_density_and_onsets_are_those_of_pretty_midi(pitches, held_steps):
    note_seq = import_note_seq()
    events = [event for pitch in pitches for event in [pitch, *[-2] * (held_steps - 1)]]
    midi = note_seq.note_sequence_to_pretty_midi(note_seq.Melody(events).to_sequence(qpm=120))
    found = {name: feature(events) for name, feature in FEATURES.items()}
    np.testing.assert_allclose(
        found['pitch_class_transitions'].reshape(12, 12),
        midi.instruments[0].get_pitch_class_transition_matrix(normalize=True), atol=1e-12)
    quarters = midi.get_end_time() * 2
    assert found['note_density'] == pytest.approx(len(midi.instruments[0].notes) / quarters)
    assert found['mean_inter_onset'] == pytest.approx(np.diff(midi.get_onsets()).mean() * 2)


@given(EVENTS, st.integers(-24, 24))
def test_transposing_moves_pitch_classes_and_nothing_else(events, semitones):
    moved = [event + semitones if event >= 0 else event for event in events]
    before, after = measure_features([events]), measure_features([moved])
    np.testing.assert_array_equal(np.roll(before['pitch_classes'], semitones, axis=1),
                                  after['pitch_classes'])
    for name in set(FEATURES) - set(ABOUT_PITCH):
        np.testing.assert_allclose(before[name], after[name], err_msg=name)


def test_key_clarity_is_the_correlation_that_music21_finds():
    from music21 import analysis, note, stream
    for events in make_melodies(3, seed=1):
        events = events[np.flatnonzero(events >= 0)[0]:]
        played = stream.Stream()
        changes = [*np.flatnonzero(events != -2), len(events)]
        for begin, end in itertools.pairwise(changes):
            if events[begin] >= 0:
                played.append(note.Note(int(events[begin]), quarterLength=(end - begin) / 4))
        key = analysis.discrete.KrumhanslSchmuckler().getSolution(played)
        assert FEATURES['key_clarity'](events) == pytest.approx(key.correlationCoefficient)


def test_entropies_are_those_of_scipy():
    events = make_melodies(1, seed=3)[0]
    for name, values in (('event_entropy', events), ('pitch_entropy', events[events >= 0])):
        _, counts = np.unique(values, return_counts=True)
        assert FEATURES[name](events) == pytest.approx(stats.entropy(counts))


def test_silence_has_no_features_but_says_so():
    found = measure_features([[-2] * 16, [60] + [-2] * 15])
    assert found['note_density'].ravel().tolist() == [0, 0.25]
    assert found['pitch_count'].ravel().tolist() == [0, 1]
    for name in ('pitch_range', 'pitch_classes', 'mean_note_length', 'note_lengths', 'rests',
                 'key_clarity', 'pitch_entropy'):
        assert np.isnan(found[name]).any(axis=1).tolist() == [True, False], name
    for name in ('mean_interval', 'intervals', 'contour', 'mean_inter_onset',
                 'pitch_class_transitions', 'note_length_transitions'):
        assert np.isnan(found[name]).all(), name


def test_long_notes_and_wide_intervals_go_to_the_ends_and_ties_to_the_shorter():
    events = [40] + [-2] * 39 + [80] + [-2] * 9  # 40 steps, then 10 of 12 and 8, up 40 semitones.
    assert np.flatnonzero(FEATURES['note_lengths'](events)).tolist() == [5, 7]
    assert FEATURES['intervals'](events)[-1] == 1
