import numpy as np
import pytest

from magenta_reg.analysis.comparison.curves import Curve, check_metrics, read_curve, smooth
from magenta_reg.base.errors import UserError
from tests.analysis.fake_runs import write_metrics


def test_the_rows_of_a_split_are_read_and_no_others(tmp_path):
    write_metrics(tmp_path / 'metrics.csv')
    assert read_curve(tmp_path, 'train', 'loss').steps.tolist() == list(range(10, 301, 10))
    evaluation = read_curve(tmp_path, 'eval', 'loss')
    assert evaluation.steps.tolist() == [50, 100, 150, 200, 250, 300]
    assert evaluation.values[-1] == pytest.approx(2.1 + 1.6 * np.exp(-5))


def test_a_column_that_is_not_there_has_no_points(tmp_path):
    write_metrics(tmp_path / 'metrics.csv')
    assert len(read_curve(tmp_path, 'train', 'discriminator_accuracy').steps) == 0


def test_of_a_step_written_twice_the_later_row_counts(tmp_path):
    (tmp_path / 'metrics.csv').write_text(
        'step,split,loss\n1,train,3\n2,train,2\n2,train,1.5\n')
    assert read_curve(tmp_path, 'train', 'loss').values.tolist() == [3, 1.5]


@pytest.mark.parametrize(('content', 'message'), [
    (None, 'metrics.csv is missing or empty'),
    ('step,split,loss\n', 'metrics.csv is missing or empty'),
    ('step,split,perplexity\n1,train,2\n', "no column 'loss'"),
])
def test_no_metrics_are_an_error_that_names_the_file(tmp_path, content, message):
    if content is not None:
        (tmp_path / 'metrics.csv').write_text(content)
    with pytest.raises(UserError, match=message):
        check_metrics(tmp_path)


def test_smoothing_keeps_the_mean_and_the_ends_inside():
    curve = Curve(np.arange(100), np.random.default_rng(0).normal(size=100))
    smoothed = smooth(curve, 20)
    assert len(smoothed.steps) == 20
    assert smoothed.values.mean() == pytest.approx(curve.values.mean())
    assert smoothed.values[0] == pytest.approx(curve.values[:5].mean())
    np.testing.assert_array_equal(smooth(curve, 100), curve)


def test_stretches_are_equal_but_for_the_last():
    smoothed = smooth(Curve(np.arange(31), np.arange(31.0)), 20)
    assert smoothed.steps.tolist() == [*np.arange(0.5, 30, 2), 30]
