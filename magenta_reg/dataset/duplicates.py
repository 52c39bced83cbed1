"""Melodies that come twice, as they are or in another key: what would leak between parts."""

import hashlib
from collections import Counter
from typing import NamedTuple

import numpy as np

from magenta_reg.dataset.split import PARTS, TRAINED_ON

_DIGEST_BYTES = 16


class MelodyPrint(NamedTuple):
    """One melody of a data set, by its fingerprints.

    Attributes:
        part: str, one of PARTS.
        name: str or int, by which the piece is known.
        index: int, of the melody in the piece.
        exact, invariant: bytes, its `exact_fingerprint` and its `fingerprint`.
    """

    part: str
    name: str
    index: int
    exact: bytes
    invariant: bytes


class Duplicates(NamedTuple):
    """What `find_duplicates` found.

    Attributes:
        leaks: frozenset of (name, index), melodies of a part that networks learn from, TRAINED_ON,
            that a part after it in PARTS has, too.
        counts: Counter of (part, other part, kind) to melodies of the first part that the other,
            which is the same or one after it in PARTS, has too; kind is 'exact', or 'transposed'
            where it has them only in another key or on another beat. Within one part the first of
            equal melodies is not counted.
        pairs: list of (kind, MelodyPrint, the other MelodyPrint), those across parts first.
    """

    leaks: frozenset
    counts: Counter
    pairs: list


def exact_fingerprint(events):
    """Returns 16 bytes that two melodies, int [steps + 1], share if all their events are equal."""
    data = np.ascontiguousarray(events, '<i4').tobytes()
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def fingerprint(events):
    """Returns 16 bytes that two melodies, int [steps + 1], share if one is the other transposed.

    What is compared is the rhythm and the intervals from the first note to the last: the same
    music on another beat, or cut off a little later, is the same. Take melodies before octaves are
    folded into an encoding's range, which changes intervals.
    """
    events = np.array(events, np.int32)
    is_note = events >= 0
    notes = np.flatnonzero(is_note)
    if not len(notes):
        return exact_fingerprint(events[:0])
    # Differences of pitches are from -127 on: special events go where no difference is.
    relative = np.where(is_note, events - events[notes[0]], events - 1000)
    return exact_fingerprint(relative[notes[0]:notes[-1] + 1])


def find_duplicates(melody_prints, max_pairs=100):
    """Returns the Duplicates among MelodyPrints, with `max_pairs` of them by name.

    Each melody is paired with one other of each part, so that the work grows with the number of
    melodies, however many of them are equal.
    """
    counts, leaks, across, within = Counter(), set(), [], []
    for group in _groups(melody_prints):
        for kind, melody, other in _pairs(group):
            counts[melody.part, other.part, kind] += 1
            if melody.part in TRAINED_ON and melody.part != other.part:
                leaks.add((melody.name, melody.index))
            named = within if melody.part == other.part else across
            if len(named) < max_pairs:
                named.append((kind, melody, other))
    return Duplicates(frozenset(leaks), counts, [*across, *within][:max_pairs])


def _groups(melody_prints):
    """Returns lists of the MelodyPrints of equal music, two at least each."""
    seen, groups = {}, {}
    for melody in melody_prints:
        first = seen.setdefault(melody.invariant, melody)
        if first is not melody:
            groups.setdefault(melody.invariant, [first]).append(melody)
    return groups.values()


def _pairs(group):
    """Yields (kind, melody, other) for each melody of equal music and each part that has it too."""
    firsts = {}
    for melody in group:
        firsts.setdefault(melody.part, melody)
        firsts.setdefault((melody.part, melody.exact), melody)
    for melody in group:
        for part in PARTS[PARTS.index(melody.part):]:
            kind, other = 'exact', firsts.get((part, melody.exact), melody)
            if other is melody:
                kind, other = 'transposed', firsts.get(part, melody)
            if other is not melody:
                yield kind, melody, other
