"""The suffix array against comparing every place with every other one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.measures.suffix_array import BORDER, SuffixArray

NO_MATCH = BORDER - 1


def agreement(one, other):
    """Returns how many symbols two sequences have in common at their beginnings."""
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return length


# 2**40 leaves room for one symbol in a machine word, 3 for thirty.
@given(st.data(), st.sampled_from([3, 300, 2 ** 40]))
def test_matches_are_the_longest_there_are(data, highest):
    symbols = st.sampled_from([BORDER, 1, 2, highest])
    text = np.array([*data.draw(st.lists(symbols, max_size=60)), BORDER])
    query = np.array([*data.draw(st.lists(symbols.map(lambda symbol: symbol or NO_MATCH),
                                          max_size=30)), NO_MATCH])
    chosen = np.array(sorted(data.draw(st.sets(st.integers(0, len(text) - 1), min_size=1))))
    lengths, found = SuffixArray(text, chosen).longest_matches(query, np.arange(len(query)))
    for place, (length, where) in enumerate(zip(lengths, found, strict=True)):
        assert length == max(agreement(query[place:], text[other:]) for other in chosen)
        assert length == agreement(query[place:], text[where:])
        assert where in chosen


def test_a_text_of_one_symbol_repeated_is_sorted_too():
    text = np.append(np.ones(5000, np.int64), BORDER)
    array = SuffixArray(text, np.arange(5001))
    query = np.append(np.ones(3000, np.int64), NO_MATCH)
    lengths, _ = array.longest_matches(query, np.array([0, 1, 2999, 3000]))
    assert lengths.tolist() == [3000, 2999, 1, 0]
