"""The verdict table as a figure: every part of every claim with its interval."""

from magenta_reg.analysis.report.claims import statement
from magenta_reg.analysis.report.style import display, styled_figure
from magenta_reg.analysis.report.verdicts import CONFIRMED, CONTRADICTED, NOT_TESTED, UNDECIDED

# Colour, and a shape that also says it in print.
LOOKS = {CONFIRMED: ('#0072B2', 'o', '#0072B2'), CONTRADICTED: ('#D55E00', 'X', '#D55E00'),
         UNDECIDED: ('#666666', 'o', 'white'), NOT_TESTED: ('#666666', '', 'white')}
_ROW_INCHES = 0.34


def draw_verdicts(verdicts):
    """Draws the effect of each part of ClaimVerdicts, on the claim's side to the right.

    It is in units of half its interval, as quantities have different units; the numbers in their
    own units are to the right.
    """
    num_rows = sum(1 + len(verdict.parts) for verdict in verdicts)
    with styled_figure(12.0, _ROW_INCHES * num_rows + 0.9) as figure:
        from matplotlib.transforms import blended_transform_factory

        axis = figure.subplots()
        margins = blended_transform_factory(figure.transFigure, axis.transData)
        y = 0
        for verdict in verdicts:
            _write_claim(axis, y, verdict, margins)
            for part in verdict.parts:
                y += 1
                _draw_part(axis, y, part, margins)
            y += 1
        axis.axvline(0, color='#333333', linewidth=0.9, zorder=0)
        _scale(axis, num_rows)
        # The words stand in the margins: the layout is that of the axis alone.
        for artist in [*axis.texts, *axis.collections]:
            artist.set_in_layout(False)
        figure.get_layout_engine().set(rect=(0.37, 0, 0.27, 1))
    return figure


def _scale(axis, num_rows):
    """Sets an axis that is linear to 2 and logarithmic beyond."""
    axis.set_xscale('symlog', linthresh=2)
    limit = max(4.0, 1.3 * max(map(abs, axis.get_xlim())))
    ticks = [tick for tick in (-10, -2, -1, 0, 1, 2, 10) if abs(tick) < limit]
    axis.set_xticks(ticks, [str(tick).replace('-', '\N{MINUS SIGN}') for tick in ticks])
    axis.set(ylim=(num_rows - 0.4, -0.7), yticks=[], xlim=(-limit, limit))
    axis.set_xlabel('against  \N{LEFTWARDS ARROW}  effect over half of its 95% interval  '
                    '\N{RIGHTWARDS ARROW}  as claimed', fontsize=9)
    axis.spines['left'].set_visible(False)


def _write_claim(axis, y, verdict, margins):
    axis.fill_between([0.01, 0.99], y - 0.45, y + 0.45, color='#EEEEEE', transform=margins,
                      clip_on=False, zorder=0.5, linewidth=0)
    axis.text(0.02, y, statement(verdict.claim), transform=margins, va='center', fontsize=9.5,
              weight='bold')
    axis.text(0.98, y, verdict.word, transform=margins, va='center', ha='right', fontsize=10,
              weight='bold', color=LOOKS[verdict.word][0])


def _draw_part(axis, y, part, margins):
    effect, (colour, marker, face) = part.effect, LOOKS[part.word]
    axis.text(0.37, y, display(part.name), transform=margins, ha='right', va='center',
              fontsize=8.5)
    if part.word == NOT_TESTED:
        text = f'not tested: {display(effect.reason)}'
    else:
        half = (effect.high - effect.low) / 2 or 1.0
        low, middle, high = sorted(part.direction * each / half
                                   for each in (effect.low, effect.value, effect.high))
        axis.plot([low, high], [y, y], color=colour, linewidth=1.8)
        axis.plot(middle, y, marker, color=colour, markerfacecolor=face, markersize=6)
        text = (f'{effect.value:+.3g} [{effect.low:+.3g}, {effect.high:+.3g}]  p = '
                f'{effect.p_holm:.2g}  {part.word}').replace('-', '\N{MINUS SIGN}')
    axis.text(0.65, y, text, transform=margins, va='center', fontsize=8.5, color=colour)
