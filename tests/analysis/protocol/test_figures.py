"""Validation loss is drawn at the seconds of its updates, of groups that have both."""

import numpy as np
import pytest

from magenta_reg.analysis.losses.curves import loss_curves
from magenta_reg.analysis.protocol.figures import draw_seconds
from magenta_reg.analysis.protocol.measure import Seconds
from magenta_reg.analysis.protocol.seconds import make_timing
from tests.analysis.groups_of_runs import make_group, write_evaluations


def seconds_of(**paces):
    """Returns Seconds of groups with runs of so many seconds an update each."""
    timings = {label: [make_timing({300: pace}) for pace in own] for label, own in paces.items()}
    return Seconds(60.0, timings, {}, 1.0, 1)


def test_a_line_is_the_mean_loss_at_the_mean_seconds_of_an_update(tmp_path):
    groups = [make_group('baseline', run_dirs=[
        write_evaluations(tmp_path / f'b{index}', losses)
        for index, losses in enumerate(([3, 2, 1.5], [3.5, 3, 2]))]),
        make_group('dropout', run_dirs=[write_evaluations(tmp_path / 'd', [3, 2.5, 2.4])]),
        make_group('untimed', run_dirs=[write_evaluations(tmp_path / 'u', [3, 2.5, 2.4])])]
    figure = draw_seconds(list(map(loss_curves, groups)),
                          seconds_of(baseline=[0.1, 0.3], dropout=[0.4], other=[0.5]))
    axis, = figure.axes
    first, second, budget = axis.lines
    np.testing.assert_allclose(first.get_xydata(), [[20, 3.25], [40, 2.5], [60, 1.75]])
    np.testing.assert_allclose(second.get_xydata(), [[40, 3], [80, 2.5], [120, 2.4]])
    assert budget.get_xdata() == [60, 60]
    assert axis.xaxis.get_major_formatter()(2000) == '2,000'


@pytest.mark.parametrize('paces', [{}, {'dropout': [0.1]}])
def test_without_seconds_or_evaluations_there_is_nothing_to_draw(tmp_path, paces):
    group = make_group('dropout', run_dirs=[write_evaluations(tmp_path / 'd', [])])
    assert draw_seconds([loss_curves(group)], seconds_of(**paces)) is None
