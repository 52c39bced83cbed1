"""Does a network recite its training set? What its melodies share with it, beside held-out ones.

Real music shares runs with other real music, so the floor is what held-out melodies of the same
length share with the same training set. A held note or a scale is shared by all music: with the
length of a run goes the number of notes in it.

Source: Yin et al. 2022, "Measuring when a music generation algorithm copies too much".
"""

from typing import NamedTuple

import numpy as np

from magenta_reg.analysis.pairing import Difference, paired_difference

NGRAM_NOTES = (4, 8)
# Longer than so many of the held-out melodies' runs: what held-out music rarely shares.
_RARE_PERCENTILE = 95


class Memorization(NamedTuple):
    """What each of some melodies shares with the training set.

    Attributes:
        longest_runs: int64 [melodies], events of the longest shared run, in any key; 0 without a
            note.
        notes_in_runs: int64 [melodies], note-ons in that run.
        novelty: dict of n to float64 [melodies], share of a melody's n-grams of notes that the
            training set does not have; NaN for a melody of fewer notes.
    """

    longest_runs: np.ndarray
    notes_in_runs: np.ndarray
    novelty: dict


class MemorizationComparison(NamedTuple):
    """Generated against held-out melodies, each the Difference of means, generated - held-out.

    More than 0 in the first three, or less than 0 in the last, means memorizing.

    Attributes:
        longest_run: events.
        notes_in_run: notes.
        rare_share: share of melodies whose run is longer than `rare_events`.
        rare_events: float, what 95% of the held-out melodies' runs do not exceed.
        novelty: dict of n to Difference, shares of n-grams; melodies without n-grams are left out.
    """

    longest_run: Difference
    notes_in_run: Difference
    rare_share: Difference
    rare_events: float
    novelty: dict


def measure_memorization(index, melodies):
    """Measures what melodies share with a training set.

    Args:
        index: TrainingIndex.
        melodies: int array [melodies, steps], Melody events without their primers.

    Returns:
        Memorization.
    """
    melodies = [np.asarray(events) for events in melodies]
    runs = index.find_longest_shared_runs(melodies)
    return Memorization(
        np.array([run.num_events if run else 0 for run in runs], np.int64),
        np.array([_num_notes(events, run) for events, run in zip(melodies, runs, strict=True)],
                 np.int64),
        {n: index.ngram_novelty(melodies, n) for n in NGRAM_NOTES})


def _num_notes(events, run):
    return np.sum(events[run.position:run.position + run.num_events] >= 0) if run else 0


def compare_memorization(generated, held_out, seed):
    """Compares what generated and held-out melodies share with the training set.

    Args:
        generated: list of Memorization, one a seed of the method; row i of each goes on from the
            primer of row i of `held_out`, for as many events.
        held_out: Memorization.
        seed: int, of the bootstrap and of sign-flips.

    Returns:
        MemorizationComparison.
    """
    rare_events = float(np.percentile(held_out.longest_runs, _RARE_PERCENTILE))

    def difference(measure):
        return _difference([measure(each) for each in generated], measure(held_out), seed)

    return MemorizationComparison(
        difference(lambda each: each.longest_runs),
        difference(lambda each: each.notes_in_runs),
        difference(lambda each: each.longest_runs > rare_events), rare_events,
        {n: difference(lambda each, n=n: each.novelty[n]) for n in held_out.novelty})


def _difference(generated, held_out, seed):
    """Returns the Difference over the rows that all have a figure."""
    values = np.array(generated, np.float64)
    rows = np.isfinite(values).all(axis=0) & np.isfinite(held_out)
    # Held-out melodies are the same for every seed: no variance comes from them.
    real = np.tile(np.asarray(held_out, np.float64)[rows], [len(values), 1])
    return paired_difference(values[:, rows], real, seed)
