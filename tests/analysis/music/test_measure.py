import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.figures import (
    draw_distances,
    draw_histograms,
    draw_overlaps,
    draw_shifts,
)
from magenta_reg.analysis.music.measure import compare_music, summarize_music
from magenta_reg.analysis.report.style import Look
from tests.analysis.drawn import is_within_its_page
from tests.small import make_melodies

FIGURES = [draw_overlaps, draw_shifts, draw_histograms, draw_distances]


def music(seed, n=40, **options):
    return np.stack(make_melodies(n, seed, min_steps=64, max_steps=64, **options))


@pytest.fixture(scope='module')
def series():
    """Two seeds of a method like the real music and one of a method that plays higher."""
    real = music(0)
    like, higher = Look('#0072B2', 'o', 'like'), Look('#D55E00', 's', 'higher')
    return [(look, compare_music(generated, real, 0))
            for look, generated in ((like, music(1)), (like, music(2)),
                                    (higher, music(3, low=62, high=96)))]


def test_music_of_one_process_is_alike_and_of_another_is_not(series):
    like, _, higher = (comparison for _, comparison in series)
    p_values = [each.overlap.p for each in like.distances.values() if each.overlap.p is not None]
    assert len(p_values) > 12
    assert min(p_values) * len(p_values) > 0.05  # Bonferroni.
    assert like.accuracy.p > 0.05
    assert higher.accuracy.p == 0.001
    assert higher.distances['pitch_range'].overlap.p == 0.001
    assert higher.shifts['pitch_range'].low > 1
    low, high = like.shifts['pitch_range'][1:3]
    assert low < 0 < high


def test_shifts_are_mean_differences_in_standard_deviations(series):
    comparison = series[2][1]
    for name, shift in comparison.shifts.items():
        generated, real = comparison.generated[name][:, 0], comparison.real[name][:, 0]
        expected = np.mean(generated - real) / stats.tstd(real)
        assert shift.value == pytest.approx(expected), name


def test_every_feature_is_compared(series):
    comparison = series[0][1]
    assert list(comparison.distances) == list(FEATURES)
    assert set(comparison.shifts) == {name for name, each in FEATURES.items() if each.size == 1}


def test_real_music_without_variety_is_said_and_not_counted():
    held = np.tile([60] + [-2] * 31, [20, 1])
    found = compare_music(music(4, 20)[:, :32], held, seed=0)
    assert {shift.value for shift in found.shifts.values()} == {None}
    # Held notes have no interval: fewer than 10 rows are left, or none has another value.
    assert all(each.overlap.reason for each in found.distances.values())


def test_melodies_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match='must be the same'):
        compare_music(music(0), music(1)[:, :32], seed=0)


@pytest.mark.parametrize('draw', FIGURES)
def test_each_figure_names_every_method_once_and_cuts_nothing_off(series, draw):
    figure = draw(series)
    legend = next(iter([*figure.legends, *(axis.get_legend() for axis in figure.axes)]))
    names = [text.get_text() for text in legend.get_texts()]
    for label in ('like', 'higher'):
        assert sum(label in name for name in names) == 1
    assert is_within_its_page(figure)


@pytest.mark.parametrize('draw', FIGURES)
def test_figures_leave_out_what_could_not_be_compared(draw):
    held = np.tile([60] + [-2] * 31, [20, 1])
    series = [(Look('#0072B2', 'o', 'run'), compare_music(music(4, 20)[:, :32], held, seed=0))]
    assert is_within_its_page(draw(series))


@pytest.fixture(scope='module')
def comparisons():
    real = music(0, 30)
    return {'like': [compare_music(music(seed, 30), real, 0) for seed in (1, 2)],
            'higher': [compare_music(music(3, 30, low=62, high=96), real, 0)]}


def test_a_group_is_the_mean_of_its_seeds_and_the_worst_of_their_p_values(comparisons):
    first, second = comparisons['like']
    found = summarize_music([first, second])
    assert found.n_seeds == 2
    assert found.accuracy.value == pytest.approx((first.accuracy.value + second.accuracy.value) / 2)
    assert found.accuracy.p == max(first.accuracy.p, second.accuracy.p)
    overlaps = [each.overlap.value for comparison in (first, second)
                for each in comparison.distances.values() if not each.overlap.reason]
    assert found.overlap.value == pytest.approx(np.mean(overlaps))
    assert found.overlap.low < found.overlap.value < found.overlap.high


def test_the_overlap_errs_as_if_all_features_erred_together(comparisons):
    comparison = comparisons['like'][0]
    overlaps = [each.overlap for each in comparison.distances.values()
                if not each.overlap.reason]
    error = np.mean([(each.value - each.low) / 1.96 for each in overlaps])
    low, high = stats.t.interval(0.95, 29, np.mean([each.value for each in overlaps]), error)
    assert summarize_music([comparison]).overlap[1:3] == pytest.approx((low, min(high, 1)))


def test_music_of_one_process_differs_in_no_feature_and_another_in_many(comparisons):
    assert summarize_music(comparisons['like']).num_differing == [0, 0]
    higher = summarize_music(comparisons['higher'])
    assert higher.num_differing[0] >= 3
    assert higher.overlap.value < higher.overlap.floor.value
    assert higher.accuracy.value > higher.accuracy.at_floor_size > higher.accuracy.floor.high


def test_p_values_are_corrected_for_the_features_of_a_run(comparisons):
    for comparison in (*comparisons['like'], *comparisons['higher']):
        raw = {name: each.overlap.p for name, each in comparison.distances.items()
               if each.overlap.p is not None}
        adjusted = {name: each.overlap.p_holm for name, each in comparison.distances.items()
                    if each.overlap.p_holm is not None}
        assert list(adjusted) == list(raw)
        least = min(raw, key=raw.get)
        assert adjusted[least] == pytest.approx(min(1, raw[least] * len(raw)))


def test_music_without_a_note_has_no_number_and_a_reason():
    silence = np.full([12, 32], -2)
    comparison = compare_music(silence, silence, 0)
    found = summarize_music([comparison])
    assert comparison.accuracy.reason
    assert found.accuracy.value is None
    assert found.overlap.value is None
    assert found.num_tested == 0
