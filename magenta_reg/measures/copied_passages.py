"""The passages that melodies share with a training set: does a network copy it?

A passage begins with a note-on and lasts a number of steps. Two passages are equal if their
no-events and note-offs agree and their pitches differ by one constant: the same music in the same
key or in another. How the first note was reached does not count. No passage crosses the end of a
melody.

Source: Yin, Reuben, Stepney and Collins 2022, "Measuring when a music generation algorithm copies
too much", for comparing with what held-out music shares with the training set.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF
from magenta_reg.measures.suffix_array import BORDER, SuffixArray

_NO_MATCH = BORDER - 1
_NO_EVENT_SYMBOL, _NOTE_OFF_SYMBOL, _UNISON_SYMBOL = 1, 2, 130


class Passage(NamedTuple):
    """A passage of a melody, and where the training set has it.

    Attributes:
        num_events: int, its length.
        position: int, its first step in the melody.
        training_index: int, number of the training melody.
        training_position: int, its first step in the training melody.
        transposition: int, semitones from the training melody's pitches to the melody's.
    """

    num_events: int
    position: int
    training_index: int
    training_position: int
    transposition: int


class TrainingIndex:
    """A training set, prepared for searching: 2.5 million events take 3 seconds and 300 MB."""

    def __init__(self, melodies):
        """Sorts what follows each note of the training melodies, list of int array [steps]."""
        self._joined = _Joined(melodies)
        if not len(self._joined.notes):
            raise UserError(f'{len(melodies)} training melodies have no note: give the training '
                            'set that the network saw')
        self._suffixes = SuffixArray(self._joined.interval_text(BORDER), self._joined.notes + 1)

    def longest_passage_lengths(self, melodies, starts=None):
        """Returns the length of each of `longest_passages`: int64 [melodies], 0 for None."""
        passages = self.longest_passages(melodies, starts)
        return np.array([each.num_events if each else 0 for each in passages], np.int64)

    def longest_passages(self, melodies, starts=None):
        """Finds the longest passage of each melody that some training melody has, too.

        Args:
            melodies: list of int array [steps], Melody events.
            starts: sequence of int, the first step of each melody that counts; None for 0.

        Returns:
            list of Passage, None for a melody without a note. Of equally long ones it is the first
            in the melody, at any one of the places where the training set has it.
        """
        query = _Joined(melodies, starts)
        lengths, found = self._suffixes.longest_matches(query.interval_text(_NO_MATCH),
                                                        query.notes + 1)
        passages = [None] * len(melodies)
        bounds = np.searchsorted(query.notes, [0, *query.borders])
        for index, (low, high) in enumerate(itertools.pairwise(bounds)):
            if low < high:
                best = low + np.argmax(lengths[low:high])
                note, training_note = query.notes[best], found[best] - 1
                passages[index] = Passage(
                    int(lengths[best]) + 1, query.locate(note)[1],
                    *self._joined.locate(training_note),
                    int(query.events[note] - self._joined.events[training_note]))
        return passages

    def ngram_novelty(self, melodies, n):
        """Measures how much of each melody the training set does not have.

        An n-gram is n consecutive notes: the n - 1 intervals between them in semitones, and the
        steps from each note-on to the next. Neither the key nor the ends of notes count.

        Args:
            melodies: list of int array [steps], Melody events.
            n: int, 2 or more, notes.

        Returns:
            float64 [melodies], the share of a melody's n-grams that no training melody has; NaN
            for a melody of fewer than n notes.
        """
        if n < 2:
            raise ValueError(f'n={n} must be 2 or more: one note has no interval')
        query = _Joined(melodies)
        moves, melody_of_move = query.moves()
        known_moves, suffixes = self._moves_index
        symbols = np.searchsorted(known_moves, moves)
        is_known = (melody_of_move >= 0) & (np.append(known_moves, -1)[symbols] == moves)
        text = np.where(is_known, symbols + BORDER + 1, _NO_MATCH)
        # The n - 1 moves of an n-gram lie in one melody if the first and the last one do.
        last = melody_of_move[n - 2:]
        places = np.flatnonzero((last == melody_of_move[:len(last)]) & (last >= 0))
        lengths, _ = suffixes.longest_matches(text, places)
        owners = melody_of_move[places]
        counts = np.bincount(owners, minlength=len(melodies))
        new = np.bincount(owners, lengths < n - 1, minlength=len(melodies))
        return np.divide(new, counts, out=np.full(len(melodies), np.nan), where=counts > 0)

    @functools.cached_property
    def _moves_index(self):
        """The sorted moves of the training set, and the SuffixArray of their numbers."""
        moves, melody_of_move = self._joined.moves()
        is_move = melody_of_move >= 0
        known_moves, symbols = np.unique(moves[is_move], return_inverse=True)
        text = np.full(len(moves), BORDER, np.int64)
        text[is_move] = symbols + BORDER + 1
        return known_moves, SuffixArray(text, np.arange(len(text)))


class _Joined:
    """Melodies one after another, from their starts on, with a border after each.

    Attributes:
        events: int64 [symbols], Melody events, NO_EVENT at the borders.
        borders: int64 [melodies], where each melody ends.
        notes: int64 [notes], where the note-ons are.
    """

    def __init__(self, melodies, starts=None):
        self._starts = [0] * len(melodies) if starts is None else starts
        border = np.array([NO_EVENT])
        parts = [np.append(events[start:], border)
                 for events, start in zip(melodies, self._starts, strict=True)]
        self.events = np.concatenate([border[:0], *parts]).astype(np.int64)
        self.borders = np.cumsum([len(part) for part in parts], dtype=np.int64) - 1
        self.notes = np.flatnonzero(self.events >= 0)

    def interval_text(self, border_symbol):
        """Returns int64 [symbols]: intervals for note-ons, so that transposed music is equal."""
        text = np.where(self.events == NOTE_OFF, _NOTE_OFF_SYMBOL, _NO_EVENT_SYMBOL)
        text[self.borders] = border_symbol
        # The first interval of a melody has no meaning and is part of no passage.
        text[self.notes] = _UNISON_SYMBOL + np.diff(self.events[self.notes], prepend=0)
        return text

    def moves(self):
        """Returns the move from each note to the next, and the melody that it lies in.

        Returns:
            moves: int64 [notes], one number for the interval and the time; -1 for a last note.
            melody_of_move: int64 [notes], the melody's number; -1 for a last note.
        """
        melody = np.searchsorted(self.borders, self.notes)
        intervals = np.diff(self.events[self.notes], append=0)
        times = np.diff(self.notes, append=0)
        is_last = np.diff(melody, append=-1) != 0
        return (np.where(is_last, -1, times * 256 + intervals + 128),
                np.where(is_last, -1, melody))

    def locate(self, place):
        """Returns the melody's number of a place and the step in it."""
        melody = int(np.searchsorted(self.borders, place))
        begin = self.borders[melody - 1] + 1 if melody else 0
        return melody, int(place - begin + self._starts[melody])
