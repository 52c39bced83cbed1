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
from magenta_reg.analysis.music.measure import compare_music
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
