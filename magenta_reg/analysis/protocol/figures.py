"""Figure of validation loss against seconds: equal compute, whatever the budget."""

from magenta_reg.analysis.protocol.seconds import mean_seconds
from magenta_reg.analysis.report.style import (
    BESIDE_INCHES,
    add_grid,
    draw_band,
    looks_of,
    styled_figure,
)


def draw_seconds(curves, seconds):
    """Draws the evaluation loss of LossCurves against mean Seconds, and the budget.

    None is returned if no group was both evaluated and timed.
    """
    shown = [each for each in curves if each.evaluation and each.label in seconds.timings]
    if not shown:
        return None
    looks = looks_of(curves)
    with styled_figure(BESIDE_INCHES, 4.4) as figure:
        axis = figure.subplots()
        for each in shown:
            steps, loss = each.evaluation
            draw_band(axis, [mean_seconds(seconds.timings[each.label], step) for step in steps],
                      loss, looks[each.label], label=looks[each.label].name,
                      every=max(1, len(steps) // 12))
        axis.axvline(seconds.budget, color='#555555', linewidth=0.8, linestyle=':',
                     label='equal seconds of the table')
        axis.set(xlabel='seconds of training', ylabel='validation loss, nats per event')
        axis.set_xscale('log')
        _plain_ticks(axis.xaxis)
        add_grid(axis)
        figure.legend(*axis.get_legend_handles_labels(), loc='outside lower center', ncols=2)
    return figure


def _plain_ticks(axis):
    """Writes 1, 2, 5, 10 on a logarithmic axis, where powers of ten alone may be none or one."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda secs, _: f'{secs:,g}'))
    axis.set_minor_formatter(NullFormatter())
