"""What a study shows while its runs go on: a live table, or lines where there is no terminal."""

import threading
import time
from statistics import mean

from rich.console import Console
from rich.live import Live
from rich.table import Table

from magenta_reg.runs.metrics import read_metrics
from magenta_reg.runs.run import Run
from magenta_reg.study.tasks import TASK, is_finished

_REFRESH_SECS = 1.0
_LINE_SECS = 60.0


class LiveView:
    """A view of Tasks as they go on, read from their folders.

    Use it as a context. Runs whose folder is not to be seen from here have no row.
    """

    def __init__(self, folder, tasks, what, jobs, later=()):
        """Takes the Path of the study, its Tasks, and what they are in a word.

        `jobs` is how many go on at once, None for as many as are seen; `later` are Tasks that come
        after these, for the time left.
        """
        self._folder, self._what, self._jobs = folder, what, jobs
        self._left = {task.name: task for task in tasks}
        self._total, self._num_failed = len(tasks), 0
        self._later = [task for task in later if not is_finished(folder, task)]
        self._secs_per_step = {}  # Of an experiment's name to a list, of the runs that have ended.
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
            if not error:
                self._secs_per_step.setdefault(task.experiment['name'], []).append(
                    (time.time() - started) / _num_steps(task))
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
        return [_row(self._folder, task) for task in tasks if self._is_running(task)]

    def _is_running(self, task):
        return (_modified(self._folder / task.name / TASK) or 0) >= self._start

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
        """Returns how long the rest takes if a run goes on as others of its experiment did."""
        with self._lock:
            left = list(self._left.values())
            known = {name: list(secs) for name, secs in self._secs_per_step.items()}
        running, now = {}, time.time()
        for task in left:
            secs = _row(self._folder, task)['secs_left'] if self._is_running(task) else None
            if secs is not None:
                running[task.name] = secs
                total = now - _modified(self._folder / task.name / TASK) + secs
                known.setdefault(task.experiment['name'], []).append(total / _num_steps(task))
        every = [secs for own in known.values() for secs in own]
        if not every or not left:
            return ''
        secs = sum(running.get(task.name, _num_steps(task) * mean(
            known.get(task.experiment['name'], every))) for task in [*left, *self._later])
        at_once = max(1, min(self._jobs or len(running), len(left) + len(self._later)))
        return f', about {duration(secs / at_once)} of training left'


def _num_steps(task):
    return task.schedule['num_training_steps']


def _row(folder, task):
    """Returns what a run's folder says of it: dict of name, step, last, train, eval, secs_left."""
    run = Run(folder / task.name)
    rows, timing = read_metrics(run.metrics_path), read_metrics(run.timing_path)
    losses = {row['split']: f'{float(row["loss"]):.3f}' for row in rows}
    secs = timing[-1]['secs_left'] if timing else ''
    return {'name': task.name, 'step': int(rows[-1]['step']) if rows else 0,
            'last': _num_steps(task), 'train': losses.get('train', '-'),
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
