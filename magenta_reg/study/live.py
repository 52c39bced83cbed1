"""What a study shows while its runs go on: a live table, or lines where there is no terminal."""

import threading
import time

from rich.console import Console
from rich.live import Live
from rich.table import Table

from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.study.tasks import TASK

_REFRESH_SECS = 1.0
_LINE_SECS = 60.0


class LiveView:
    """A view of Tasks as they go on, read from their folders.

    Use it as a context. Runs whose folder is not to be seen from here have no row.
    """

    def __init__(self, folder, tasks, what, jobs):
        """Takes the Path of the study, its Tasks, and what they are in a word.

        `jobs` is how many go on at once, None for as many as are seen.
        """
        self._folder, self._what, self._jobs = folder, what, jobs
        self._left = {task.name: task for task in tasks}
        self._total, self._num_failed, self._secs = len(tasks), 0, {}
        self._start = time.time()
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._end, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._refresh, daemon=True)

    def __enter__(self):
        if self._console.is_terminal:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._end.set()
        self._thread.join()
        if self._console.is_terminal:
            self._live.stop()

    def done(self, task, error):
        """Says that a Task has ended, or why it failed."""
        with self._lock:
            started = _modified(self._folder / task.name / TASK) or self._start
            self._secs.setdefault(task.experiment['name'], []).append(time.time() - started)
            self._left.pop(task.name, None)
            self._num_failed += error is not None
            number = self._total - len(self._left)
        row = _row(self._folder, task)
        how = f'failed: {error}' if error else (
            f'step {row["step"]}, validation loss {row["eval"]}' if row['step'] else 'ended')
        self._print(f'{self._what} {number} of {self._total}: {task.name}: {how}'
                    f'{self._time_left()}')

    def _refresh(self):
        last_line = time.time()
        while not self._end.wait(_REFRESH_SECS):
            with self._lock:
                tasks = list(self._left.values())
            if self._console.is_terminal:
                self._live.update(self._table(tasks), refresh=True)
            elif time.time() - last_line > _LINE_SECS:
                last_line = time.time()
                said = ', '.join(f'{row["name"]} {row["step"]}/{row["last"]}'
                                 for row in self._running(tasks))
                self._print(f'{self._what}: {said or "starting"}{self._time_left()}')

    def _print(self, line):
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _running(self, tasks):
        """Returns a row for each Task that was started in this view and has not ended."""
        return [_row(self._folder, task) for task in tasks
                if (_modified(self._folder / task.name / TASK) or 0) >= self._start]

    def _table(self, tasks):
        ended = f'{self._total - len(tasks)} of {self._total}'
        failed = f', {self._num_failed} failed' if self._num_failed else ''
        table = Table(title=f'{self._what}: {ended}{failed}{self._time_left()}',
                      title_justify='left')
        for column in ('run', 'step', 'loss', 'validation', 'time left'):
            table.add_column(column, justify='left' if column == 'run' else 'right')
        for row in self._running(tasks):
            table.add_row(row['name'], f'{row["step"] or "-"}/{row["last"]}', row['train'],
                          row['eval'], duration(row['secs_left']))
        return table

    def _time_left(self):
        """Returns how long the rest takes if each run takes what those of its experiment took."""
        with self._lock:
            left, known = list(self._left.values()), dict(self._secs)
        every = [secs for own in known.values() for secs in own]
        running = {row['name']: row['secs_left'] for row in self._running(left)}
        if not left or not (every or all(running.get(task.name) for task in left)):
            return ''
        total = 0.0
        for task in left:
            own = known.get(task.experiment['name'], every)
            secs = running.get(task.name)
            total += secs if secs is not None else sum(own) / len(own) if own else 0.0
        at_once = max(1, min(self._jobs or len(running), len(left)))
        return f', about {duration(total / at_once)} left'


def _row(folder, task):
    """Returns what a run's folder says of it: dict of name, step, last, train, eval, secs_left."""
    run = Run(folder / task.name)
    rows, timing = read_metrics(run.metrics_path), read_metrics(run.timing_path)
    losses = {row['split']: f'{float(row["loss"]):.3f}' for row in rows}
    secs = timing[-1]['secs_left'] if timing else ''
    return {'name': task.name, 'step': int(rows[-1]['step']) if rows else 0,
            'last': task.schedule['num_training_steps'], 'train': losses.get('train', '-'),
            'eval': losses.get('eval', '-'), 'secs_left': float(secs) if secs else None}


def _modified(path):
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def duration(secs):
    """Returns a time in words of a clock: '2 h 05 min', '3 min 20 s', '12 s'; None is '-'."""
    if secs is None:
        return '-'
    minutes, secs = divmod(round(secs), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f'{hours:,} h {minutes:02} min'
    return f'{minutes} min {secs:02} s' if minutes else f'{secs} s'
