"""The longest that melodies share with a training set, and where it is to be found there."""

from typing import NamedTuple

import numpy as np


class Recital(NamedTuple):
    """The longest run of a melody that the training set has, too.

    Attributes:
        melody: int, number of the melody.
        position: int, its step at which the run begins.
        num_notes: int, note-ons in the run.
        events: int array [run], Melody events of the run, as the melody has them.
        training_melody: int, number of the training melody in its file.
        training_position: int, step of the training melody at which the run begins.
        transposition_semitones: int, from the training melody to the melody.
    """

    melody: int
    position: int
    num_notes: int
    events: np.ndarray
    training_melody: int
    training_position: int
    transposition_semitones: int


def find_recitals(index, melodies, shared, count):
    """Finds the melodies whose longest runs are first in something, and where training has them.

    Args:
        index: TrainingIndex.
        melodies: list of int array [steps], Melody events.
        shared: int array [melodies], events or notes of the melodies' longest runs: the most come
            first.
        count: int, how many at most.

    Returns:
        list of Recital; melodies that share nothing are left out.
    """
    order = np.argsort(-np.asarray(shared), kind='stable')[:count]
    found = zip(order, index.find_longest_shared_runs([melodies[i] for i in order]), strict=True)
    return [_recital(int(number), melodies[number], run) for number, run in found if run]


def _recital(number, melody, run):
    events = np.asarray(melody[run.position:run.position + run.num_events])
    return Recital(number, run.position, int(np.sum(events >= 0)), events, run.training_index,
                   run.training_position, run.transposition)
