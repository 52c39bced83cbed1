"""Five methods of five seeds each: networks of one method share a line, methods never do."""

from types import SimpleNamespace

import numpy as np

from magenta_reg.analysis.memorization.figures import draw_memorization
from magenta_reg.analysis.memorization.measure import NGRAM_NOTES
from magenta_reg.analysis.music.features import FEATURES
from magenta_reg.analysis.music.figures import draw_overlaps
from magenta_reg.analysis.report.style import looks_of
from magenta_reg.analysis.statistics.estimate import Estimate
from tests.analysis.drawn import is_within_its_page

METHODS = ['baseline', 'dropout', 'scheduled_sampling', 'professor_forcing', 'seqgan']
LOOKS = looks_of([SimpleNamespace(label=name, method=name) for name in METHODS])
SEEDS = 5


def lines_of_marks(axis):
    """Returns dict of y in inches, from the top, to how many marks are there."""
    axis.figure.canvas.draw()
    found = {}
    for line in axis.lines:
        if line.get_marker() not in ('', 'None', None):
            y = axis.transData.transform(line.get_xydata())[0, 1] / axis.figure.dpi
            found[round(y, 3)] = found.get(round(y, 3), 0) + 1
    return found


def test_every_method_has_a_line_in_the_row_of_a_feature():
    rng = np.random.default_rng(0)
    series = [(look, SimpleNamespace(distances={name: SimpleNamespace(overlap=Estimate(
        value, value - 0.05, value + 0.05, floor=Estimate(0.9, 0.85, 0.95)))
        for name, value in zip(FEATURES, rng.uniform(0.5, 0.9, len(FEATURES)), strict=True)}))
        for look in LOOKS.values() for _ in range(SEEDS)]
    figure = draw_overlaps(series)
    found = lines_of_marks(figure.axes[0])
    assert list(found.values()) == len(METHODS) * len(FEATURES) * [SEEDS]
    # 6 pixels: a mark is 6 high.
    assert np.diff(sorted(found)).min() * 96 >= 6
    assert is_within_its_page(figure)


def test_every_method_has_a_line_for_each_length_of_n_grams():
    rng = np.random.default_rng(0)

    def memorization():
        return SimpleNamespace(num_events=rng.integers(5, 40, 30),
                               novelty={n: rng.uniform(0, 1, 30) for n in NGRAM_NOTES})

    series = [(look, memorization()) for look in LOOKS.values() for _ in range(SEEDS)]
    figure = draw_memorization(series, memorization(), 0)
    found = lines_of_marks(figure.axes[1])
    assert sorted(found.values()) == sorted(len(NGRAM_NOTES) * [1, *(len(METHODS) * [SEEDS])])
    assert np.diff(sorted(found)).min() * 96 >= 6
    assert is_within_its_page(figure)
