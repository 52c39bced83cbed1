"""What a training writes as it goes: metrics.csv, timing.csv and TensorBoard's scalars."""

import socket
import time

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.files import naming
from magenta_reg.model.evaluate import perplexity
from magenta_reg.readers.tfrecord import write_record
from magenta_reg.runs.metrics import Metrics, StepTable

_TIMING_COLUMNS = ('step', 'secs_per_step', 'events_per_sec', 'secs_left')


class MetricsWriter:
    """Gathers the metrics of the updates and writes their means.

    metrics.csv is the same for equal runs; how long things took goes into timing.csv, where
    secs_left is empty without a last step.

    Attributes:
        pending: list of dict of str to float, the updates since the last regular row.
    """

    def __init__(self, run, columns, start_step, pending=()):
        """Opens the files; what they hold of steps after `start_step` is dropped.

        Args:
            run: Run.
            columns: iterable of str, metrics beside those of Metrics.COLUMNS.
            start_step: int, global step.
            pending: list, an earlier `pending`, as of `start_step`.
        """
        self._metrics = Metrics(run.metrics_path, columns, start_step)
        self._timing = StepTable(run.timing_path, _TIMING_COLUMNS, start_step)
        self._scalars = {'train': ScalarWriter(run.train_dir, start_step),
                         'eval': ScalarWriter(run.eval_dir, start_step)}
        self.pending = list(pending)
        self._secs, self._num_events = [], []

    def add(self, metrics, num_events, secs):
        """Keeps the metrics of one update, dict of str to float, its events and its time."""
        self.pending.append({**{name: float(value) for name, value in metrics.items()},
                             'num_events': float(num_events)})
        self._secs.append(secs)
        self._num_events.append(num_events)

    def write_training(self, step, num_steps_left=None):
        """Writes the means over the pending updates, which stay pending. Returns the loss.

        Metrics that only some of the updates have, as at a method's start, are means over these.
        """
        names = dict.fromkeys(name for metrics in self.pending for name in metrics)
        columns = {name: np.array([metrics[name] for metrics in self.pending if name in metrics])
                   for name in names}
        num_events = columns.pop('num_events')
        means = {name: float(np.average(
            values, weights=num_events if name in ('loss', 'accuracy') else None))
            for name, values in columns.items()}
        means['perplexity'] = perplexity(means['loss'])
        self._write('train', step, means, self._write_timing(step, num_steps_left))
        return means['loss']

    def _write_timing(self, step, num_steps_left):
        """Writes a row of timing.csv. Returns the speed, the first under Magenta's name."""
        secs = sum(self._secs) / len(self._secs)
        timing = {'secs_per_step': secs, 'events_per_sec': sum(self._num_events) / sum(self._secs)}
        if num_steps_left is not None:
            timing['secs_left'] = secs * num_steps_left
        self._timing.append({'step': step, **{
            name: f'{value:.6g}' for name, value in timing.items()}})
        self._secs, self._num_events = [], []
        del timing['secs_per_step']
        return {'global_step/sec': 1 / secs, **timing}

    def write_evaluation(self, step, metrics):
        """Writes the metrics of an evaluation, dict of str to float."""
        self._write('eval', step, metrics)

    def _write(self, split, step, metrics, others=None):
        self._metrics.append(step, split, **metrics)
        self._scalars[split].write(step, {**metrics, **(others or {})})

    def eval_losses(self, every=1):
        """Returns dict of step to loss, of the evaluations at multiples of `every` steps."""
        losses = self._metrics.losses('eval')
        return {step: loss for step, loss in sorted(losses.items()) if step % every == 0}

    def close(self):
        for scalars in self._scalars.values():
            scalars.close()


_MAGENTA_TAGS = {name: f'metrics/{name}' for name in
                 ('accuracy', 'perplexity', 'event_accuracy', 'no_event_accuracy')}


class ScalarWriter:
    """Writes scalars into a folder of TensorBoard events, under Magenta's names."""

    def __init__(self, folder, start_step=0):
        """Opens a new file; TensorBoard forgets what earlier files say of steps after the start."""
        # Files are named by the second; the suffix keeps two of one second apart, in order.
        self._path = folder / (f'events.out.tfevents.{int(time.time()):010}.{socket.gethostname()}'
                               f'.{start_step:012}')
        self._file = open(self._path, 'ab')  # noqa: SIM115
        self._add(file_version='brain.Event:2')
        self._add(step=start_step + 1, session_log=tf.SessionLog(status=tf.SessionLog.START))

    def write(self, step, scalars):
        """Adds scalars, dict of str to float."""
        self._add(step=step, summary=tf.Summary(value=[
            tf.Summary.Value(tag=_MAGENTA_TAGS.get(name, name), simple_value=value)
            for name, value in scalars.items()]))

    def _add(self, **fields):
        event = tf.Event(wall_time=time.time(), **fields)
        with naming(self._path):
            write_record(self._file, event.SerializeToString())
            self._file.flush()

    def close(self):
        with naming(self._path):
            self._file.close()
