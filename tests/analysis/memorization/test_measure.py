import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.memorization.figures import draw_memorization
from magenta_reg.analysis.memorization.measure import (
    compare_memorization,
    find_rare_events,
    measure_memorization,
)
from magenta_reg.analysis.report.style import Look
from magenta_reg.measures.copied_passages import TrainingIndex
from tests.analysis.drawn import is_within_its_page
from tests.small import make_melodies


def melodies(seed, n=40):
    """Few pitches, so that chance makes melodies share something."""
    return np.stack(make_melodies(n, seed, min_steps=64, max_steps=64, low=60, high=63))


@pytest.fixture(scope='module')
def training():
    return melodies(0, 80)


@pytest.fixture(scope='module')
def index(training):
    return TrainingIndex(list(training))


@pytest.fixture(scope='module')
def held_out(index):
    return measure_memorization(index, melodies(1))


def half_copied(training):
    """Returns melodies whose second half is a training melody's, five semitones up."""
    copied = training[:40, :32].copy()
    copied[:, 0] = 60
    copied[copied >= 0] += 5
    return np.concatenate([melodies(2)[:, :32], copied], axis=1)


def test_a_copied_half_is_measured_in_events_and_notes():
    tune = [60, -2, 62, 64, -1, 65, 67, -2, 62, 60, -2, -2]
    up = [event + 3 if event >= 0 else event for event in tune]
    found = measure_memorization(TrainingIndex([np.array(tune)]),
                                 np.array([[-2, -1, 40, 90, *up], [-2] * 16]))
    assert found.num_events.tolist() == [12, 0]
    assert found.num_notes.tolist() == [7, 0]
    # 9 notes have 6 4-grams; those with one of the first two notes are new.
    assert found.novelty[4].tolist() == pytest.approx([2 / 6, np.nan], nan_ok=True)


def test_copying_is_found(training, index, held_out):
    copies = half_copied(training)
    found = compare_memorization([measure_memorization(index, copies)], held_out, seed=0)
    assert found['longest_run'].low > 10
    assert found['notes_in_run'].low > 3
    assert found['rare_share'].value > 0.8
    assert found['novelty_4'].high < 0
    assert found['novelty_8'].high < 0
    assert max(found['longest_run'].p, found['novelty_4'].p, found['novelty_8'].p) < 0.001


def test_music_of_the_same_process_is_rejected_at_its_rate(index):
    pools = [measure_memorization(index, melodies(10 + seed, 20)) for seed in range(80)]
    found = [compare_memorization([one], other, seed=0)
             for one, other in zip(pools[::2], pools[1::2], strict=True)]
    for measure in ('longest_run', 'novelty_4'):
        p_values = [each[measure].p for each in found]
        assert len(set(p_values)) > 20
        assert sum(p <= 0.05 for p in p_values) <= stats.binom(40, 0.05).ppf(0.999)


def test_differences_are_means_over_seeds_and_melodies(index, held_out):
    seeds = [measure_memorization(index, melodies(seed)) for seed in (3, 4)]
    found = compare_memorization(seeds, held_out, seed=0)
    expected = np.mean([each.num_events for each in seeds]) - np.mean(held_out.num_events)
    assert found['longest_run'].value == pytest.approx(expected)
    assert (found['longest_run'].n_melodies, found['longest_run'].n_seeds) == (40, 2)
    rare = np.percentile(held_out.num_events, 95)
    assert find_rare_events(held_out) == rare
    assert found['rare_share'].value == pytest.approx(
        np.mean([each.num_events > rare for each in seeds]) -
        np.mean(held_out.num_events > rare))


def test_rows_without_ngrams_are_left_out(index, held_out):
    silent = melodies(5)
    silent[:4] = -2
    found = compare_memorization([measure_memorization(index, silent)], held_out, seed=0)
    assert found['novelty_8'].n_melodies == 36
    assert found['longest_run'].n_melodies == 40


def test_the_figure_shows_networks_and_held_out_melodies(training, index, held_out):
    like, copying = Look('#0072B2', 'o', 'like'), Look('#D55E00', 's', 'copying')
    series = [(look, measure_memorization(index, own))
              for look, own in ((like, melodies(3)), (like, melodies(4)),
                                (copying, half_copied(training)))]
    figure = draw_memorization(series, held_out, seed=0)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ['like', 'copying', 'held-out melodies']
    curves = figure.axes[0].lines
    assert len(curves) == 4
    x, share = curves[2].get_data()
    assert np.interp(20, x, share) > 0.9  # Most copy more than 20 events.
    assert is_within_its_page(figure)
