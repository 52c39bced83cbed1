"""The longest matches of a text in another one, not quadratic: a suffix array in NumPy."""

import numpy as np

BORDER = 0


class SuffixArray:
    """Chosen suffixes of a text in the order of a dictionary.

    Two million symbols take about a second to sort. A match is found by binary search that skips
    what is known to agree already.

    Source: Manber and Myers 1993, "Suffix arrays: a new method for on-line string searches".
    """

    def __init__(self, text, places):
        """Sorts the suffixes.

        Args:
            text: int array [symbols], each BORDER or more; the last one is BORDER.
            places: int array [suffixes], one at least, where the suffixes to search begin.
        """
        self._text = text
        is_chosen = np.zeros(len(text), bool)
        is_chosen[places] = True
        order = np.argsort(_ranks(text))
        self._places = order[is_chosen[order]]

    def longest_matches(self, query, places):
        """Finds for each place in a query the suffix that agrees with it longest.

        Args:
            query: int array [symbols]; what is below BORDER agrees with nothing, and so does the
                last symbol.
            places: int array [n], in the query.

        Returns:
            lengths: int64 [n], how many symbols agree.
            found: int64 [n], where in the text; one of the places if several agree as long.
        """
        first = np.zeros(len(places), np.int64)
        # The query's place lies between suffixes `first` and `first + size`, which agree with it
        # in so many symbols; so do all between them, in the lesser number at least.
        agree_first, agree_last = np.zeros([2, len(places)], np.int64)
        size = len(self._places)
        while size > 1:
            half = size // 2
            middle = self._places[first + half]
            agree = self._agreement(query, places, middle, np.minimum(agree_first, agree_last))
            is_after = query[places + agree] > self._text[middle + agree]
            first += half * is_after
            agree_first = np.where(is_after, agree, agree_first)
            agree_last = np.where(is_after, agree_last, agree)
            size -= half
        return self._better(query, places, first, np.minimum(agree_first, agree_last))

    def _better(self, query, places, first, agree):
        """Returns the length and place of the longer match of two suffixes side by side."""
        one = self._places[first]
        other = self._places[np.minimum(first + 1, len(self._places) - 1)]
        one_length = self._agreement(query, places, one, agree)
        other_length = self._agreement(query, places, other, agree)
        return (np.maximum(one_length, other_length),
                np.where(other_length > one_length, other, one))

    def _agreement(self, query, places, found, agree):
        """Returns how many symbols agree, of which `agree` are known to."""
        agree = agree.copy()
        going = np.arange(len(places))
        while len(going):
            offset = agree[going]
            going = going[query[places[going] + offset] == self._text[found[going] + offset]]
            agree[going] += 1
        return agree


def _ranks(text):
    """Returns int64 [symbols], the place of each suffix in the order, by prefix doubling."""
    num = len(text)
    bits = max(1, int(text.max()).bit_length())
    size = 63 // bits
    packed = np.zeros(num, np.int64)
    for offset in range(min(size, num)):
        packed[:num - offset] |= text[offset:].astype(np.int64) << bits * (size - 1 - offset)
    order = np.argsort(packed)
    ranks, is_tied = np.empty(num, np.int64), np.empty(num, bool)
    ranks[order], is_tied[order] = _ranked(packed[order])
    tied = order[is_tied[order]]
    while len(tied) and size < num:
        # Equal in `size` symbols: the rank of what follows orders them in twice as many.
        following = np.where(tied + size < num, ranks[np.minimum(tied + size, num - 1)] + 1, 0)
        keys = ranks[tied] * (num + 1) + following
        order = np.argsort(keys)
        tied, keys = tied[order], keys[order]
        old, _ = _ranked(ranks[tied])
        new, is_tied = _ranked(keys)
        ranks[tied] += new - old
        tied = tied[is_tied]
        size *= 2
    return ranks


def _ranked(keys):
    """Returns of sorted keys where the first equal one is, and whether there are several."""
    firsts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    sizes = np.diff(firsts, append=len(keys))
    return np.repeat(firsts, sizes), np.repeat(sizes > 1, sizes)
