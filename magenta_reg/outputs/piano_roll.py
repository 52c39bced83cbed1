"""A melody to look at: a piano roll with the primer in one colour and the continuation in another.

The colours are told apart with every form of colour blindness (orange and blue), and in grey: one
is light and one is dark.
"""

import io
from html import escape
from typing import NamedTuple

import numpy as np

from magenta_reg.outputs.piece import stepped_notes

PRIMER_COLOUR = '#E69F00'
CONTINUATION_COLOUR = '#004C7A'

_EDGE_COLOUR = '#333333'
_TEXT_COLOUR = '#444444'
_GRID_COLOURS = {'row': '#F3F3F3', 'beat': '#E6E6E6', 'bar': '#8C8C8C', 'frame': '#555555'}
_NAMES = ('C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B')
_BLACK_KEYS = (1, 3, 6, 8, 10)
_LABELLED_KEYS = (0, 7)
_MIN_SEMITONES = 13

# The SVG, in pixels.
_STEP_WIDTH, _ROW_HEIGHT = 8, 6
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 42, 8
_LEGEND_WIDTH = 280

# The PNG.
_BARS_PER_LINE = 16
_WIDTH_INCHES, _DPI = 12.0, 120


class _Roll(NamedTuple):
    """What a drawing needs to know of a piece.

    Attributes:
        notes: SteppedNotes.
        is_primer: bool [notes].
        low: int, lowest pitch drawn.
        high: int, one above the highest pitch drawn.
        num_bars: int, the last one may be cut.
        num_steps: int, all bars.
        steps_per_bar: int.
    """

    notes: object
    is_primer: np.ndarray
    low: int
    high: int
    num_bars: int
    num_steps: int
    steps_per_bar: int


def pitch_name(pitch):
    """Returns the name of a MIDI pitch: 60 is C4."""
    return f'{_NAMES[pitch % 12]}{pitch // 12 - 1}'


def _roll_of(piece):
    """Returns the _Roll of a piece: a margin around its pitches, an octave at least, whole bars."""
    notes = stepped_notes(piece.events)
    pitches = notes.pitches if len(notes.pitches) else np.array([60, 72])
    low, high = int(pitches.min()) - 1, int(pitches.max()) + 2
    missing = max(0, _MIN_SEMITONES - (high - low))
    low, high = low - missing // 2, high + missing - missing // 2
    num_bars = max(1, -(-piece.num_steps // piece.steps_per_bar))
    return _Roll(notes, notes.starts_steps < piece.primer_steps, low, high, num_bars,
                 num_bars * piece.steps_per_bar, piece.steps_per_bar)


def describe(piece):
    """Returns one sentence that says what a piano roll shows."""
    roll = _roll_of(piece)
    pitches = roll.notes.pitches
    notes = 'no notes' if not len(pitches) else (
        f'{len(pitches)} note{"s" if len(pitches) > 1 else ""} from '
        f'{pitch_name(pitches.min())} to {pitch_name(pitches.max())}')
    bars = f'{roll.num_bars} bar{"s" if roll.num_bars > 1 else ""}'
    return (f'Piano roll, {bars}: {notes}, of which {int(roll.is_primer.sum())} in the primer of '
            f'{piece.primer_steps} steps.')


def piano_roll_svg(piece):
    """Draws a piano roll for a page.

    One line of any length, 8 pixels a step and 6 a semitone. The group of class 'axis', with the
    note names, can be moved to stay in sight; data-left and data-step-width say where step 0 is
    and how wide a step.

    Args:
        piece: Piece.

    Returns:
        str, an SVG element that needs no style sheet.
    """
    roll = _roll_of(piece)
    right = _LEFT + roll.num_steps * _STEP_WIDTH
    width = max(right, _LEFT + _LEGEND_WIDTH) + _RIGHT
    height = _TOP + (roll.high - roll.low) * _ROW_HEIGHT + _BOTTOM
    label = escape(' '.join(filter(None, [piece.title, describe(piece)])))
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{label}" '
        f'data-left="{_LEFT}" data-step-width="{_STEP_WIDTH}" '
        f'font-family="sans-serif" font-size="12" fill="{_TEXT_COLOUR}">',
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
        *_svg_grid(roll, right), *_svg_notes(roll), _svg_axis(roll, height), '</svg>'])


def _svg_grid(roll, right):
    """Yields rows of black keys, beat and bar lines, and the bars' numbers."""
    bottom = _TOP + (roll.high - roll.low) * _ROW_HEIGHT
    across, down = f'h{right - _LEFT}', f'V{bottom}'
    rows = [f'M{_LEFT} {_svg_y(roll, pitch)}{across}v{_ROW_HEIGHT}H{_LEFT}z'
            for pitch in range(roll.low, roll.high) if pitch % 12 in _BLACK_KEYS]
    yield f'<path fill="{_GRID_COLOURS["row"]}" d="{"".join(rows)}"/>'
    bar = roll.steps_per_bar
    for kind, step_size in (('beat', bar // 4), ('bar', bar)):
        lines = [f'M{_svg_x(step) + 0.5:g} {_TOP}{down}'
                 for step in range(0, roll.num_steps + 1, step_size)]
        yield f'<path stroke="{_GRID_COLOURS[kind]}" fill="none" d="{"".join(lines)}"/>'
    yield (f'<path stroke="{_GRID_COLOURS["frame"]}" fill="none" '
           f'd="M{_LEFT} {_TOP - 0.5}{across}M{_LEFT} {bottom + 0.5}{across}"/>')
    for number in range(roll.num_bars):
        yield f'<text x="{_svg_x(number * bar) + 3}" y="{_TOP - 5}">{number + 1}</text>'


def _svg_notes(roll):
    """Yields the notes of the primer and those of the continuation, a path each."""
    for is_primer, colour in ((True, PRIMER_COLOUR), (False, CONTINUATION_COLOUR)):
        chosen = roll.is_primer == is_primer
        boxes = [f'M{_svg_x(start) + 1} {_svg_y(roll, pitch) + 0.5}'
                 f'h{(end - start) * _STEP_WIDTH - 2}v5H{_svg_x(start) + 1}z'
                 for start, end, pitch in zip(*[column[chosen] for column in roll.notes],
                                              strict=True)]
        if boxes:
            yield (f'<path fill="{colour}" stroke="{_EDGE_COLOUR}" stroke-width="0.6" '
                   f'd="{"".join(boxes)}"/>')


def _svg_axis(roll, height):
    """Returns the legend and the note names, on a ground of their own."""
    names = [f'<text x="{_LEFT - 6}" y="{_svg_y(roll, pitch) + 7}" text-anchor="end">'
             f'{pitch_name(pitch)}</text>'
             for pitch in range(roll.low, roll.high) if pitch % 12 in _LABELLED_KEYS]
    legend = [f'<rect x="{x}" y="4" width="18" height="10" fill="{colour}" '
              f'stroke="{_EDGE_COLOUR}" stroke-width="0.6"/><text x="{x + 24}" y="14">{name}</text>'
              for x, name, colour in ((_LEFT, 'primer', PRIMER_COLOUR),
                                      (_LEFT + 90, 'continuation', CONTINUATION_COLOUR))]
    return (f'<g class="axis"><rect width="{_LEFT}" height="{height}" fill="#FFFFFF"/>'
            f'{"".join(names)}{"".join(legend)}</g>')


def _svg_x(step):
    return _LEFT + int(step) * _STEP_WIDTH


def _svg_y(roll, pitch):
    """Returns the upper edge of a pitch's row."""
    return _TOP + (roll.high - 1 - int(pitch)) * _ROW_HEIGHT


def piano_roll_png(piece):
    """Draws a piano roll for a file, sixteen bars a line.

    Args:
        piece: Piece.

    Returns:
        bytes, a PNG, 1,440 pixels wide.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    roll = _roll_of(piece)
    num_lines = -(-roll.num_bars // _BARS_PER_LINE)
    line_inches = 0.5 + 0.06 * (roll.high - roll.low)
    with matplotlib.rc_context({'font.size': 10, 'savefig.dpi': _DPI}):
        figure = Figure(figsize=(_WIDTH_INCHES, num_lines * line_inches + 0.8),
                        layout='constrained')
        FigureCanvasAgg(figure)
        axes = figure.subplots(num_lines, 1, squeeze=False)[:, 0]
        for line, axis in enumerate(axes):
            _draw_line(axis, roll, line * _BARS_PER_LINE * roll.steps_per_bar,
                       min(roll.num_bars, _BARS_PER_LINE))
        figure.suptitle(piece.title or piece.name or 'melody', x=0.01, ha='left', wrap=True)
        axes[-1].set_xlabel('bar')
        _add_legend(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format='png')
    return buffer.getvalue()


def _draw_line(axis, roll, first_step, num_bars):
    """Draws some bars of a roll, from `first_step` on."""
    bar = roll.steps_per_bar
    last_step = first_step + num_bars * bar
    bars = np.arange(first_step, min(last_step, roll.num_steps) + 1, bar)
    black = np.array([pitch for pitch in range(roll.low, roll.high) if pitch % 12 in _BLACK_KEYS])
    _add_boxes(axis, np.full(len(black), first_step), np.full(len(black), bars[-1]), black,
               facecolors=_GRID_COLOURS['row'], half_height=0.5)
    for kind, steps in (('beat', np.arange(first_step, bars[-1] + 1, bar // 4)), ('bar', bars)):
        axis.vlines(steps, roll.low - 0.5, roll.high - 0.5, color=_GRID_COLOURS[kind],
                    linewidth=0.8)
    starts, ends, pitches = roll.notes
    shown = (starts < last_step) & (ends > first_step)
    _add_boxes(axis, np.maximum(starts, first_step)[shown] + 0.1,
               np.minimum(ends, last_step)[shown] - 0.1, pitches[shown], half_height=0.42,
               facecolors=np.where(roll.is_primer[shown], PRIMER_COLOUR, CONTINUATION_COLOUR),
               edgecolors=_EDGE_COLOUR, linewidths=0.6, zorder=3)
    names = [pitch for pitch in range(roll.low, roll.high) if pitch % 12 in _LABELLED_KEYS]
    axis.set_yticks(names, [pitch_name(pitch) for pitch in names])
    axis.set_xticks(bars[:-1], [str(step // bar + 1) for step in bars[:-1]], ha='left')
    axis.tick_params(length=0)
    axis.set(xlim=(first_step - 0.5, last_step + 0.5), ylim=(roll.low - 0.5, roll.high - 0.5))
    axis.spines[['top', 'right', 'left']].set_visible(False)


def _add_boxes(axis, lefts, rights, pitches, half_height, **style):
    """Adds a rectangle a pitch as one collection, which draws much faster than a bar each."""
    from matplotlib.collections import PolyCollection

    x = np.stack([lefts, rights, rights, lefts], axis=1)
    y = np.stack([pitches - half_height] * 2 + [pitches + half_height] * 2, axis=1)
    axis.add_collection(PolyCollection(np.stack([x, y], axis=2), **style))


def _add_legend(figure):
    from matplotlib.patches import Patch

    figure.legend(handles=[
        Patch(facecolor=colour, edgecolor=_EDGE_COLOUR, linewidth=0.6, label=name)
        for name, colour in (('primer', PRIMER_COLOUR), ('continuation', CONTINUATION_COLOUR))],
        loc='outside upper right', ncols=2, frameon=False)
