"""The training loop, the same for every method."""

import functools
import math
import time
from typing import NamedTuple

import numpy as np

from magenta_reg.compat import tf
from magenta_reg.data.batches import batch_dataset, training_batch_indices
from magenta_reg.errors import UserError
from magenta_reg.evaluate import evaluate
from magenta_reg.graph.melody_graph import generator_variables
from magenta_reg.model import MelodyModel
from magenta_reg.progress import progress
from magenta_reg.runs import Metrics, checkpoint_step
from magenta_reg.tensorboard import ScalarWriter
from magenta_reg.weights import check_fit

# Without a number of steps, training goes on until it is interrupted.
_ENDLESS = 2 ** 40


class Schedule(NamedTuple):
    """When training does what, in updates unless the name says otherwise.

    Attributes:
        num_training_steps: the total, earlier runs included; 0 is until interrupted.
        summary_frequency: a row of metrics.csv for training every so many.
        eval_every: an evaluation every so many, and one at the end.
        save_checkpoint_secs: seconds between checkpoints.
        num_checkpoints: how many of the newest checkpoints are kept; 0 keeps all.
    """

    num_training_steps: int = 0
    summary_frequency: int = 10
    eval_every: int = 100
    save_checkpoint_secs: float = 60.0
    num_checkpoints: int = 10


def train(run, experiment, train_examples, eval_examples=None,
          schedule=Schedule(), warm_start=None):  # noqa: B008
    """Trains a run, from its newest checkpoint if it has one.

    Args:
        run: Run; its config.yaml is written or must agree.
        experiment: Experiment.
        train_examples: Examples.
        eval_examples: Examples or None.
        schedule: Schedule.
        warm_start: Weights or None, what a new run's generator starts from; its global step and
            its optimizers start anew.

    Returns:
        Evaluation after the last step, or None without `eval_examples`.

    Raises:
        UserError: If the run folder holds other settings, `warm_start` does not fit them, or the
            loss is no longer a number.
    """
    settings = {**experiment.to_dict(), 'data': {'train': train_examples.sha256}}
    if warm_start:
        check_fit(experiment, warm_start)
        settings['warm_start'] = {'path': warm_start.source, 'sha256': warm_start.sha256()}
    elif run.exists() and run.read_config().get('warm_start') and not run.latest_checkpoint():
        raise UserError(f'{run.folder} has no checkpoint yet and was to start from '
                        f'{run.read_config()["warm_start"]["path"]}: give '
                        '--warm_start_bundle_file again')
    run.start(settings)
    with tf.Graph().as_default():
        trainer = _Trainer(run, experiment, train_examples, eval_examples, schedule)
        with tf.Session() as session:
            return trainer.run(session, warm_start)


class _Trainer:
    """One process's part of a run: the graph, the checkpoints and the figures."""

    def __init__(self, run, experiment, train_examples, eval_examples, schedule):
        self._run, self._experiment, self._schedule = run, experiment, schedule
        self._checkpoint = run.latest_checkpoint()
        self._start = checkpoint_step(self._checkpoint) if self._checkpoint else 0
        self._iterator = self._make_batches(train_examples.events)
        self._tensors = experiment.builder().build_train(self._iterator.get_next())
        self._saver = tf.train.Saver(max_to_keep=schedule.num_checkpoints or None)
        self._metrics = Metrics(run.metrics_path, self._own_columns())
        self._metrics.drop_after(self._start)
        self._eval_examples = eval_examples
        self._eval_model = MelodyModel(experiment)
        self._evaluation = None

    def _own_columns(self):
        return [name for name in self._tensors.figures if name not in Metrics.COLUMNS]

    def _make_batches(self, melodies):
        lengths = np.array([len(events) - 1 for events in melodies])
        indices = functools.partial(training_batch_indices, lengths,
                                    self._experiment.hparams['batch_size'], self._experiment.seed)
        total = self._schedule.num_training_steps or _ENDLESS
        dataset = batch_dataset(melodies, self._experiment.encoding.codec, indices, self._start,
                                max(total - self._start, 0))
        return tf.data.make_initializable_iterator(dataset)

    def run(self, session, warm_start=None):
        """Trains to the last step."""
        self._writers = {'train': ScalarWriter(self._run.train_dir),
                         'eval': ScalarWriter(self._run.eval_dir)}
        session.run(tf.global_variables_initializer())
        session.run(self._iterator.initializer)
        if self._checkpoint:
            self._saver.restore(session, self._checkpoint)
        elif warm_start:
            for variable in generator_variables():
                variable.load(warm_start.variables[variable.op.name], session)
        try:
            self._loop(session)
        except KeyboardInterrupt:
            self._save(session)
            raise
        finally:
            for writer in self._writers.values():
                writer.close()
        return self._evaluation

    def _loop(self, session):
        step, window, last_save = self._start, [], time.monotonic()
        total = self._schedule.num_training_steps or None
        bar = progress(description=f'training {self._experiment.name}', unit='step',
                       total=total, initial=step)
        with bar:
            while total is None or step < total:
                window.append(self._step(session, step))
                step += 1
                bar.update()
                is_last = step == total
                if is_last or step % self._schedule.summary_frequency == 0:
                    loss = self._summarize(step, window)
                    bar.set_postfix_str(f'{loss:.3f} nats/event', refresh=False)
                    window = []
                if is_last or step % self._schedule.eval_every == 0:
                    self._evaluate(session, step)
                if is_last or time.monotonic() - last_save > self._schedule.save_checkpoint_secs:
                    self._save(session)
                    last_save = time.monotonic()
        if self._evaluation is None:
            self._evaluate(session, step)

    def _step(self, session, step):
        """Runs one update. Returns its figures, with 'num_events' and 'secs'."""
        start = time.monotonic()
        _, figures, num_events = session.run(
            [self._tensors.train_op, self._tensors.figures, self._tensors.num_events])
        if not math.isfinite(figures['loss']):
            raise UserError(f'the loss at step {step + 1} is {figures["loss"]}: training stops. '
                            'Try a lower learning_rate or clip_norm; the checkpoint before it '
                            'is kept')
        return {**figures, 'num_events': num_events, 'secs': time.monotonic() - start}

    def _summarize(self, step, window):
        """Writes the means over the steps since the last summary. Returns the loss."""
        num_events = np.array([figures['num_events'] for figures in window], np.float64)
        means = {}
        for name in self._tensors.figures:
            values = np.array([figures[name] for figures in window], np.float64)
            is_per_event = name in ('loss', 'accuracy')
            means[name] = float(np.average(values, weights=num_events if is_per_event else None))
        means['perplexity'] = math.exp(means['loss'])
        self._metrics.append(step=step, split='train', **means)
        secs = sum(figures['secs'] for figures in window)
        speed = {'global_step/sec': len(window) / secs, 'events_per_sec': num_events.sum() / secs}
        self._writers['train'].write(step, {**means, **speed})
        return means['loss']

    def _evaluate(self, session, step):
        if self._eval_examples is None:
            return
        names = {variable.op.name: variable for variable in generator_variables()}
        self._eval_model.set_weights(session.run(names), step)
        self._evaluation = evaluate(self._eval_model, self._eval_examples.events)
        self._metrics.append(step=step, split='eval', **self._evaluation.figures())
        self._writers['eval'].write(step, self._evaluation.figures())

    def _save(self, session):
        self._saver.save(session, str(self._run.train_dir / 'model.ckpt'),
                         global_step=self._tensors.global_step, write_meta_graph=False)
