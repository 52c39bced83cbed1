import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.music.measure import compare_music, summarize_music
from tests.small import make_melodies


@pytest.fixture(scope='module')
def comparisons():
    def music(seed, **options):
        return np.stack(make_melodies(30, seed, min_steps=64, max_steps=64, **options))

    real = music(0)
    return {'like': [compare_music(music(seed), real, 0) for seed in (1, 2)],
            'higher': [compare_music(music(3, low=62, high=96), real, 0)]}


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
