"""A melody to look at: a piano roll with the primer in one colour and the continuation in another.

The colours, orange and blue, differ with every form of colour blindness. One is light and one is
dark, so that they differ in grey, too.
"""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.templates import load_template
from magenta_reg.measures.melody_notes import MelodyNotes
from magenta_reg.outputs.melody import STEPS_PER_BAR

PRIMER_COLOUR = '#E69F00'
CONTINUATION_COLOUR = '#004C7A'

_PARTS = {'primer': PRIMER_COLOUR, 'continuation': CONTINUATION_COLOUR}
_COLOURS = {'edge': '#333333', 'text': '#444444', 'row': '#F3F3F3', 'beat': '#E6E6E6',
            'bar': '#8C8C8C', 'frame': '#555555'}
_NAMES = ('C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B')
_BLACK_KEYS = (1, 3, 6, 8, 10)
_LABELLED_KEYS = (0, 7)
_MIN_SEMITONES = 13
_STEPS_PER_BEAT = STEPS_PER_BAR // 4

# The SVG, in pixels.
_TEMPLATE = Path(__file__).with_suffix('.svg')
_STEP_WIDTH, _ROW_HEIGHT = 8, 6
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 42, 8
_LEGEND_WIDTH = 280

# The PNG.
_BARS_PER_LINE = 16
_WIDTH_INCHES, _DPI = 12.0, 120


class _Roll(NamedTuple):
    """The contents of a drawing.

    Attributes:
        notes: MelodyNotes.
        is_primer: bool [notes].
        pitches: range, all rows: at least an octave, with a margin around the notes.
        num_bars: int, the last one may be incomplete.
    """

    notes: MelodyNotes
    is_primer: np.ndarray
    pitches: range
    num_bars: int

    def rows_of(self, keys):
        """Returns the pitches of all rows that are one of some keys of the octave."""
        return [pitch for pitch in self.pitches if pitch % 12 in keys]


def _roll_of(melody):
    notes = melody.notes
    pitches = notes.pitches if len(notes.pitches) else np.array([60, 72])
    low, high = int(pitches.min()) - 1, int(pitches.max()) + 2
    missing = max(0, _MIN_SEMITONES - (high - low))
    return _Roll(notes, notes.onsets_steps < melody.primer_steps,
                 range(low - missing // 2, high + missing - missing // 2),
                 max(1, -(-melody.num_steps // STEPS_PER_BAR)))


def pitch_name(pitch):
    """Returns the name of a MIDI pitch: 60 is C4."""
    return f'{_NAMES[pitch % 12]}{pitch // 12 - 1}'


def describe(melody):
    """Returns one sentence that says what the piano roll of an OutputMelody shows."""
    roll = _roll_of(melody)
    pitches = roll.notes.pitches
    notes = 'no notes' if not len(pitches) else (
        f'{len(pitches)} note{"s" if len(pitches) > 1 else ""} from '
        f'{pitch_name(pitches.min())} to {pitch_name(pitches.max())}')
    bars = f'{roll.num_bars} bar{"s" if roll.num_bars > 1 else ""}'
    return (f'Piano roll, {bars}: {notes}, of which {int(roll.is_primer.sum())} in the primer of '
            f'{melody.primer_steps} steps.')


def piano_roll_svg(melody):
    """Draws an OutputMelody for a page, in one line: str, an SVG element of its own."""
    roll = _roll_of(melody)
    num_steps = roll.num_bars * STEPS_PER_BAR
    right, bottom = _x(num_steps), _TOP + len(roll.pitches) * _ROW_HEIGHT
    boxes = [(_x(start), _y(roll, pitch), (end - start) * _STEP_WIDTH)
             for start, end, pitch in roll.notes.spans()]
    num_primer = int(roll.is_primer.sum())  # Notes are in order, so these come first.
    return load_template(_TEMPLATE).render(
        width=max(right, _LEFT + _LEGEND_WIDTH) + _RIGHT, height=bottom + _BOTTOM, left=_LEFT,
        right=right, top=_TOP, bottom=bottom, step_width=_STEP_WIDTH, row_height=_ROW_HEIGHT,
        colours=_COLOURS, label=f'{melody.title} {describe(melody)}'.strip(),
        beats=[_x(step) for step in range(0, num_steps + 1, _STEPS_PER_BEAT)],
        bars=[_x(step) for step in range(0, num_steps + 1, STEPS_PER_BAR)],
        black_rows=[_y(roll, pitch) for pitch in roll.rows_of(_BLACK_KEYS)],
        names=[(_y(roll, pitch), pitch_name(pitch)) for pitch in roll.rows_of(_LABELLED_KEYS)],
        parts=list(zip(_PARTS, _PARTS.values(), (boxes[:num_primer], boxes[num_primer:]),
                       strict=True)))


def _x(step):
    return _LEFT + step * _STEP_WIDTH


def _y(roll, pitch):
    """Returns the upper edge of a pitch's row."""
    return _TOP + (roll.pitches[-1] - pitch) * _ROW_HEIGHT


def piano_roll_png(melody):
    """Draws an OutputMelody for a file, 16 bars a line: bytes, a PNG, 1,440 pixels wide."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    roll = _roll_of(melody)
    num_lines = -(-roll.num_bars // _BARS_PER_LINE)
    line_inches = 0.5 + 0.06 * len(roll.pitches)
    with matplotlib.rc_context({'font.size': 10, 'savefig.dpi': _DPI}):
        figure = Figure(figsize=(_WIDTH_INCHES, num_lines * line_inches + 0.8),
                        layout='constrained')
        FigureCanvasAgg(figure)
        axes = figure.subplots(num_lines, 1, squeeze=False)[:, 0]
        for line, axis in enumerate(axes):
            _draw_line(axis, roll, line * _BARS_PER_LINE)
        figure.suptitle(melody.title or melody.name or 'melody', x=0.01, ha='left', wrap=True)
        axes[-1].set_xlabel('bar')
        _add_legend(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format='png')
    return buffer.getvalue()


def _draw_line(axis, roll, first_bar):
    """Draws one line of a PNG, from `first_bar` on."""
    last_bar = first_bar + min(roll.num_bars, _BARS_PER_LINE)
    bars = np.arange(first_bar, min(last_bar, roll.num_bars) + 1)
    first, last, end = (STEPS_PER_BAR * bar for bar in (first_bar, last_bar, bars[-1]))
    bottom, top = roll.pitches[0] - 0.5, roll.pitches[-1] + 0.5
    black = np.array(roll.rows_of(_BLACK_KEYS))
    _add_boxes(axis, np.full(len(black), first), np.full(len(black), end), black,
               facecolors=_COLOURS['row'], half_height=0.5)
    for kind, steps in (('beat', np.arange(first, end + 1, _STEPS_PER_BEAT)),
                        ('bar', STEPS_PER_BAR * bars)):
        axis.vlines(steps, bottom, top, color=_COLOURS[kind], linewidth=0.8)
    _draw_notes(axis, roll, first, last)
    names = roll.rows_of(_LABELLED_KEYS)
    axis.set_yticks(names, [pitch_name(pitch) for pitch in names])
    axis.set_xticks(STEPS_PER_BAR * bars[:-1], [str(bar + 1) for bar in bars[:-1]], ha='left')
    axis.tick_params(length=0)
    axis.set(xlim=(first - 0.5, last + 0.5), ylim=(bottom, top))
    axis.spines[['top', 'right', 'left']].set_visible(False)


def _draw_notes(axis, roll, first, last):
    """Draws what sounds in the steps [first, last)."""
    starts, ends = roll.notes.onsets_steps, roll.notes.ends_steps
    shown = (starts < last) & (ends > first)
    _add_boxes(axis, np.maximum(starts, first)[shown] + 0.1,
               np.minimum(ends, last)[shown] - 0.1, roll.notes.pitches[shown], half_height=0.42,
               facecolors=np.where(roll.is_primer[shown], PRIMER_COLOUR, CONTINUATION_COLOUR),
               edgecolors=_COLOURS['edge'], linewidths=0.6, zorder=3)


def _add_boxes(axis, lefts, rights, pitches, half_height, **style):
    """Adds a rectangle for each pitch as one collection, much faster than a bar each."""
    from matplotlib.collections import PolyCollection

    x = np.stack([lefts, rights, rights, lefts], axis=1)
    y = np.stack([pitches - half_height] * 2 + [pitches + half_height] * 2, axis=1)
    axis.add_collection(PolyCollection(np.stack([x, y], axis=2), **style))


def _add_legend(figure):
    from matplotlib.patches import Patch

    figure.legend(handles=[
        Patch(facecolor=colour, edgecolor=_COLOURS['edge'], linewidth=0.6, label=name)
        for name, colour in _PARTS.items()], loc='outside upper right', ncols=2, frameon=False)
