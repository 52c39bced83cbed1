"""The verdict table as a figure: every part of every claim with its interval."""

from magenta_reg.analysis.report.claims import statement
from magenta_reg.analysis.report.style import SMALL_POINTS, display, styled_figure
from magenta_reg.analysis.report.verdicts import (
    AS_CLAIMED,
    CONFIRMED,
    CONTRADICTED,
    EQUIVALENT,
    NOT_TESTED,
    OPPOSITE,
    UNCLEAR,
    UNDECIDED,
    WITHIN,
)

# Colour, and a shape that also says it in print.
LOOKS = {CONFIRMED: ('#0072B2', 'o', '#0072B2'), CONTRADICTED: ('#D55E00', 'X', '#D55E00'),
         EQUIVALENT: ('#007A5A', 's', 'white'), UNDECIDED: ('#666666', 'o', 'white'),
         NOT_TESTED: ('#666666', '', 'white')}
LOOKS |= {AS_CLAIMED: LOOKS[CONFIRMED], OPPOSITE: LOOKS[CONTRADICTED], WITHIN: LOOKS[EQUIVALENT],
          UNCLEAR: LOOKS[UNDECIDED]}
_ROW_INCHES = 0.36


def draw_verdicts(verdicts):
    """Draws the primary differences of ClaimVerdicts, on the claim's side to the right.

    They are in units of half their interval, as quantities have different units; the numbers in
    their own units are to the right. None is returned if there is no difference with a number.
    """
    shown = [(verdict, [part for part in verdict.parts if part.is_primary and part.direction])
             for verdict in verdicts]
    shown = [(verdict, parts) for verdict, parts in shown if parts]
    if not any(part.effect.low is not None for _, parts in shown for part in parts):
        return None
    num_rows = sum(1 + len(parts) for _, parts in shown)
    with styled_figure(10.5, _ROW_INCHES * num_rows + 0.9) as figure:
        from matplotlib.transforms import blended_transform_factory

        axis = figure.subplots()
        margins = blended_transform_factory(figure.transFigure, axis.transData)
        y = 0
        for verdict, parts in shown:
            _write_claim(axis, y, verdict, margins)
            for part in parts:
                y += 1
                _draw_part(axis, y, part, margins)
            y += 1
        axis.axvline(0, color='#333333', linewidth=0.9, zorder=0)
        _scale(axis, num_rows)
        # The words stand in the margins: the layout is that of the axis alone.
        for artist in [*axis.texts, *axis.collections]:
            artist.set_in_layout(False)
        figure.get_layout_engine().set(rect=(0.42, 0, 0.18, 1))
    return figure


def _scale(axis, num_rows):
    """Sets an axis that is linear to 2 and logarithmic beyond."""
    axis.set_xscale('symlog', linthresh=2)
    limit = max(4.0, 1.3 * max(map(abs, axis.get_xlim())))
    ticks = [tick for tick in (-10, -1, 0, 1, 10) if abs(tick) < limit]
    axis.set_xticks(ticks, [str(tick).replace('-', '\N{MINUS SIGN}') for tick in ticks])
    axis.set(ylim=(num_rows - 0.4, -0.7), yticks=[], xlim=(-limit, limit))
    axis.set_xlabel('against \N{LEFTWARDS ARROW}  \N{RIGHTWARDS ARROW} as claimed', fontsize=10)
    axis.spines['left'].set_visible(False)


def _write_claim(axis, y, verdict, margins):
    axis.fill_between([0.01, 0.99], y - 0.45, y + 0.45, color='#EEEEEE', transform=margins,
                      clip_on=False, zorder=0.5, linewidth=0)
    axis.text(0.02, y, statement(verdict.claim), transform=margins, va='center',
              fontsize=SMALL_POINTS, weight='bold')
    said = verdict.word if verdict.p_holm is None else f'{verdict.word}, p = {verdict.p_holm:.2g}'
    axis.text(0.98, y, said, transform=margins, va='center', ha='right', fontsize=10,
              weight='bold', color=LOOKS[verdict.word][0])


def _draw_part(axis, y, part, margins):
    effect, (colour, marker, face) = part.effect, LOOKS[part.word]
    axis.text(0.42, y, display(part.name), transform=margins, ha='right', va='center', fontsize=9.5)
    text = display(effect.reason) or part.word
    if effect.low is not None:
        half = (effect.high - effect.low) / 2 or 1.0
        low, middle, high = sorted(part.direction * each / half
                                   for each in (effect.low, effect.value, effect.high))
        axis.plot([low, high], [y, y], color=colour, linewidth=1.8)
        axis.plot(middle, y, marker or '|', color=colour, markerfacecolor=face, markersize=6)
        text = (f'{effect.value:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]  {text}'
                ).replace('-', '\N{MINUS SIGN}')
    elif effect.value is not None:
        text = f'{effect.value:+.3g}  {text}'.replace('-', '\N{MINUS SIGN}')
    axis.text(0.61, y, text, transform=margins, va='center', fontsize=9.5, color=colour)
