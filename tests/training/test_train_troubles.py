"""What goes wrong around a training: signals, a second process, damage, a full disk, NaN."""

import os
import resource
import signal

import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.interrupts import Stopped
from magenta_reg.dataset.examples import Examples
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.runs.checkpoints import checkpoint_step, list_checkpoints
from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import BEST, Run
from magenta_reg.training import train as train_module
from magenta_reg.training.divergence import check_metrics, check_weights
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies
from tests.training.test_train_killed import assert_same_training

SCHEDULE = Schedule(num_training_steps=12, summary_frequency=5, eval_every=4,
                    save_checkpoints_steps=4, save_checkpoints_secs=1e9)


def train_run(run, schedule=SCHEDULE, learning_rate=0.02, **options):
    return train(run, make_experiment(learning_rate=learning_rate),
                 Examples(make_melodies(12, 0), 'made.tfrecord', 'sha'),
                 Examples(make_melodies(5, 1), 'made.tfrecord', 'other sha'), schedule, **options)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """A run that was never stopped."""
    run = Run(tmp_path_factory.mktemp('whole') / 'run')
    train_run(run)
    return run


def files_of(folder):
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def change_update(monkeypatch, number, action):
    """Has `action` called in the middle of this update."""
    update = train_module._update

    def changed(state):
        if state.step + 1 == number:
            action()
        update(state)

    monkeypatch.setattr(train_module, '_update', changed)


@pytest.mark.parametrize(('number', 'status'), [
    (signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGUSR1, 138)])
def test_a_signal_finishes_the_step_saves_and_says_how_to_go_on(
        tmp_path, monkeypatch, whole, number, status):
    run = Run(tmp_path / 'run')
    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        change_update(patch, 7, lambda: os.kill(os.getpid(), number))
        with pytest.raises(Stopped, match=r'stopped at step 7.*the same command goes on') as stop:
            train_run(run)
    assert stop.value.status == status
    assert signal.getsignal(number) is before
    assert checkpoint_step(run.require_checkpoint()) == 7
    train_run(run)
    assert_same_training(run, whole)


def test_a_second_process_is_refused_while_one_trains(tmp_path, whole):
    before = files_of(whole.folder)
    with whole.locked(), pytest.raises(UserError, match=f'by process {os.getpid()}'):
        train_run(whole)
    del before[whole.folder / '.lock']
    after = files_of(whole.folder)
    assert {path: after[path] for path in before} == before
    assert train_run(whole).step == 12


def flip_a_byte(prefix):
    path = Run(prefix).folder.with_name(f'{Run(prefix).folder.name}.data-00000-of-00001')
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_the_index(prefix):
    with open(f'{prefix}.index', 'r+b') as file:
        file.truncate(30)


def lose_the_data(prefix):
    os.unlink(f'{prefix}.data-00000-of-00001')


def lose_a_variable(prefix):
    reader = tf.train.load_checkpoint(prefix)
    with tf.Graph().as_default(), sharded_session() as session:
        variables = [tf.get_variable(name, initializer=tf.constant(reader.get_tensor(name)))
                     for name in reader.get_variable_to_shape_map() if 'biases' not in name]
        session.run(tf.global_variables_initializer())
        tf.train.Saver(variables).save(session, prefix, write_meta_graph=False, write_state=False)


@pytest.mark.parametrize('damage', [flip_a_byte, cut_the_index, lose_the_data, lose_a_variable])
def test_training_goes_on_from_before_a_damaged_checkpoint(tmp_path, capsys, whole, damage):
    run = Run(tmp_path / 'run')
    train_run(run, SCHEDULE._replace(num_training_steps=8))
    damaged = run.require_checkpoint()
    assert damaged.endswith('-8')
    damage(damaged)
    capsys.readouterr()
    train_run(run)
    lines = [line for line in capsys.readouterr().err.splitlines() if 'damaged' in line]
    assert len(lines) == 1
    assert lines[0].startswith(f'the checkpoint {damaged} is damaged and is passed over')
    assert_same_training(run, whole)


def test_a_run_whose_checkpoints_are_all_damaged_is_not_started_anew(tmp_path):
    run = Run(tmp_path / 'run')
    train_run(run, SCHEDULE._replace(num_training_steps=8))
    for prefix in list_checkpoints(run.train_dir):
        cut_the_index(prefix)
    with pytest.raises(UserError, match='none of the 2 checkpoints'):
        train_run(run)
    assert len(list_checkpoints(run.train_dir)) == 2


def test_a_checkpoint_that_does_not_fit_on_the_disk_leaves_the_one_before(
        tmp_path, monkeypatch, whole):
    run = Run(tmp_path / 'run')
    save, limits = tf.train.Saver.save, resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(self, session, prefix, **options):
        # Python ignores SIGXFSZ: writing more than this ends in an error, as on a full disk.
        if prefix.endswith('train/model.ckpt-8'):
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            return save(self, session, prefix, **options)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with monkeypatch.context() as patch:
        patch.setattr(tf.train.Saver, 'save', limited)
        with pytest.raises(UserError, match=r'cannot write the checkpoint.*ckpt-8.*too large'):
            train_run(run)
    assert [checkpoint_step(path) for path in list_checkpoints(run.train_dir)] == [4]
    assert not list(run.train_dir.glob('*tempstate*'))
    train_run(run)
    assert_same_training(run, whole)


def test_every_metric_that_is_not_finite_is_named_with_what_to_try():
    check_metrics({'loss': 1.0, 'gradient_norm': 2.0}, 3, 2)
    with pytest.raises(UserError, match=r'step 3 gradient_norm is nan.*lower learning_rate'):
        check_metrics({'loss': 1.0, 'gradient_norm': np.nan}, 3, 2)
    with pytest.raises(UserError, match=r'loss is inf and discriminator_loss is nan.*nothing was '
                                        r'saved.*discriminator_learning_rate'):
        check_metrics({'loss': np.inf, 'discriminator_loss': np.nan}, 3, None)


def test_a_gradient_that_is_no_number_stops_training_in_its_step(tmp_path, monkeypatch):
    run = Run(tmp_path / 'run')

    def poison():
        variable = tf.trainable_variables()[0]
        variable.load(np.full(variable.shape, np.inf, np.float32), tf.get_default_session())

    change_update(monkeypatch, 7, poison)
    with pytest.raises(UserError, match=r'at step 7 .*gradient_norm is nan.*step 4 is kept'):
        train_run(run)
    assert checkpoint_step(run.require_checkpoint()) == 4


def test_weights_that_are_no_numbers_are_found():
    with tf.Graph().as_default(), sharded_session() as session:
        good = tf.get_variable('good', initializer=[1.0, 2.0])
        bad = tf.get_variable('bad', initializer=[1.0, 2.0])
        session.run(tf.global_variables_initializer())
        check_weights(session, 5, 4)
        bad.load([np.inf, 0.0], session)
        with pytest.raises(UserError, match='at step 5 the variable bad is not finite'):
            check_weights(session, 5, 4)
        assert good is not bad


def eval_losses(run):
    return {int(row['step']): float(row['loss']) for row in read_metrics(run.metrics_path)
            if row['split'] == 'eval'}


def test_the_best_checkpoint_is_that_of_the_lowest_evaluation_loss(tmp_path):
    run = Run(tmp_path / 'run')
    outcome = train_run(run, SCHEDULE._replace(num_training_steps=60, eval_every=3))
    losses = eval_losses(run)
    best = min(losses, key=losses.get)
    assert 3 < best < 60, 'the data do not overfit: the test would prove nothing'
    assert outcome.best_step == best == checkpoint_step(run.require_checkpoint(BEST))
    assert [path.rsplit('-', 1)[1] for path in list_checkpoints(run.best_dir)] == [str(best)]


@pytest.mark.slow
def test_early_stopping_ends_where_it_should_stopped_between_or_not(tmp_path, monkeypatch):
    schedule = SCHEDULE._replace(num_training_steps=200, eval_every=3, early_stopping_patience=2,
                                 save_checkpoints_steps=1)
    straight, stopped = Run(tmp_path / 'straight'), Run(tmp_path / 'stopped')
    outcome = train_run(straight, schedule)
    losses = eval_losses(straight)
    assert outcome.is_early
    assert outcome.step == max(losses) < 200
    assert outcome.best_step == min(losses, key=losses.get) == outcome.step - 2 * 3
    with monkeypatch.context() as patch:
        change_update(patch, outcome.step - 1, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Stopped):
            train_run(stopped, schedule)
    assert train_run(stopped, schedule)[0] == outcome.step
    assert_same_training(stopped, straight)
    again = train_run(stopped, schedule)
    assert (again.step, again.is_early) == (outcome.step, True)


def test_overwriting_removes_a_run_of_other_settings_and_nothing_else(tmp_path, whole):
    run = Run(tmp_path / 'run')
    train(run, make_experiment('scheduled_sampling'),
          Examples(make_melodies(9, 3), 'made.tfrecord', 'third sha'), None,
          Schedule(num_training_steps=3))
    (run.folder / 'notes.txt').write_text('mine')
    with pytest.raises(UserError, match='other settings'):
        train_run(run)
    train_run(run, overwrite=True)
    assert (run.folder / 'notes.txt').read_text() == 'mine'
    assert_same_training(run, whole)


def test_a_folder_that_is_no_runs_is_not_overwritten(tmp_path):
    (tmp_path / 'train').mkdir()
    (tmp_path / 'train' / 'thesis.tex').write_text('mine')
    with pytest.raises(UserError, match='no run folder and not empty'):
        train_run(Run(tmp_path), overwrite=True)
    assert [path.name for path in tmp_path.rglob('*')] == ['train', 'thesis.tex']


# No weight changes at this rate: every evaluation is the same.
STANDING_STILL = 1e-30


def test_the_first_of_equal_evaluations_is_the_best(tmp_path):
    run = Run(tmp_path / 'run')
    assert train_run(run, learning_rate=STANDING_STILL).best_step == SCHEDULE.eval_every
    assert len(set(eval_losses(run).values())) == 1
    assert checkpoint_step(run.require_checkpoint(BEST)) == SCHEDULE.eval_every


def test_early_stopping_does_not_count_the_evaluation_at_the_end_of_an_earlier_training(tmp_path):
    run = Run(tmp_path / 'run')
    schedule = SCHEDULE._replace(eval_every=4, early_stopping_patience=2)
    # Evaluated at 4 and, at its end, at 6; then at 8 and at 12, the second without a better one.
    train_run(run, schedule._replace(num_training_steps=6), learning_rate=STANDING_STILL)
    outcome = train_run(run, schedule._replace(num_training_steps=30), learning_rate=STANDING_STILL)
    assert (outcome.step, outcome.is_early) == (12, True)
    assert list(eval_losses(run)) == [4, 6, 8, 12]
