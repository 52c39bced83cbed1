import numpy as np
import pytest

from magenta_reg.analysis.losses import Curve, read_losses, smooth
from magenta_reg.errors import UserError
from tests.analysis.fake_runs import write_metrics


def test_both_splits_are_read_and_other_columns_ignored(tmp_path):
    write_metrics(tmp_path / 'metrics.csv')
    losses = read_losses(tmp_path)
    assert losses.train.steps.tolist() == list(range(10, 301, 10))
    assert losses.evaluation.steps.tolist() == [50, 100, 150, 200, 250, 300]
    assert losses.evaluation.loss_nats[-1] == pytest.approx(2.1 + 1.6 * np.exp(-5))
    assert losses.final_evaluation == losses.best_evaluation == losses.evaluation.loss_nats[-1]
    assert losses.final_train == pytest.approx(losses.train.loss_nats[-3:].mean())


def test_best_is_not_last_when_the_loss_turns(tmp_path):
    (tmp_path / 'metrics.csv').write_text(
        'step,split,loss\n1,eval,3\n2,eval,2\n3,eval,2.5\n')
    losses = read_losses(tmp_path)
    assert (losses.best_evaluation, losses.final_evaluation) == (2.0, 2.5)
    assert losses.final_train is None


def test_of_a_step_written_twice_the_later_row_counts(tmp_path):
    (tmp_path / 'metrics.csv').write_text(
        'step,split,loss\n1,train,3\n2,train,2\n2,train,1.5\n')
    assert read_losses(tmp_path).train.loss_nats.tolist() == [3, 1.5]


@pytest.mark.parametrize(('content', 'message'), [
    (None, 'metrics.csv is missing or empty'),
    ('step,split,loss\n', 'metrics.csv is missing or empty'),
    ('step,split,perplexity\n1,train,2\n', "no column 'loss'"),
])
def test_no_metrics_are_an_error_that_names_the_file(tmp_path, content, message):
    if content is not None:
        (tmp_path / 'metrics.csv').write_text(content)
    with pytest.raises(UserError, match=message):
        read_losses(tmp_path)


def test_smoothing_keeps_the_mean_and_the_ends_inside():
    curve = Curve(np.arange(100), np.random.default_rng(0).normal(size=100))
    smoothed = smooth(curve, 20)
    assert len(smoothed.steps) == 20
    assert smoothed.loss_nats.mean() == pytest.approx(curve.loss_nats.mean())
    assert smoothed.loss_nats[0] == pytest.approx(curve.loss_nats[:5].mean())
    np.testing.assert_array_equal(smooth(curve, 100), curve)


def test_stretches_are_equal_but_for_the_last():
    smoothed = smooth(Curve(np.arange(31), np.arange(31.0)), 20)
    assert smoothed.steps.tolist() == [*np.arange(0.5, 30, 2), 30]
