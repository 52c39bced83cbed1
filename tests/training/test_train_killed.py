"""A training killed at a bad moment goes on to the very weights of one that was never stopped."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.runs.checkpoints import list_checkpoints
from magenta_reg.runs.run import CHECKPOINTS, Run
from tests.training.killed_training import EXPERIMENTS, train_as_all_do


def read_all(checkpoint):
    """Returns every variable of a checkpoint, optimizers' slots included."""
    reader = tf.train.load_checkpoint(checkpoint)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def assert_same_training(run, expected):
    """Asserts that two runs ended with the same weights and metrics to the last bit."""
    assert run.metrics_path.read_text() == expected.metrics_path.read_text()
    for which in CHECKPOINTS:
        values, whole = (read_all(each.require_checkpoint(which)) for each in (run, expected))
        assert values.keys() == whole.keys()
        for name, value in values.items():
            np.testing.assert_array_equal(value, whole[name], err_msg=name)


def kill_twice(folder, name):
    """Has a run of an experiment killed in an update and in a save. Returns Run."""
    subprocess.run([sys.executable, '-m', 'tests.training.killed_training', folder, name],
                   cwd=Path(__file__).parent.parent.parent, check=True)
    return Run(folder / name)


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=[] if name == 'scheduled_sampling' else pytest.mark.slow)
    for name in EXPERIMENTS])
def test_a_killed_run_ends_as_one_that_never_stopped(tmp_path, name):
    run, whole = kill_twice(tmp_path, name), Run(tmp_path / 'whole')
    assert [path.rsplit('-', 1)[1] for path in list_checkpoints(run.train_dir)] == ['4']
    assert list(run.train_dir.glob('*tempstate*'))
    outcome = train_as_all_do(run, name)
    assert outcome.step == 12
    assert not list(run.train_dir.glob('*tempstate*'))
    train_as_all_do(whole, name)
    assert_same_training(run, whole)
    variables = read_all(run.require_checkpoint())
    assert any('Adam' in variable for variable in variables)
    if name in ('professor_forcing', 'seqgan'):
        assert any(variable.startswith('discriminator/') and 'Adam' in variable
                   for variable in variables)
