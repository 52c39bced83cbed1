"""Shards of the batch: together they are the batch, and no step depends on their number."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast import cores
from magenta_reg.graph.fast.cores import row_shards, sharded_session
from magenta_reg.methods import METHODS
from tests.small import constant_batch, make_experiment


@pytest.mark.parametrize('num_rows', [0, 1, 2, 3, 64, 65])
@pytest.mark.parametrize('num_cores', [1, 2, 3, 16])
def test_shards_are_as_many_as_cores_up_to_four_and_put_together_they_are_the_batch(
        monkeypatch, num_cores, num_rows):
    monkeypatch.setattr(cores, 'num_cores', lambda: num_cores)
    values = np.arange(2 * num_rows).reshape(2, num_rows)
    with tf.Graph().as_default(), sharded_session() as session:
        shards = session.run(row_shards(tf.constant(values), axis=1))
    assert len(shards) == min(num_cores, 4)
    sizes = [shard.shape[1] for shard in shards]
    assert max(sizes) - min(sizes) <= 1
    np.testing.assert_array_equal(np.concatenate(shards, axis=1), values)


def test_shards_times_threads_of_an_operation_are_no_more_than_the_cores(monkeypatch):
    for num_cores, threads in ((1, 1), (2, 1), (4, 1), (6, 1), (8, 2), (17, 4)):
        monkeypatch.setattr(cores, 'num_cores', lambda count=num_cores: count)
        monkeypatch.setattr(cores.tf, 'Session', lambda config: config)
        config = cores.sharded_session()
        assert config.intra_op_parallelism_threads == threads
        assert config.inter_op_parallelism_threads == num_cores
        assert cores.sharded_session(1).intra_op_parallelism_threads == 1, 'for the same bits'


def metrics_of_a_step(method, batch, **hparams):
    experiment = make_experiment(method, **{'dropout_keep_prob': 0.5, 'batch_shards': 0, **hparams})
    with tf.Graph().as_default(), sharded_session() as session:
        tensors = experiment.builder().build_train(constant_batch(batch))
        session.run(tf.global_variables_initializer())
        return session.run(tensors.metrics)


# A step of these takes seconds to build.
OFTEN = [pytest.param(method, marks=[pytest.mark.slow] if method == 'seqgan' else [])
         for method in METHODS]


@pytest.mark.parametrize('method', OFTEN)
def test_with_batch_shards_the_number_of_cores_changes_no_bit(monkeypatch, small_batch, method):
    monkeypatch.setattr(cores, 'num_cores', lambda: 3)
    by_cores = metrics_of_a_step(method, small_batch)
    monkeypatch.setattr(cores, 'num_cores', lambda: 1)
    assert metrics_of_a_step(method, small_batch, batch_shards=3) == by_cores


def test_with_batch_shards_an_evaluation_has_so_many_on_any_number_of_cores(
        monkeypatch, small_batch):
    monkeypatch.setattr(cores, 'num_cores', lambda: 1)
    with tf.Graph().as_default():
        make_experiment(batch_shards=3).builder().build_eval(constant_batch(small_batch))
        assert cores.num_shards() == 3


@pytest.mark.parametrize('method', OFTEN)
def test_the_number_of_cores_changes_a_step_by_rounding_only(monkeypatch, small_batch, method):
    metrics = []
    for num_cores in (1, 2, 4):
        monkeypatch.setattr(cores, 'num_cores', lambda count=num_cores: count)
        metrics.append(metrics_of_a_step(method, small_batch))
    for other in metrics[1:]:
        for name, value in metrics[0].items():
            assert other[name] == pytest.approx(value, rel=2e-5, abs=1e-6), name


@pytest.mark.parametrize('hparams', [{}, {'attn_length': 3}], ids=str)
@pytest.mark.parametrize('method', OFTEN)
def test_a_batch_of_fewer_rows_than_cores_trains_as_on_one_core(monkeypatch, small_batch, method,
                                                                hparams):
    one_row = type(small_batch)(*[values[:1] for values in small_batch])
    metrics = []
    for num_cores in (1, 3):
        monkeypatch.setattr(cores, 'num_cores', lambda count=num_cores: count)
        metrics.append(metrics_of_a_step(method, one_row, batch_size=1, **hparams))
    for name, value in metrics[0].items():
        assert metrics[1][name] == pytest.approx(value, rel=2e-5, abs=1e-6), name
