import numpy as np
import pytest

from magenta_reg.analysis.memorization.measure import (
    LESS,
    MORE,
    UNDECIDED,
    Memorization,
    compare_memorization,
    correct_all,
    mean_levels,
    shares,
)
from magenta_reg.analysis.statistics.paired import paired_difference


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
