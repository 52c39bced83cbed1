import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.memorization.figures import draw_memorization
from magenta_reg.analysis.memorization.measure import (
    EVENTS,
    LESS,
    MORE,
    NOTES,
    UNDECIDED,
    Memorization,
    compare_memorization,
    correct_all,
    find_rare_events,
    mean_levels,
    measure_memorization,
    shares,
)
from magenta_reg.analysis.report.style import Look
from magenta_reg.analysis.statistics.paired import paired_difference
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


def memorization(seed, mean_events, novelty, n=60):
    rng = np.random.default_rng(seed)
    num_events = rng.poisson(mean_events, n)
    return Memorization(num_events, num_events // 3, {
        4: np.clip(rng.normal(novelty, 0.1, n), 0, 1), 8: np.full(n, np.nan)})


HELD_OUT = memorization(0, 20, 0.5)


def judged(*generated):
    return correct_all({'group': compare_memorization(list(generated), HELD_OUT, 0)})['group']


@pytest.mark.parametrize(('mean_events', 'novelty', 'word'), [
    (30, 0.3, MORE), (10, 0.7, LESS), (20, 0.5, UNDECIDED)])
def test_the_word_follows_the_numbers(mean_events, novelty, word):
    found = judged(memorization(1, mean_events, novelty))
    assert {shares(measure, found[measure])
            for measure in ('longest_run', 'notes_in_run', 'novelty_4')} == {word}


def test_a_measure_without_numbers_is_undecided_and_not_counted():
    found = judged(memorization(1, 30, 0.3))
    assert found['novelty_8'].reason
    assert found['novelty_8'].p_holm is None
    assert shares('novelty_8', found['novelty_8']) == UNDECIDED
    p_values = [each.p for each in found.values() if not each.reason]
    least = min(found.values(), key=lambda each: each.p_holm or 9)
    assert least.p_holm == pytest.approx(len(p_values) * min(p_values))


def test_an_interval_without_0_is_not_enough_among_many_tests():
    difference = paired_difference(np.full([1, 9], 1.0), np.zeros([1, 9]), 0)._replace(
        value=1.0, low=0.1, high=1.9, p=0.03)
    untested = difference._replace(value=None, low=None, high=None, p=None, reason='too few')
    alone = {'longest_run': difference, 'notes_in_run': untested, 'rare_share': untested}
    for comparisons, word in (({'a': alone}, MORE), ({'a': alone, 'b': alone}, UNDECIDED)):
        assert shares('longest_run', correct_all(comparisons)['a']['longest_run']) == word


def test_hardly_any_of_many_groups_like_held_out_music_gets_a_word():
    comparisons = {f'group {seed}': compare_memorization([memorization(seed, 20, 0.5)], HELD_OUT, 0)
                   for seed in range(1, 7)}
    found = correct_all(comparisons)
    words = [shares(measure, each) for own in found.values() for measure, each in own.items()]
    # The held-out melodies are the same for all, so that their chance is all groups' chance.
    assert words.count(UNDECIDED) >= len(words) - 1


def test_levels_are_means_and_shares_stay_within_their_range():
    seeds = [memorization(seed, 20, 0.97) for seed in (1, 2)]
    found = mean_levels(seeds, rare_events=22, seed=0)
    num_events = np.array([each.num_events for each in seeds])
    assert found['longest_run'].value == pytest.approx(num_events.mean())
    assert found['rare_share'].value == pytest.approx((num_events > 22).mean())
    assert found['longest_run'].high > 20
    for share in ('rare_share', 'novelty_4'):
        assert 0 <= found[share].low <= found[share].value <= found[share].high <= 1
    assert found['novelty_8'].value is None


def test_a_copied_passage_is_where_it_says_in_both_melodies():
    training = make_melodies(30, 0)
    index = TrainingIndex(training)
    melodies = make_melodies(12, 1)
    found = measure_memorization(index, melodies)
    for counted in (EVENTS, NOTES):
        assert len(found.copied[counted]) == 3
        for each in found.copied[counted]:
            size = len(each.events)
            own = melodies[each.melody][each.position:each.position + size]
            other = training[each.training_melody][each.training_position:][:size]
            assert np.array_equal(own, each.events)
            assert np.array_equal(own, np.where(other >= 0, other + each.transposition_semitones,
                                                other))
            assert each.num_notes == np.sum(own >= 0)
            assert (size, each.num_notes) == (found.num_events[each.melody],
                                              found.num_notes[each.melody])
    lengths = index.longest_passage_lengths(melodies)
    assert np.array_equal(found.num_events, lengths)
    assert [len(each.events) for each in found.copied[EVENTS]] == sorted(lengths)[:-4:-1]
    assert [each.num_notes for each in found.copied[NOTES]] == sorted(found.num_notes)[:-4:-1]


def test_melodies_that_share_nothing_are_left_out():
    index = TrainingIndex([np.array([60, 62])])
    silence, tune = np.array([-2, -2]), np.array([-2, 64, 66])
    found = measure_memorization(index, [silence, tune])
    assert [(each.melody, each.position, each.transposition_semitones)
            for each in found.copied[EVENTS]] == [(1, 1, 4)]


def test_what_is_before_the_start_is_not_measured():
    index = TrainingIndex([np.array([60, 62, 64, 65, -2, 67])])
    melodies = np.array([[60, 62, 64, 65, -2, 67, 70, 71]])
    assert measure_memorization(index, melodies).num_events.tolist() == [6]
    found = measure_memorization(index, melodies, 3)
    assert found.num_events.tolist() == [3]
    assert found.copied[EVENTS][0].position == 3
