"""From notes to Melody events, as Magenta's data set pipeline makes them, in NumPy.

Source: magenta.models.melody_rnn.melody_rnn_pipeline and what it is made of: TimeChangeSplitter,
Quantizer and MelodyExtractor, note_seq's `Melody.from_quantized_sequence`.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError, check_least
from magenta_reg.codec.codec import NO_EVENT, NOTE_OFF
from magenta_reg.extraction.tracks import bar_steps, stretches, tracks

_OCTAVE = 12
# 36 hours of sixteenths at 120 quarters a minute. One note of a damaged file can last for years.
_MAX_UNCUT_STEPS = 2 ** 20
# An event, and one to predict from it.
_MIN_STEPS = 2


class MelodyRules(NamedTuple):
    """What counts as a melody; the defaults are Magenta's but for polyphony.

    Attributes:
        steps_per_quarter: int, the grid.
        min_bars: int, shorter melodies are discarded.
        max_steps: int, longer melodies are cut off there.
        min_unique_pitches: int, melodies of fewer pitch classes are discarded.
        gap_bars: float, so many bars of silence end a melody.
        ignore_polyphonic_notes: bool, take the highest note where several start together;
            otherwise a track with such a place is discarded from there on.
        window_steps: int, cut melodies into windows of so many steps, and a rest of `min_bars` at
            least, or None for Magenta's cut at `max_steps`.
        window_hop_steps: int, from the beginning of a window to that of the next, or None for
            `window_steps`.

    Windows begin on bar lines: of a meter whose bars do not fit, `window_steps` and
    `window_hop_steps` are rounded down to whole bars (512 steps are 504 in 3/4). Only what is
    shorter than a bar stays as it is. A note that is held into a window is not struck again there:
    the window begins with no-events, as a Melody of note_seq does, up to its first own note.
    """

    steps_per_quarter: int = 4
    min_bars: int = 7
    max_steps: int = 512
    min_unique_pitches: int = 5
    gap_bars: float = 1.0
    ignore_polyphonic_notes: bool = True
    window_steps: int | None = None
    window_hop_steps: int | None = None

    def check(self):
        """Raises UserError if the rules contradict each other or allow nothing."""
        check_least(self, steps_per_quarter=1, min_bars=0, max_steps=_MIN_STEPS,
                    min_unique_pitches=0, window_steps=_MIN_STEPS, window_hop_steps=1)
        if not self.gap_bars > 0:
            raise UserError(f'--gap_bars={self.gap_bars} is not positive: give the bars of silence '
                            'that end a melody, 1 for example')
        if self.window_hop_steps is None:
            return
        if self.window_steps is None:
            raise UserError(f'--window_hop_steps={self.window_hop_steps} means nothing without '
                            '--window_steps: give both')
        if self.window_hop_steps > self.window_steps:
            raise UserError(f'--window_hop_steps={self.window_hop_steps} would skip music between '
                            f'windows: give at most --window_steps={self.window_steps}')

    def min_steps(self, steps_per_bar):
        """Returns the int steps that a melody has at least."""
        return max(_MIN_STEPS, steps_per_bar * self.min_bars)


MAGENTA_RULES = MelodyRules()


class Extraction(NamedTuple):
    """The melodies of a piece.

    Attributes:
        melodies: list of int32 [steps + 1], Melody events at the pitches of the piece.
        discards: Counter of str, reasons of melodies (or tracks, or stretches) that were not taken.
        is_reduced: bool, whether somewhere the highest of several notes was taken.
        num_sections: int, the stretches of notes that changes of tempo or meter cut the piece into.
    """

    melodies: list
    discards: Counter
    is_reduced: bool
    num_sections: int

    def reason(self):
        """Returns the commonest reason why there is no melody, or None if there is one."""
        if self.melodies:
            return None
        return self.discards.most_common(1)[0][0] if self.discards else 'no_notes'


def extract_melodies(notes, rules=MAGENTA_RULES):
    """Returns the Extraction of Notes by MelodyRules."""
    melodies, discards, is_reduced = [], Counter(), False
    sections = list(stretches(notes))
    for stretch in sections:
        steps_per_bar, reason = bar_steps(stretch.meter, rules.steps_per_quarter)
        if reason:
            discards[reason] += 1
            continue
        for track in tracks(stretch, rules.steps_per_quarter):
            is_reduced |= len(track.doubled_steps) > 0 and rules.ignore_polyphonic_notes
            melodies += _track_melodies(track, steps_per_bar, rules, discards)
    return Extraction(melodies, discards, is_reduced, len(sections))


def _track_melodies(track, steps_per_bar, rules, discards):
    """Returns the melodies of a track, int32 [steps + 1] each; counts those it discards."""
    silences = track.start_steps[1:] - track.end_steps[:-1]
    breaks = np.flatnonzero(silences >= rules.gap_bars * steps_per_bar) + 1
    lasts = np.append(breaks, len(track.start_steps))
    melodies = []
    search_step = 0
    while True:
        first = np.searchsorted(track.start_steps, search_step)
        if first == len(track.start_steps):
            return melodies
        last = lasts[np.searchsorted(breaks, first, 'right')]
        if not rules.ignore_polyphonic_notes:
            bounds = track.start_steps[first], track.start_steps[last - 1] + 1
            if np.diff(np.searchsorted(track.doubled_steps, bounds))[0]:
                discards['polyphonic'] += 1
                return melodies
        # The melody begins with the bar of the track's next note, be it silent.
        begin = track.note_steps[np.searchsorted(track.note_steps, search_step)]
        begin -= (begin - search_step) % steps_per_bar
        end = track.end_steps[last - 1]
        search_step = end + -end % steps_per_bar
        if end - begin < rules.min_steps(steps_per_bar):
            discards['too_short'] += 1
            continue
        for events in _excerpts(track, slice(first, last), begin, steps_per_bar, rules, discards):
            if len(np.unique(events[events >= 0] % _OCTAVE)) < rules.min_unique_pitches:
                discards['too_few_pitches'] += 1
            else:
                melodies.append(events)


def _excerpts(track, chosen, begin, steps_per_bar, rules, discards):
    """Yields the events of a melody's beginning, or of its windows; counts what is left out.

    The melody has the notes of the slice `chosen` and begins at step `begin`.
    """
    num_steps = int(track.end_steps[chosen.stop - 1] - begin)
    if rules.window_steps is None:
        yield _events(track, chosen, begin, min(num_steps, rules.max_steps))
        return
    if num_steps > _MAX_UNCUT_STEPS:
        discards['too_long'] += 1
        return
    lows, highs = begin + _windows(num_steps, steps_per_bar, rules, discards)
    firsts, lasts = np.searchsorted(track.start_steps, [lows, highs])
    # Known from the number of notes alone where long ones leave windows almost empty.
    is_full = lasts - firsts >= max(1, rules.min_unique_pitches)
    if num_empty := int((~is_full).sum()):
        discards['too_few_pitches'] += num_empty
    for window in np.flatnonzero(is_full):
        # The note after the window says whether the last one in it has a note-off.
        notes = slice(firsts[window], min(lasts[window] + 1, chosen.stop))
        yield _events(track, notes, lows[window], highs[window] - lows[window])


def _windows(num_steps, steps_per_bar, rules, discards):
    """Returns int64 [2, windows]: where in a melody each begins, and ends."""
    hop_steps = rules.window_hop_steps or rules.window_steps
    size, hop = (steps - steps % steps_per_bar or steps
                 for steps in (rules.window_steps, hop_steps))
    lows = np.arange(0, max(num_steps - size, 0) + hop, hop)
    windows = np.stack([lows, np.minimum(lows + size, num_steps)])
    if windows[1, -1] - windows[0, -1] < min(size, rules.min_steps(steps_per_bar)):
        discards['rest_too_short'] += 1
        windows = windows[:, :-1]
    return windows


def _events(track, chosen, begin, num_steps):
    """Returns int32 [num_steps], the events of the notes `chosen` from step `begin` on."""
    starts = track.start_steps[chosen] - begin
    offs = (track.end_steps[chosen] - begin)[:-1]
    offs = offs[offs < starts[1:]]  # A note that the next one cuts off has no note-off.
    events = np.full(num_steps, NO_EVENT, np.int32)
    events[offs[offs < num_steps]] = NOTE_OFF
    within = starts < num_steps
    events[starts[within]] = track.pitches[chosen][within]
    return events
