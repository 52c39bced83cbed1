"""Losses at the three points against an evaluation of the checkpoint itself, on a real run."""

import shutil
from types import SimpleNamespace

import pytest
import yaml

from magenta_reg.analysis.comparison.cache import Cache
from magenta_reg.analysis.comparison.comparison import Comparison
from magenta_reg.analysis.comparison.runs import group_runs, load_runs
from magenta_reg.analysis.protocol.measure import (
    EQUAL_SECONDS,
    EQUAL_UPDATES,
    OWN_BEST,
    measure_points,
)
from magenta_reg.dataset.examples import Examples
from magenta_reg.model.evaluate import evaluate
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies

TAUGHT, VALIDATION, HELD_OUT = (make_melodies(number, seed) for seed, number in
                                enumerate((8, 4, 9)))


@pytest.fixture(scope='module')
def run_dir(tmp_path_factory):
    """A run of 12 updates with checkpoints at 4, 8 and 12; an update took a second."""
    folder = tmp_path_factory.mktemp('points') / 'fast'
    train(Run(folder), make_experiment(learning_rate=0.05), Examples(TAUGHT, 'a', 'a'),
          Examples(VALIDATION, 'b', 'b'),
          Schedule(12, eval_every=4, num_checkpoints=0, save_checkpoints_steps=4,
                   free_running_melodies=0, train_loss_melodies=0))
    return folder


def copied(run_dir, name, seed, secs, steps=(4, 8, 12), best=None):
    """Copies a run as one of another method: with a seed, these checkpoints and their seconds.

    `best` is the step of its best checkpoint, or None for the run's own.
    """
    folder = run_dir.parent / f'{name}{seed}'
    shutil.copytree(run_dir, folder)
    content = yaml.safe_load((folder / 'config.yaml').read_text())
    (folder / 'config.yaml').write_text(yaml.safe_dump({**content, 'name': name, 'seed': seed}))
    for path in (folder / 'train').glob('model.ckpt-*'):
        if int(path.name.split('-')[1].split('.')[0]) not in steps:
            path.unlink()
    if best:
        shutil.rmtree(folder / 'best')
        (folder / 'best').mkdir()
        for path in (run_dir / 'train').glob(f'model.ckpt-{best}.*'):
            shutil.copy(path, folder / 'best')
    rows = [f'{step},{secs}' for step in (4, 8, 12) if step <= max(steps)]
    (folder / 'timing.csv').write_text('\n'.join(['step,secs_per_step', *rows, '']))
    return folder


@pytest.fixture(scope='module')
def measured(run_dir, tmp_path_factory):
    """Points by name and Seconds: two networks of each of two methods, one stopped early."""
    folders = [copied(run_dir, 'baseline', 0, 1), copied(run_dir, 'baseline', 1, 2),
               copied(run_dir, 'slow', 0, 3, steps=(4, 8), best=4),
               copied(run_dir, 'slow', 1, 3, best=4)]
    return measure(folders, tmp_path_factory.mktemp('cache'))


def measure(folders, cache, checkpoint='best'):
    runs, _, _ = load_runs(folders, checkpoint)
    comparison = Comparison(group_runs(runs), None, {}, Examples(HELD_OUT, 'c', 'c'), None, 0,
                            Cache(cache), {run.label: run.label for run in runs}, checkpoint)
    return measure_points(comparison, comparison.groups)


def exact_loss(run_dir, step, melodies=HELD_OUT):
    checkpoint = str(run_dir / 'train' / f'model.ckpt-{step}')
    return evaluate(MelodyModel.from_run(run_dir, checkpoint), melodies).loss


def test_equal_updates_are_the_last_that_all_have_a_checkpoint_of(measured, run_dir):
    point = measured[0][EQUAL_UPDATES]
    assert point.updates == {'baseline': [8, 8], 'slow': [8, 8]}
    for label in ('baseline', 'slow'):
        assert point.mean(label, 0).value == pytest.approx(exact_loss(run_dir, 8), rel=1e-6)


def test_its_own_best_is_the_checkpoint_of_the_lowest_validation_loss(measured, run_dir):
    losses = {step: exact_loss(run_dir, step, VALIDATION) for step in (4, 8, 12)}
    best = min(losses, key=losses.get)
    point = measured[0][OWN_BEST]
    assert point.updates == {'baseline': [best, best], 'slow': [4, 4]}
    for label, step in (('baseline', best), ('slow', 4)):
        assert point.mean(label, 0).value == pytest.approx(exact_loss(run_dir, step), rel=1e-6)


def test_equal_seconds_are_the_mean_of_the_fastest_method(measured, run_dir):
    points, seconds = measured
    # 12 and 24 seconds; 24 and 36 for the slow ones, which reach step 4 in 12 seconds.
    assert seconds.budget == 18
    assert seconds.in_all == {'baseline': 18, 'slow': 30}
    assert points[EQUAL_SECONDS].updates == {'baseline': [12, 12], 'slow': [4, 4]}
    assert seconds.used == {'baseline': 18, 'slow': 12}
    assert seconds.spread == 2
    for label, step in (('baseline', 12), ('slow', 4)):
        assert points[EQUAL_SECONDS].mean(label, 0).value == pytest.approx(
            exact_loss(run_dir, step), rel=1e-6)


def test_differences_are_each_method_minus_the_baseline(measured, run_dir):
    groups = [SimpleNamespace(label=name, method=name, seeds=[0, 1])
              for name in ('slow', 'baseline')]
    (pair, found), *others = measured[0][EQUAL_SECONDS].differences(groups, 0).items()
    assert not others
    assert pair == ('slow', 'baseline')
    assert found.value == pytest.approx(exact_loss(run_dir, 4) - exact_loss(run_dir, 12), rel=1e-5)


def test_a_comparison_of_last_checkpoints_has_the_best_ones_beside_and_says_where_one_is_damaged(
        run_dir, tmp_path):
    folders = [copied(run_dir, 'whole', 5, 1, [4], best=8),
               copied(run_dir, 'damaged', 5, 1, best=8), copied(run_dir, 'unevaluated', 5, 1)]
    for path in (folders[1] / 'best').glob('*.data-*'):
        path.write_bytes(path.read_bytes()[:50])
    shutil.rmtree(folders[2] / 'best')
    points, _ = measure(folders, tmp_path, 'last')
    best = points[OWN_BEST]
    assert best.updates == {'whole': [8]}
    assert best.mean('whole', 0).value == pytest.approx(exact_loss(run_dir, 8), rel=1e-6)
    assert 'none of the 1 checkpoints' in best.reasons['damaged']
    assert best.reasons['unevaluated'] == 'never evaluated in training'
    # The best checkpoint is a saved one, too.
    assert points[EQUAL_UPDATES].updates == {'whole': [8], 'damaged': [8], 'unevaluated': [8]}
