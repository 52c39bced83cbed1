"""What melodies have in common with a training set: the test of whether a network recites.

A run is what a melody plays from one note-on on for a number of steps. Two runs are equal if their
no-events and note-offs agree and their pitches differ by one constant: the same music in another
key, or in the same. How the first note of a run was reached does not count, and no run goes over
the end of a melody.

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


class SharedRun(NamedTuple):
    """A run of a melody and where the training set has it.

    Attributes:
        num_events: int, length of the run.
        position: int, step of the melody at which it begins, with a note-on.
        training_index: int, number of the training melody.
        training_position: int, step of that melody at which the run begins.
        transposition: int, semitones from the training melody's pitches to the melody's.
    """

    num_events: int
    position: int
    training_index: int
    training_position: int
    transposition: int


class TrainingIndex:
    """A training set, made ready to be searched.

    2.5 million events take about three seconds and 300 MB.
    """

    def __init__(self, melodies):
        """Sorts what follows each note of the training melodies.

        Args:
            melodies: list of int array [steps], Melody events.

        Raises:
            UserError: If no melody has a note.
        """
        self._events = _Joined(melodies)
        if not len(self._events.notes):
            raise UserError(f'{len(melodies)} training melodies have no note: give the training '
                            'set that the network saw')
        self._suffixes = SuffixArray(self._events.interval_text(BORDER), self._events.notes + 1)

    def longest_shared_runs(self, melodies, starts=None):
        """Measures the longest run of each melody that some training melody has, too.

        Args:
            melodies: list of int array [steps], Melody events.
            starts: sequence of int, where in each melody the runs may begin, or None for 0.

        Returns:
            int64 [melodies], events; 0 for a melody without a note.
        """
        runs = self.find_longest_shared_runs(melodies, starts)
        return np.array([run.num_events if run else 0 for run in runs], np.int64)

    def find_longest_shared_runs(self, melodies, starts=None):
        """Finds the longest run of each melody that some training melody has, too.

        Args:
            melodies: list of int array [steps], Melody events.
            starts: sequence of int, where in each melody the runs may begin, or None for 0.

        Returns:
            list of SharedRun, None for a melody without a note. Of several runs as long the first
            in the melody is given, and one of the places where the training set has it.
        """
        starts = [0] * len(melodies) if starts is None else starts
        query = _Joined([events[start:] for events, start in zip(melodies, starts, strict=True)])
        lengths, found = self._suffixes.longest_matches(query.interval_text(_NO_MATCH),
                                                        query.notes + 1)
        runs = [None] * len(melodies)
        bounds = np.searchsorted(query.notes, [0, *query.borders])
        for index, (low, high) in enumerate(itertools.pairwise(bounds)):
            if low < high:
                best = low + np.argmax(lengths[low:high])
                runs[index] = self._run(query, query.notes[best], found[best] - 1, lengths[best],
                                        starts[index])
        return runs

    def _run(self, query, note, training_note, length, start):
        """Returns the SharedRun of two notes after which `length` events agree."""
        _, position = query.locate(note)
        transposition = query.events[note] - self._events.events[training_note]
        return SharedRun(int(length) + 1, position + int(start),
                         *self._events.locate(training_note), int(transposition))

    def ngram_novelty(self, melodies, n, starts=None):
        """Measures how much of each melody's music the training set does not have.

        An n-gram is n notes that follow each other: the n - 1 intervals between them in semitones,
        and in steps the time from each note-on to the next. Keys do not count, nor when notes end.

        Args:
            melodies: list of int array [steps], Melody events.
            n: int, 2 or more, notes.
            starts: sequence of int, where in each melody to begin, or None for 0.

        Returns:
            float64 [melodies], the share of a melody's n-grams that no training melody has; NaN
            for a melody of fewer than n notes.
        """
        if n < 2:
            raise ValueError(f'n={n} must be 2 or more: one note has no interval')
        starts = [0] * len(melodies) if starts is None else starts
        query = _Joined([events[start:] for events, start in zip(melodies, starts, strict=True)])
        steps, melody_of_step = query.note_steps()
        text = np.where(melody_of_step < 0, _NO_MATCH, self._note_symbols(steps))
        # The n - 1 steps of an n-gram lie in one melody if the first and the last one do.
        last = melody_of_step[n - 2:]
        places = np.flatnonzero((last == melody_of_step[:len(last)]) & (last >= 0))
        _, suffixes = self._note_index
        lengths, _ = suffixes.longest_matches(text, places)
        owners = melody_of_step[places]
        counts = np.bincount(owners, minlength=len(melodies))
        new = np.bincount(owners, lengths < n - 1, minlength=len(melodies))
        return np.divide(new, counts, out=np.full(len(melodies), np.nan), where=counts > 0)

    def _note_symbols(self, steps):
        """Returns the symbol of each step between notes, _NO_MATCH for what is not in training."""
        known_steps, _ = self._note_index
        places = np.searchsorted(known_steps, steps)
        is_known = np.append(known_steps, -1)[places] == steps
        return np.where(is_known, places + BORDER + 1, _NO_MATCH)

    @functools.cached_property
    def _note_index(self):
        """The sorted steps from note to note of the training set, and the SuffixArray of them."""
        steps, melody_of_step = self._events.note_steps()
        is_step = melody_of_step >= 0
        known_steps, symbols = np.unique(steps[is_step], return_inverse=True)
        text = np.full(len(steps), BORDER, np.int64)
        text[is_step] = symbols + BORDER + 1
        return known_steps, SuffixArray(text, np.arange(len(text)))


class _Joined:
    """Melodies one after another with a border after each.

    Attributes:
        events: int64 [symbols], Melody events, NO_EVENT at the borders.
        borders: int64 [melodies], where each melody ends.
        notes: int64 [notes], where the note-ons are.
    """

    def __init__(self, melodies):
        border = np.array([NO_EVENT])
        parts = [part for events in melodies for part in (events, border)]
        self.events = np.concatenate([border[:0], *parts]).astype(np.int64)
        self.borders = np.cumsum([len(events) + 1 for events in melodies], dtype=np.int64) - 1
        self.notes = np.flatnonzero(self.events >= 0)

    def interval_text(self, border_symbol):
        """Returns int64 [symbols]: intervals for note-ons, so that transposed music is equal."""
        text = np.where(self.events == NOTE_OFF, _NOTE_OFF_SYMBOL, _NO_EVENT_SYMBOL)
        text[self.borders] = border_symbol
        # The first interval of a melody has no meaning and is part of no run.
        intervals = np.diff(self.events[self.notes], prepend=0)
        text[self.notes] = _UNISON_SYMBOL + intervals
        return text

    def note_steps(self):
        """Returns of each note but the last how the melody goes on, and of a last one the border.

        Returns:
            steps: int64 [notes], one number for an interval and a time to the next note.
            melody_of_step: int64 [notes], the melody's number; -1 where a melody ends.
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
        return melody, int(place - begin)
