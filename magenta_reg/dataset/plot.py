"""dataset.png: how long melodies are, their pitches, and their events by kind, part by part."""

import io

import numpy as np

# Okabe & Ito 2008: told apart with every form of colour blindness.
_COLOURS = {'training': '#0072B2', 'judge': '#CC79A7', 'eval': '#E69F00', 'test': '#009E73'}
_STYLE = {
    'font.size': 11, 'axes.titlesize': 11, 'axes.spines.top': False, 'axes.spines.right': False,
    'axes.edgecolor': '#555555', 'axes.linewidth': 0.8, 'legend.frameon': False,
    'lines.linewidth': 1.6, 'figure.constrained_layout.use': True}
_KINDS = ('note', 'note off', 'no event')
_NUM_BINS = 32
_STEPS_PER_BAR_QUARTERS = 4


def draw_dataset(statistics, steps_per_quarter):
    """Draws the parts of a data set in one colour each.

    Args:
        statistics: dict of str, a part, to PartStatistics.
        steps_per_quarter: int.

    Returns:
        bytes, a PNG.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    statistics = {part: each for part, each in statistics.items() if len(each.lengths_steps)}
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.0, 7.5), dpi=150)
        FigureCanvasAgg(figure)
        lengths, pitches, kinds = figure.subplots(3, 1, height_ratios=[1, 1, 0.8])
        _draw_lengths(lengths, statistics, steps_per_quarter * _STEPS_PER_BAR_QUARTERS)
        _draw_pitches(pitches, statistics)
        _draw_kinds(kinds, statistics)
        buffer = io.BytesIO()
        figure.savefig(buffer, format='png')
    return buffer.getvalue()


def _draw_lengths(axis, statistics, steps_per_bar):
    """Draws shares, so that a small part can be compared with a large one."""
    longest = max(each.lengths_steps.max() for each in statistics.values())
    edges = np.linspace(0, longest / steps_per_bar, _NUM_BINS + 1)
    for part, each in statistics.items():
        shares, _ = np.histogram(each.lengths_steps / steps_per_bar, edges)
        axis.stairs(100 * shares / len(each.lengths_steps), edges, color=_COLOURS[part],
                    linewidth=1.6, label=f'{part}: {len(each.lengths_steps):,} melodies')
    axis.set(title='Length of melodies', xlabel=f'bars of {steps_per_bar} steps',
             ylabel='% of melodies', xlim=(0, None), ylim=(0, None))
    axis.legend(loc='upper center', fontsize=10)


def _draw_pitches(axis, statistics):
    pitches = np.flatnonzero(sum(each.counts for each in statistics.values())[2:])
    low, high = pitches[0], pitches[-1] + 1
    for part, each in statistics.items():
        counts = each.counts[2:][low:high]
        axis.stairs(100 * counts / counts.sum(), np.arange(low, high + 1) - 0.5,
                    color=_COLOURS[part], linewidth=1.6)
    ticks = np.arange(-(-low // 12) * 12, high, 12)
    axis.set_xticks(ticks, [f'{pitch}\nC{pitch // 12 - 1}' for pitch in ticks])
    axis.set(title='Pitches', xlabel='MIDI pitch', ylabel='% of notes', ylim=(0, None))


def _draw_kinds(axis, statistics):
    """Draws a bar a part for each kind, with its share beside it."""
    for row, (part, each) in enumerate(statistics.items()):
        shares = 100 * np.array([each.counts[2:].sum(), each.counts[1], each.counts[0]])
        shares = shares / each.counts.sum()
        height = 0.8 / len(statistics)
        places = np.arange(len(_KINDS)) - 0.4 + height * (row + 0.5)
        bars = axis.barh(places, shares, 0.9 * height, color=_COLOURS[part])
        axis.bar_label(bars, fmt='%.1f %%', padding=3, fontsize=9)
    axis.set_yticks(range(len(_KINDS)), _KINDS)
    axis.invert_yaxis()
    axis.tick_params(axis='y', length=0)
    axis.margins(x=0.12)
    axis.set(title='Events by kind', xlabel='% of events')
