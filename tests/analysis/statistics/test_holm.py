import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import corrected, holm


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1; never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_closed_test_by_bonferroni(p_values):
    """A hypothesis is rejected if every intersection that holds it is, by Bonferroni's test."""
    found, n = holm(p_values), len(p_values)
    p_values = np.array(p_values)
    for i in range(n):
        # Of the intersections of k with i in it, the largest least p has i and the k - 1 largest.
        others = np.sort(np.delete(p_values, i))[::-1]
        worst = max(min([p_values[i], *others[:k - 1]]) * k for k in range(1, n + 1))
        assert found[i] == pytest.approx(min(1, worst))


def test_estimates_are_corrected_for_the_number_of_those_that_have_a_p():
    found = corrected({'far': Estimate(p=0.01), 'none': Estimate(reason='too few'),
                       'near': Estimate(p=0.3), 'nan': Estimate(p=np.nan)})
    assert list(found) == ['far', 'none', 'near', 'nan']
    assert [each.p_holm for each in found.values()] == [pytest.approx(0.02), None,
                                                        pytest.approx(0.3), None]
