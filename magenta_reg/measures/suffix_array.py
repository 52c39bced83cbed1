"""A suffix array in NumPy: finds the longest matches between two texts in n log n."""

import numpy as np

BORDER = 0


class SuffixArray:
    """Chosen suffixes of a text, sorted; two million symbols take about a second.

    A match is found by binary search that skips the symbols known to agree.

    Source: Manber and Myers 1993, "Suffix arrays: a new method for on-line string searches".
    """

    def __init__(self, text, places):
        """Sorts the suffixes.

        Args:
            text: int array [symbols], each BORDER or more; the last one is BORDER.
            places: int array [suffixes], one at least, where the chosen suffixes begin.
        """
        self._text = text
        is_chosen = np.zeros(len(text), bool)
        is_chosen[places] = True
        order = np.argsort(_ranks(text))
        self._places = order[is_chosen[order]]

    def longest_matches(self, query, places):
        """Finds for each place in a query the suffix that agrees with it longest.

        Args:
            query: int array [symbols]; symbols below BORDER match nothing; the last one is such.
            places: int array [n], in the query.

        Returns:
            lengths: int64 [n], how many symbols agree.
            found: int64 [n], where in the text; any one of equally good places.
        """
        first = np.zeros(len(places), np.int64)
        # A place of the query sorts between the suffixes `first` and `first + size`. All between
        # these agree with it in at least the smaller of the two numbers of symbols.
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
        agree = np.minimum(agree_first, agree_last)
        one = self._places[first]
        other = self._places[np.minimum(first + 1, len(self._places) - 1)]
        one_length = self._agreement(query, places, one, agree)
        other_length = self._agreement(query, places, other, agree)
        return (np.maximum(one_length, other_length),
                np.where(other_length > one_length, other, one))

    def _agreement(self, query, places, found, agree):
        """Returns int64 [n]: how many symbols agree, of which `agree` are known."""
        agree = agree.copy()
        going = np.arange(len(places))
        while len(going):
            offset = agree[going]
            going = going[query[places[going] + offset] == self._text[found[going] + offset]]
            agree[going] += 1
        return agree


def _ranks(text):
    """Returns int64 [symbols], the rank of each suffix, by prefix doubling."""
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
        # Suffixes equal in `size` symbols are sorted by the rank of what follows these.
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
    """Returns where the first equal of each sorted key is, and whether it has equals."""
    firsts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    sizes = np.diff(firsts, append=len(keys))
    return np.repeat(firsts, sizes), np.repeat(sizes > 1, sizes)
