"""The training loop, the same for every method."""

import functools
import time
from contextlib import closing
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, run_lock
from magenta_reg.base.interrupts import Stopped, deferred_signals
from magenta_reg.base.progress import progress
from magenta_reg.dataset.batches import batch_dataset, training_batch_indices
from magenta_reg.dataset.folder import dataset_identity
from magenta_reg.graph.fast.cores import training_session
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.interop.weights import check_fit
from magenta_reg.model.evaluate import Evaluation, evaluate, warn_of_other_data
from magenta_reg.model.free_running import FreeRunningMeasure
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.checkpoints import Checkpoints, checkpoint_step
from magenta_reg.training.divergence import WeightCheck, check_figures
from magenta_reg.training.metrics_writer import TrainingFigures

# Without a number of steps, training goes on until it is interrupted.
_ENDLESS = 2 ** 40

_EVAL_COLUMNS = ('event_accuracy', 'no_event_accuracy', 'train_loss_exact', 'loss_magenta',
                 *FreeRunningMeasure.FIGURES)


class Schedule(NamedTuple):
    """When training does what, in updates unless the name says otherwise.

    Attributes:
        num_training_steps: the total, earlier runs included; 0 is until interrupted.
        summary_frequency: a row of metrics.csv for training every so many.
        eval_every: an evaluation every so many, and one at the end.
        save_checkpoint_secs: seconds between checkpoints.
        num_checkpoints: how many of the newest checkpoints are kept; 0 keeps all.
        save_checkpoint_steps: a checkpoint every so many, beside those by time; 0 is by time only.
        early_stopping_patience: training ends after so many evaluations that were not better than
            the best one before them; 0 goes on to the last step.
        free_running_melodies: melodies generated at each evaluation to measure; 0 is none.
        train_loss_melodies: training melodies, the same at each evaluation, whose loss is measured
            as the evaluation's is: teacher-forced and without dropout; 0 is none.
    """

    num_training_steps: int = 0
    summary_frequency: int = 10
    eval_every: int = 100
    save_checkpoint_secs: float = 60.0
    num_checkpoints: int = 10
    save_checkpoint_steps: int = 0
    early_stopping_patience: int = 0
    free_running_melodies: int = 16
    train_loss_melodies: int = 256


class Outcome(NamedTuple):
    """How a training ended.

    Attributes:
        step: int, global step.
        evaluation: Evaluation of the last step, or None without evaluation examples.
        best_step: int, the step with the lowest evaluation loss, or None.
        is_early: bool, whether early stopping ended it.
    """

    step: int
    evaluation: Evaluation | None
    best_step: int | None
    is_early: bool


def train(run, experiment, train_examples, eval_examples=None,
          schedule=Schedule(), warm_start=None, overwrite=False):  # noqa: B008
    """Trains a run, from its newest whole checkpoint if it has one.

    Args:
        run: Run; its config.yaml is written or must agree.
        experiment: Experiment.
        train_examples: Examples.
        eval_examples: Examples or None.
        schedule: Schedule.
        warm_start: Weights or None, what a new run's generator starts from; its global step and
            its optimizers start anew.
        overwrite: bool, whether to remove the run that is there, whatever its settings.

    Returns:
        Outcome.

    Raises:
        UserError: If the run folder holds other settings or another process trains it,
            `warm_start` does not fit, a figure is no longer a number or a checkpoint cannot be
            written.
        Stopped: If SIGTERM or Ctrl-C asked for an end; a checkpoint was written.
    """
    identity = dataset_identity(train_examples.path)
    data = {'train': train_examples.sha256, **({'dataset': identity} if identity else {})}
    settings = {**experiment.to_dict(), 'data': data}
    if warm_start:
        check_fit(experiment, warm_start)
        settings['warm_start'] = {'path': warm_start.source, 'sha256': warm_start.sha256()}
    if overwrite:
        run.check_clear()
    elif run.exists():
        run.check(settings)
        _check_warm_start(run, warm_start)
    if eval_examples:
        warn_of_other_data(settings, eval_examples)
    make_folder(run.folder)
    with run_lock(run.folder):
        if overwrite:
            run.clear()
        run.start(settings)
        with (deferred_signals() as request, tf.Graph().as_default(),
              training_session() as session):
            trainer = _Trainer(run, experiment, train_examples, eval_examples, schedule)
            return trainer.run(session, request, warm_start)


def _check_warm_start(run, warm_start):
    """Raises UserError if a run that has no checkpoint yet lacks the weights it starts from."""
    stored = run.read_config().get('warm_start')
    if stored and not warm_start and not run.latest_checkpoint():
        raise UserError(f'{run.folder} has no checkpoint yet and was to start from '
                        f'{stored["path"]}: give --warm_start_bundle_file again')


class _Trainer:
    """One process's part of a run: the graph, the checkpoints and the figures."""

    def __init__(self, run, experiment, train_examples, eval_examples, schedule):
        self._run, self._experiment, self._schedule = run, experiment, schedule
        self._total = schedule.num_training_steps or _ENDLESS
        self._first_step = tf.placeholder(tf.int64, [])
        self._iterator = self._make_batches(train_examples.events)
        self._tensors = experiment.builder().build_train(self._iterator.get_next())
        self._weight_check = WeightCheck()
        self._checkpoints = Checkpoints(run.train_dir, schedule.num_checkpoints)
        self._best = Checkpoints(run.best_dir, num_checkpoints=1)
        self._eval_examples, self._evaluation = eval_examples, None
        self._eval_model = MelodyModel(experiment)
        self._train_sample = _drawn(train_examples.events, schedule.train_loss_melodies,
                                    experiment.seed)
        self._free_running = None
        if eval_examples and schedule.free_running_melodies:
            self._free_running = FreeRunningMeasure(
                eval_examples.events, schedule.free_running_melodies, experiment.seed)

    def _make_batches(self, melodies):
        lengths = np.array([len(events) - 1 for events in melodies])
        indices = functools.partial(training_batch_indices, lengths,
                                    self._experiment.hparams['batch_size'], self._experiment.seed)
        dataset = batch_dataset(melodies, self._experiment.encoding.codec, indices,
                                self._first_step, tf.maximum(self._total - self._first_step, 0))
        return tf.data.make_initializable_iterator(dataset)

    def run(self, session, request, warm_start=None):
        """Trains to the last step. Returns Outcome."""
        self._session, self._request = session, request
        checkpoint = self._checkpoints.newest()
        step = checkpoint_step(checkpoint) if checkpoint else 0
        session.run(tf.global_variables_initializer())
        session.run(self._iterator.initializer, {self._first_step: step})
        pending = self._checkpoints.restore(session, checkpoint) if checkpoint else []
        if warm_start and not checkpoint:
            for variable in generator_variables():
                variable.load(warm_start.variables[variable.op.name], session)
        columns = [*self._tensors.figures, *(_EVAL_COLUMNS if self._eval_examples else ())]
        self._figures = TrainingFigures(self._run, columns, step, pending)
        self._saved_step = step if checkpoint else None
        with closing(self._figures):
            return self._loop(step)

    def _loop(self, step):
        self._last_save = time.monotonic()
        is_early = self._is_exhausted()
        total = self._schedule.num_training_steps or None
        with progress(description=f'training {self._experiment.name}', unit='step', total=total,
                      initial=step) as bar:
            while step < self._total and not is_early:
                self._update(step)
                step += 1
                bar.update()
                self._report(step, bar)
                is_early = self._is_exhausted()
                is_stopped = self._request.number is not None
                if is_early or is_stopped or self._is_save_due(step):
                    self._save(step)
                if is_stopped and step < self._total and not is_early:
                    raise Stopped(self._request.number, f'stopped at step {step}, where a '
                                  'checkpoint was written; the same command goes on from there')
        if self._evaluation is None:
            self._evaluate(step)
        return Outcome(step, self._evaluation, self._best_step(), is_early)

    def _update(self, step):
        """Runs one update and takes note of its figures."""
        start = time.monotonic()
        _, figures, num_events = self._session.run(
            [self._tensors.train_op, self._tensors.figures, self._tensors.num_events])
        check_figures(figures, step + 1, self._saved_step)
        self._figures.add(figures, num_events, time.monotonic() - start)

    def _report(self, step, bar):
        """Writes the rows that are due at a step."""
        is_last, is_regular = step == self._total, step % self._schedule.summary_frequency == 0
        if is_last or is_regular:
            left = self._total - step if self._schedule.num_training_steps else None
            loss = self._figures.write_training(step, left)
            bar.set_postfix_str(f'{loss:.3f} nats/event', refresh=False)
        if is_regular:
            self._figures.pending = []
        if is_last or step % self._schedule.eval_every == 0:
            self._evaluate(step)

    def _evaluate(self, step):
        """Evaluates, and keeps the weights if no evaluation before was as good."""
        if not self._eval_examples:
            return
        names = {variable.op.name: variable for variable in generator_variables()}
        self._eval_model.set_weights(self._session.run(names), step)
        self._evaluation = evaluate(self._eval_model, self._eval_examples.events)
        figures = self._evaluation.figures()
        check_figures({'evaluation loss': figures['loss']}, step, self._saved_step)
        figures |= self._other_figures()
        earlier = [loss for other, loss in self._figures.eval_losses().items() if other < step]
        if all(figures['loss'] < loss for loss in earlier):
            make_folder(self._run.best_dir)
            self._best.save(self._session, step)
        self._figures.write_evaluation(step, figures)

    def _other_figures(self):
        """Returns what stands beside the evaluation's own figures, by name."""
        model, figures = self._eval_model, {}
        if self._train_sample:
            figures['train_loss_exact'] = evaluate(model, self._train_sample).loss
        # Where training has no dropout, Magenta's evaluation is ours.
        figures['loss_magenta'] = self._evaluation.loss if not model.is_noisy else evaluate(
            model, self._eval_examples.events, with_noise=True).loss
        if self._free_running and self._free_running.is_possible():
            figures |= self._free_running(model)._asdict()
        return figures

    def _best_step(self):
        losses = self._figures.eval_losses()
        return min(losses, key=losses.get) if losses else None

    def _is_exhausted(self):
        """Returns whether early stopping is due, by metrics.csv alone."""
        patience = self._schedule.early_stopping_patience
        losses = list(self._figures.eval_losses(self._schedule.eval_every).values())
        return bool(patience) and len(losses) - 1 - int(np.argmin(losses or [0])) >= patience

    def _is_save_due(self, step):
        every = self._schedule.save_checkpoint_steps
        return (step == self._total or (every and step % every == 0)
                or time.monotonic() - self._last_save > self._schedule.save_checkpoint_secs)

    def _save(self, step):
        self._weight_check(self._session, step, self._saved_step)
        self._checkpoints.save(self._session, step, self._figures.pending)
        self._saved_step, self._last_save = step, time.monotonic()


def _drawn(melodies, count, seed):
    """Returns `count` of the melodies, or all where there are fewer, in their order."""
    drawn = np.random.default_rng(seed).permutation(len(melodies))[:count]
    return [melodies[index] for index in sorted(drawn)]
