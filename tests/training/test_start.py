"""A method that starts from a trained network: when, what happens before, what counts as best."""

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.dataset.examples import Examples
from magenta_reg.runs.metrics import acted_share, plateau_step, read_metrics
from magenta_reg.runs.run import BEST, Run
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies

SCHEDULE = Schedule(num_training_steps=16, summary_frequency=3, eval_every=2,
                    free_running_melodies=0, train_loss_melodies=0)
OPEN = {'gate_generator': 0.0, 'gate_discriminator': 1.0, 'gate_average': 0.5}


def examples(num_melodies, seed):
    return Examples(make_melodies(num_melodies, seed), 'made.tfrecord', f'sha of seed {seed}')


def train_into(folder, schedule=SCHEDULE, method='professor_forcing', **hparams):
    """Trains a run of 12 melodies. Returns Run and TrainingResult."""
    run = Run(folder)
    hparams = {**(OPEN if method == 'professor_forcing' else {}), **hparams}
    result = train(run, make_experiment(method, **hparams), examples(12, 0), examples(5, 1),
                   schedule)
    return run, result


def variables(run, which='newest'):
    reader = tf.train.load_checkpoint(run.require_checkpoint(which))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def rows(run, split):
    return {int(row['step']): row for row in read_metrics(run.metrics_path)
            if row['split'] == split}


def test_a_plateau_is_the_first_evaluation_so_long_after_the_lowest():
    losses = dict(enumerate([5.0, 4.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 3.0]))
    assert plateau_step(losses, 2) == 3
    assert plateau_step(losses, 3) == 7
    assert plateau_step(losses, 4) == 8
    assert plateau_step(losses, 5) is None
    assert plateau_step({}, 1) is None


@pytest.mark.parametrize(('method', 'ratio'), [
    ('professor_forcing', 0.0), ('professor_forcing', 0.1), ('seqgan', 0.1)])
def test_before_the_start_training_is_teacher_forcings_to_the_bit(tmp_path, method, ratio):
    schedule = SCHEDULE._replace(num_training_steps=7)
    plain, _ = train_into(tmp_path / 'plain', schedule, 'teacher_forcing')
    forced, _ = train_into(tmp_path / 'forced', schedule, method, adversarial_start_step=7,
                           adversarial_learning_rate_ratio=ratio)
    values, own = variables(plain), variables(forced)
    for name, value in values.items():
        np.testing.assert_array_equal(own[name], value, err_msg=name)
    moments = [value for name, value in own.items() if name not in values and 'Adam' in name]
    assert moments
    assert not any(value.any() for value in moments)
    assert acted_share(forced.metrics_path) == 0
    assert not any(row['discriminator_accuracy'] for row in rows(forced, 'train').values())
    assert not any(row['discriminator_accuracy_held_out'] for row in rows(forced, 'eval').values())
    for step, row in rows(plain, 'eval').items():
        assert rows(forced, 'eval')[step]['loss'] == row['loss']


def test_the_first_update_after_the_start_is_both_networks(tmp_path):
    schedule = SCHEDULE._replace(num_training_steps=4)
    early, _ = train_into(tmp_path / 'run', schedule, adversarial_start_step=4)
    before = variables(early)
    later, _ = train_into(tmp_path / 'run', schedule._replace(num_training_steps=5),
                          adversarial_start_step=4)
    after = variables(later)
    moved = {name for name, value in after.items() if (value != before[name]).any()}
    assert any(name.startswith('discriminator/') and 'Adam' in name for name in moved)
    assert 'fully_connected/weights' in moved
    # The row of steps 4 and 5 has one update of each kind; what only one has is that one's.
    row = rows(later, 'train')[5]
    assert float(row['acted']) == 0.5
    judged = 12 * float(row['discriminator_accuracy'])  # Six melodies, twice.
    assert judged == pytest.approx(round(judged), abs=1e-5)
    assert rows(later, 'eval')[5]['discriminator_accuracy_held_out']


def falling_until(last):
    """Returns a stand-in for evaluation that gives losses that fall until a step, then rise."""
    def evaluate(self, weights, step):
        evaluation = original(self, weights, step)
        return evaluation._replace(loss=10.0 - step if step <= last else 20.0 - 0.1 * step)

    from magenta_reg.training.eval_metrics import EvalMetrics
    original = EvalMetrics.evaluate
    return evaluate


@pytest.fixture
def plateau_at_8(monkeypatch):
    """The evaluation losses are lowest at step 4, far above at 6 and 8, and fall from there."""
    monkeypatch.setattr('magenta_reg.training.eval_metrics.EvalMetrics.evaluate', falling_until(4))


PLATEAU = {'adversarial_start': 'plateau', 'adversarial_start_patience': 2}


@pytest.mark.usefixtures('plateau_at_8')
def test_it_starts_after_the_evaluation_that_shows_the_plateau(tmp_path):
    run, result = train_into(tmp_path / 'run', SCHEDULE._replace(summary_frequency=1), **PLATEAU)
    acted = {step: float(row['acted']) for step, row in rows(run, 'train').items()}
    assert acted == {step: float(step > 8) for step in range(1, 17)}
    assert result.acted == 0.5
    later, _ = train_into(tmp_path / 'later', SCHEDULE._replace(summary_frequency=1), **PLATEAU,
                          adversarial_start_step=11)
    acted = {step: float(row['acted']) for step, row in rows(later, 'train').items()}
    assert acted == {step: float(step > 11) for step in range(1, 17)}


@pytest.mark.slow
def test_it_starts_at_a_share_of_training_or_at_a_step_whichever_is_later(tmp_path):
    for name, hparams, expected in (('share', {}, 4), ('step', {'adversarial_start_step': 6}, 6)):
        _, result = train_into(tmp_path / name, SCHEDULE._replace(num_training_steps=8),
                               adversarial_start_share=0.5, **hparams)
        assert result.acted == 1 - expected / 8


@pytest.mark.usefixtures('plateau_at_8')
@pytest.mark.slow
@pytest.mark.parametrize('stop', [5, 8, 11])
def test_a_run_that_starts_at_a_plateau_resumes_to_the_same_bits(tmp_path, stop):
    settings = {**PLATEAU, 'adversarial_learning_rate_ratio': 0.1, 'adversary': 'placebo',
                'discriminator_updates': 2, 'gate_steps': 5, 'free_running_steps': 9,
                'free_running_start': 'random'}
    whole, _ = train_into(tmp_path / 'whole', **settings)
    train_into(tmp_path / 'parts', SCHEDULE._replace(num_training_steps=stop), **settings)
    parts, _ = train_into(tmp_path / 'parts', **settings)
    expected = variables(whole)
    for name, value in variables(parts).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    regular = [{step: row for step, row in rows(run, 'train').items() if step % 3 == 0}
               for run in (whole, parts)]
    assert regular[0] == regular[1]


@pytest.mark.slow
@pytest.mark.usefixtures('plateau_at_8')
def test_best_is_of_the_networks_that_the_adversary_trained(tmp_path):
    run, result = train_into(tmp_path / 'run', **PLATEAU)
    # Losses 8, 6 | 19.4, 19.2 | 19.0, 18.8, 18.6, 18.4 at steps 2, 4 | 6, 8 | 10, 12, 14, 16.
    assert result.best_step == 16
    assert run.require_checkpoint(BEST).endswith('-16')
    early, result = train_into(tmp_path / 'early', SCHEDULE._replace(num_training_steps=8),
                               **PLATEAU)
    assert result.best_step == 4
    assert early.require_checkpoint(BEST).endswith('-4')


@pytest.mark.slow
@pytest.mark.usefixtures('plateau_at_8')
def test_early_stopping_waits_for_the_start_and_counts_from_there(tmp_path):
    _, result = train_into(tmp_path / 'run', SCHEDULE._replace(early_stopping_patience=2),
                           **PLATEAU)
    assert (result.step, result.is_early) == (16, False)
    _, result = train_into(tmp_path / 'plain', SCHEDULE._replace(early_stopping_patience=2),
                           'teacher_forcing')
    assert (result.step, result.is_early) == (8, True)


def test_early_stopping_ends_a_run_whose_adversary_makes_it_worse(tmp_path, monkeypatch):
    monkeypatch.setattr('magenta_reg.training.eval_metrics.EvalMetrics.evaluate', falling_until(10))
    _, result = train_into(tmp_path / 'run', SCHEDULE._replace(
        early_stopping_patience=1, num_training_steps=30), adversarial_start_step=5)
    # 4 | 6, 8, 10 are each the lowest; 12 is not.
    assert (result.step, result.is_early, result.best_step) == (12, True, 10)


def test_a_plateau_needs_evaluations(tmp_path):
    with pytest.raises(UserError, match='professor_forcing starts at a plateau of the evaluation '
                                        'loss: give --eval_sequence_example_file'):
        train(Run(tmp_path / 'run'), make_experiment('professor_forcing', **PLATEAU),
              examples(12, 0), None, SCHEDULE)
    assert not (tmp_path / 'run').exists()
