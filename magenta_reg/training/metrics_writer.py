"""The figures of a training: rows of metrics.csv and timing.csv, and TensorBoard's scalars.

Scalars for TensorBoard, under Magenta's names.
"""

import csv

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.files import replacing
from magenta_reg.model.evaluate import perplexity
from magenta_reg.runs.run import Metrics, read_metrics


class TrainingFigures:
    """Gathers the figures of the updates and writes their means.

    metrics.csv is the same for equal runs; how long things took goes into timing.csv: step,
    secs_per_step, events_per_sec, secs_left (empty without a last step).

    Attributes:
        pending: list of dict of str to float, the updates since the last regular row.
    """

    def __init__(self, run, columns, start_step, pending=()):
        """Opens the files; what they hold of steps after `start_step` is dropped.

        Args:
            run: Run.
            columns: sequence of str, figures beside those of Metrics.COLUMNS.
            start_step: int, global step.
            pending: list, an earlier `pending`, as of `start_step`.
        """
        own = [name for name in columns if name not in Metrics.COLUMNS]
        self._metrics = Metrics(run.metrics_path, own)
        self._metrics.drop_after(start_step)
        self._timing = Timing(run.timing_path, start_step)
        self._writers = {'train': ScalarWriter(run.train_dir, start_step),
                         'eval': ScalarWriter(run.eval_dir, start_step)}
        self.pending = list(pending)
        self._secs, self._num_events = [], []

    def add(self, figures, num_events, secs):
        """Takes note of one update.

        Args:
            figures: dict of str to float.
            num_events: float, events in its batch.
            secs: float, how long it took.
        """
        self.pending.append({**{name: float(value) for name, value in figures.items()},
                             'num_events': float(num_events)})
        self._secs.append(secs)
        self._num_events.append(num_events)

    def write_training(self, step, num_steps_left=None):
        """Writes the means over the updates noted; `pending` stays. Returns the loss."""
        num_events = np.array([figures['num_events'] for figures in self.pending])
        means = {}
        for name in [name for name in self.pending[0] if name != 'num_events']:
            values = np.array([figures[name] for figures in self.pending])
            is_per_event = name in ('loss', 'accuracy')
            means[name] = float(np.average(values, weights=num_events if is_per_event else None))
        means['perplexity'] = perplexity(means['loss'])
        self._metrics.append(step, 'train', **means)
        self._writers['train'].write(step, {**means, **self._write_timing(step, num_steps_left)})
        return means['loss']

    def _write_timing(self, step, num_steps_left):
        """Writes a row of timing.csv. Returns the speed under Magenta's name and ours."""
        secs = sum(self._secs) / len(self._secs)
        speed = {'global_step/sec': 1 / secs,
                 'events_per_sec': sum(self._num_events) / sum(self._secs)}
        left = {} if num_steps_left is None else {'secs_left': secs * num_steps_left}
        self._timing.append(step=step, secs_per_step=secs, events_per_sec=speed['events_per_sec'],
                            **left)
        self._secs, self._num_events = [], []
        return {**speed, **left}

    def write_evaluation(self, step, figures):
        """Writes the figures of an evaluation."""
        self._metrics.append(step, 'eval', **figures)
        self._writers['eval'].write(step, figures)

    def eval_losses(self, every=1):
        """Returns dict of step to loss, of the evaluations at multiples of `every` steps."""
        losses = self._metrics.losses('eval')
        return {step: loss for step, loss in sorted(losses.items()) if step % every == 0}

    def close(self):
        for writer in self._writers.values():
            writer.close()


class Timing:
    """timing.csv, a row a summary."""

    COLUMNS = ('step', 'secs_per_step', 'events_per_sec', 'secs_left')

    def __init__(self, path, start_step):
        self._path = path
        rows = [row for row in read_metrics(path) if int(row['step']) <= start_step]
        with replacing(path) as temporary, open(temporary, 'w', newline='') as file:
            writer = self._writer(file)
            writer.writeheader()
            writer.writerows(rows)

    def append(self, **figures):
        with open(self._path, 'a', newline='') as file:
            self._writer(file).writerow({name: f'{value:.6g}' if name != 'step' else value
                                         for name, value in figures.items()})

    def _writer(self, file):
        return csv.DictWriter(file, self.COLUMNS, restval='', lineterminator='\n')


_MAGENTA_TAGS = {name: f'metrics/{name}' for name in
                 ('accuracy', 'perplexity', 'event_accuracy', 'no_event_accuracy')}


class ScalarWriter:
    """Writes scalars into a folder of TensorBoard events."""

    def __init__(self, folder, start_step=0):
        """Opens a new file of events.

        Args:
            folder: Path.
            start_step: int, where training goes on: TensorBoard forgets the later steps that an
                earlier process wrote.
        """
        # Files are named by the second; the suffix keeps two of one second apart, in order.
        self._writer = tf.summary.FileWriter(str(folder), filename_suffix=f'.{start_step:012}')
        self._writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), start_step + 1)

    def write(self, step, figures):
        """Adds one value for each figure and flushes.

        Args:
            step: int, global step.
            figures: dict of str to float.
        """
        self._writer.add_summary(tf.Summary(value=[
            tf.Summary.Value(tag=_MAGENTA_TAGS.get(name, name), simple_value=value)
            for name, value in figures.items()]), step)
        self._writer.flush()

    def close(self):
        self._writer.close()
