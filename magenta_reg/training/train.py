"""The training loop, the same for every method: update, log, evaluate, save.

Read `train`, then `_loop` and the functions below it, which share one `_State`.
"""

import functools
import time
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError, check_least
from magenta_reg.base.files import make_folder, printable
from magenta_reg.base.interrupts import Stopped, deferred_signals
from magenta_reg.base.progress import progress
from magenta_reg.dataset.batches import batch_dataset, training_batch_indices
from magenta_reg.dataset.folder import dataset_identity
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.melody_graph import MelodyRnnGraph, TrainTensors
from magenta_reg.interop.weights import check_fit, load_variables
from magenta_reg.model.evaluate import Evaluation, warn_of_other_data
from magenta_reg.model.experiment import default_hparams
from magenta_reg.runs.checkpoints import Checkpoints, checkpoint_step
from magenta_reg.runs.metrics import acted_share
from magenta_reg.training.divergence import check_metrics, check_weights
from magenta_reg.training.eval_metrics import EvalMetrics
from magenta_reg.training.metrics_writer import MetricsWriter

# Without a number of steps, training goes on until it is interrupted.
_ENDLESS = 2 ** 40


class Schedule(NamedTuple):
    """When training does what; the names are those of the command's flags."""

    num_training_steps: int = 0  # The total, earlier runs included; 0 is until interrupted.
    summary_frequency: int = 10  # Steps between rows of metrics.csv for training.
    eval_every: int = 100  # Steps between evaluations; there is one at the end, too.
    save_checkpoints_secs: float = 60.0
    num_checkpoints: int = 10  # How many of the newest are kept; 0 keeps all.
    save_checkpoints_steps: int = 0  # Beside those by time; 0 is by time only.
    # Evaluations in a row without a new best one, from the method's start on; 0 is never.
    early_stopping_patience: int = 0
    free_running_melodies: int = 16  # Melodies to generate at each evaluation; 0 is none.
    train_loss_melodies: int = 256  # Training melodies to evaluate, too; 0 is none.

    @property
    def last_step(self):
        """int, the step after which training ends."""
        return self.num_training_steps or _ENDLESS

    def check(self):
        """Raises UserError for the first value that is out of range."""
        check_least(self, summary_frequency=1, eval_every=1,
                    **dict.fromkeys(('num_training_steps', 'save_checkpoints_secs',
                                     'num_checkpoints', 'save_checkpoints_steps',
                                     'early_stopping_patience', 'free_running_melodies',
                                     'train_loss_melodies'), 0))


class TrainingResult(NamedTuple):
    """How a training ended."""

    step: int
    evaluation: Evaluation | None  # Of the last step; None without evaluation examples.
    best_step: int | None  # The one with the lowest evaluation loss since the method's start.
    is_early: bool  # Whether early stopping ended it.
    acted: float | None = None  # As `acted_share` returns it.


def train(run, experiment, train_examples, eval_examples=None,
          schedule=Schedule(), warm_start=None, overwrite=False):  # noqa: B008
    """Trains a run, from its newest undamaged checkpoint if it has one.

    Args:
        run: Run; its config.yaml is written or must agree.
        experiment: Experiment.
        train_examples, eval_examples: Examples; the latter may be None.
        schedule: Schedule.
        warm_start: Weights or None, what a new run's generator starts from; its global step and
            its optimizers start anew.
        overwrite: bool, whether to remove the run that is there, whatever its settings.

    Returns:
        TrainingResult.

    Raises:
        UserError: If the run folder holds other settings or another process trains it,
            `warm_start` does not fit, the method starts by evaluations and there are none, a
            metric is not finite or a checkpoint cannot be written.
        Stopped: If a signal asked for an end; a checkpoint was written.
    """
    schedule.check()
    settings = _settings(experiment, train_examples, eval_examples, schedule.num_training_steps,
                         warm_start)
    if experiment.builder().starts_at_plateau and not eval_examples:
        raise UserError(f'{experiment.name} starts at a plateau of the evaluation loss: give '
                        '--eval_sequence_example_file')
    defaults = default_hparams(experiment.encoding, experiment.method)
    if overwrite:
        run.check_clear()
    elif run.exists():
        run.check(settings, defaults)
        _check_warm_start(run, warm_start)
    if eval_examples:
        warn_of_other_data(settings, eval_examples)
    make_folder(run.folder)
    with run.locked():
        if overwrite:
            run.clear()
        run.start(settings, defaults)
        with (deferred_signals() as interrupt, tf.Graph().as_default(),
              sharded_session(experiment.hparams['batch_shards']) as session):
            state = _open(session, run, experiment, train_examples, eval_examples, schedule,
                          warm_start)
            with closing(state.writer), progress(
                    description=f'training {experiment.name}', unit='step', initial=state.step,
                    total=schedule.num_training_steps or None) as bar:
                result = _loop(state, interrupt, bar)
    return result._replace(acted=acted_share(run.metrics_path))


def _settings(experiment, train_examples, eval_examples, num_training_steps, warm_start):
    """Returns what config.yaml holds; UserError if `warm_start` does not fit."""
    identity = dataset_identity(train_examples.path)
    data = {'train': train_examples.sha256, **({'dataset': identity} if identity else {}),
            **({'eval': eval_examples.sha256} if eval_examples else {})}
    settings = {**experiment.to_dict(), 'data': data}
    if experiment.builder(num_training_steps).shares:
        settings['num_training_steps'] = num_training_steps
    if warm_start:
        check_fit(experiment, warm_start)
        settings['warm_start'] = {'path': printable(warm_start.source),
                                  'sha256': warm_start.sha256()}
    return settings


def _check_warm_start(run, warm_start):
    """Raises UserError if a run that has no checkpoint yet lacks the weights it starts from."""
    stored = run.read_config().get('warm_start')
    if stored and not warm_start and not run.latest_checkpoint():
        raise UserError(f'{run.folder} has no checkpoint yet and was to start from '
                        f'{stored["path"]}: give --warm_start_bundle_file again')


@dataclass
class _State:
    """All that the loop works with; the last five change from step to step."""

    session: object
    builder: MelodyRnnGraph
    schedule: Schedule
    tensors: TrainTensors
    checkpoints: Checkpoints
    best: Checkpoints
    eval_metrics: EvalMetrics | None
    writer: MetricsWriter
    step: int  # Updates done.
    saved_step: int | None  # Of the newest checkpoint, None if there is none.
    saved_secs: float  # When that was, on the monotonic clock.
    evaluation: Evaluation | None = None  # The last one of this process.
    start_step: int | None = None  # The update from 0 at which the method starts, if it is known.

    def has_started(self):
        """Returns whether the next update is the method's and not only the likelihood's."""
        return self.start_step is not None and self.step >= self.start_step

    def regular_losses(self):
        """Returns the evaluation losses at multiples of eval_every: dict of step to float."""
        return self.writer.eval_losses(self.schedule.eval_every)

    def set_start(self):
        """Derives the method's start from the evaluations so far: the same after a resume."""
        self.start_step = self.builder.start_step(self.regular_losses())

    def own_losses(self, losses):
        """Returns those of dict of step to loss that are of networks that the method trained.

        These are all for a method that starts at once.
        """
        if self.start_step is None:
            return {}
        return {step: loss for step, loss in losses.items() if step > self.start_step}


def _open(session, run, experiment, train_examples, eval_examples, schedule, warm_start):
    """Builds the graph and sets its variables. Returns _State."""
    first_step = tf.placeholder(tf.int64, [])
    batches = _make_batches(experiment, train_examples.events, first_step, schedule.last_step)
    builder = experiment.builder(schedule.num_training_steps)
    tensors = builder.build_train(batches.get_next())
    checkpoints = Checkpoints(run.train_dir, schedule.num_checkpoints)
    best = Checkpoints(run.best_dir, num_checkpoints=1)
    eval_metrics = EvalMetrics(
        experiment, eval_examples.events, train_examples.events, schedule.free_running_melodies,
        schedule.train_loss_melodies) if eval_examples else None

    checkpoint = checkpoints.newest()
    step = checkpoint_step(checkpoint) if checkpoint else 0
    session.run(tf.global_variables_initializer())
    session.run(batches.initializer, {first_step: step})
    pending = checkpoints.restore(session, checkpoint) if checkpoint else []
    if warm_start and not checkpoint:
        load_variables(warm_start.variables, session)

    columns = [*tensors.metrics, *(eval_metrics.columns if eval_metrics else ())]
    state = _State(session, builder, schedule, tensors, checkpoints, best, eval_metrics,
                   MetricsWriter(run, columns, step, pending), step, step if checkpoint else None,
                   time.monotonic())
    state.set_start()
    return state


def _make_batches(experiment, melodies, first_step, last_step):
    """Returns an iterator of the batches of the steps in [first_step, last_step)."""
    lengths = np.array([len(events) - 1 for events in melodies])
    indices = functools.partial(training_batch_indices, lengths, experiment.hparams['batch_size'],
                                experiment.seed)
    return tf.data.make_initializable_iterator(batch_dataset(
        melodies, experiment.encoding.codec, indices, first_step,
        tf.maximum(last_step - first_step, 0)))


def _loop(state, interrupt, bar):
    """Trains to the last step, to an early end or to a signal. Returns TrainingResult."""
    last_step, is_early = state.schedule.last_step, _is_exhausted(state)
    while state.step < last_step and not is_early:
        _update(state)
        bar.update()
        _log(state, bar)
        if state.step == last_step or state.step % state.schedule.eval_every == 0:
            _evaluate(state)
        is_early, is_stopped = _is_exhausted(state), interrupt.number is not None
        if is_early or is_stopped or _is_save_due(state):
            _save(state)
        if is_stopped and state.step < last_step and not is_early:
            raise Stopped(interrupt.number, f'stopped at step {state.step}, where a checkpoint was '
                          'written; the same command goes on from there')
    if state.evaluation is None:
        _evaluate(state)
    losses = state.writer.eval_losses()
    losses = state.own_losses(losses) or losses
    best_step = min(losses, key=losses.get) if losses else None
    return TrainingResult(state.step, state.evaluation, best_step, is_early)


def _update(state):
    """Runs one update and keeps its metrics for the next row."""
    start_secs, tensors = time.monotonic(), state.tensors
    update = tensors.train_op, tensors.metrics
    if tensors.before_start and not state.has_started():
        update = tensors.before_start
    _, metrics, num_events = state.session.run([*update, tensors.num_events])
    state.step += 1
    check_metrics(metrics, state.step, state.saved_step)
    state.writer.add(metrics, num_events, time.monotonic() - start_secs)


def _log(state, bar):
    """Writes the row of metrics.csv that is due."""
    schedule = state.schedule
    is_regular = state.step % schedule.summary_frequency == 0
    if is_regular or state.step == schedule.last_step:
        num_steps_left = schedule.last_step - state.step if schedule.num_training_steps else None
        loss = state.writer.write_training(state.step, num_steps_left)
        bar.set_postfix_str(f'{loss:.3f} nats/event', refresh=False)
    if is_regular:  # If not, a longer training needs them for its next row.
        state.writer.pending = []


def _evaluate(state):
    """Evaluates, and saves into best/ if no earlier evaluation was as good.

    Once the method has started, earlier evaluations of what it had no part in do not count.
    """
    if not state.eval_metrics:
        return
    weights = state.session.run({variable.op.name: variable
                                 for variable in tf.trainable_variables()})
    state.evaluation = state.eval_metrics.evaluate(weights, state.step)
    check_metrics({'evaluation loss': state.evaluation.loss}, state.step, state.saved_step)
    has_acted = state.start_step is not None and state.step > state.start_step
    metrics = {**state.evaluation.metrics(),
               **state.eval_metrics.others(state.evaluation, has_acted)}
    losses = state.writer.eval_losses()
    losses = state.own_losses(losses) if has_acted else losses
    if all(metrics['loss'] < loss for step, loss in losses.items() if step < state.step):
        state.best.save(state.session, state.step)
    state.writer.write_evaluation(state.step, metrics)
    state.set_start()


def _is_exhausted(state):
    """Returns whether early stopping is due, by metrics.csv alone."""
    patience = state.schedule.early_stopping_patience
    losses = list(state.own_losses(state.regular_losses()).values())
    return bool(patience and losses) and len(losses) - 1 - int(np.argmin(losses)) >= patience


def _is_save_due(state):
    schedule, every = state.schedule, state.schedule.save_checkpoints_steps
    return (state.step == schedule.last_step or (every and state.step % every == 0)
            or time.monotonic() - state.saved_secs > schedule.save_checkpoints_secs)


def _save(state):
    """Writes a checkpoint, of weights that are finite."""
    check_weights(state.session, state.step, state.saved_step)
    state.checkpoints.save(state.session, state.step, state.writer.pending)
    state.saved_step, state.saved_secs = state.step, time.monotonic()
