"""A function over many items in several processes: order kept, few in flight, crashes named.

The pools of the standard library and pebble's were tried: where a reader in C++ crashes,
concurrent.futures gives up every item in flight, multiprocessing.Pool waits for ever, and so does
pebble if the process was killed while it sent its result.
"""

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
import types
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import NamedTuple

# How many processes measure networks side by side where nobody says so: each has 1 to 2 GB.
NETWORK_PROCESSES = min(os.cpu_count() or 1, 8)
# So many items for each process may be ahead of the slowest one: this bounds the memory.
_AHEAD = 4
_PR_SET_PDEATHSIG = 1


class Crashed(NamedTuple):
    """Stands for the result of an item whose process ended: `how` is 'SIGSEGV' or the like."""

    how: str


def map_in_processes(function, items, num_processes):
    """Returns a generator of (item, result) in the order of the items; a result may be `Crashed`.

    The function, its items and its results can be pickled. No more items are taken than are worked
    on, and no process is left once the generator is closed. One process means this one.
    """
    if num_processes == 1:
        return ((item, function(item)) for item in items)
    # They start now: once the caller has a progress bar, there is a thread that forbids forking.
    context = _context()
    return _results([Worker(function, context) for _ in range(num_processes)], enumerate(items))


def _results(workers, numbered):
    results, num_yielded = {}, 0
    try:
        _feed(workers, numbered, results)
        while results or any(worker.task for worker in workers):
            busy = {worker.connection: worker for worker in workers if worker.task}
            for connection in wait(list(busy), timeout=0 if num_yielded in results else None):
                number, item, result = busy[connection].receive()
                results[number] = item, result
            _feed(workers, numbered, results)  # They work on while the caller does its part.
            if num_yielded in results:
                yield results.pop(num_yielded)
                num_yielded += 1
    finally:
        for worker in workers:
            worker.end()


def _feed(workers, numbered, results):
    """Gives an item to every idle worker as long as not too many wait for their turn."""
    num_ahead = len(results) + sum(worker.task is not None for worker in workers)
    for worker in workers:
        if worker.task is None and num_ahead < _AHEAD * len(workers):
            task = next(numbered, None)
            if task is None:
                return
            worker.send(task)
            num_ahead += 1


class Worker:
    """A process behind `connection` that works on `task`, (number, item), or None.

    Each item that `send` gives it is one call of the function.
    """

    def __init__(self, function, context):
        self.task = None
        self._function, self._context = function, context
        self._start()

    def _start(self):
        self.connection, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_work, args=(self._function, theirs), daemon=True)
        with _without_main_module():
            self._process.start()
        theirs.close()

    def send(self, task):
        """Gives an item to the process, or to a new one if it crashed while it was idle."""
        self.task = task
        try:
            self.connection.send(task[1])
        except OSError:
            self.end()
            self._start()
            self.connection.send(task[1])

    def receive(self):
        """Returns number, item and result of the task; raises what the function raised."""
        (number, item), self.task = self.task, None
        try:
            result, error = self.connection.recv()
        except (EOFError, OSError):
            result, error = Crashed(self.end(wait_secs=5.0)), None
            self._start()
        if error is not None:
            raise error
        return number, item, result

    def ask_to_end(self):
        """Lets an idle process leave, and sends a busy one SIGTERM: it can leave in order."""
        if self.task:
            self._process.terminate()
        else:
            self.connection.close()

    def end(self, wait_secs=0.0):
        """Ends the process and returns how it had ended by itself, if it had."""
        self._process.join(wait_secs)
        self._process.kill()
        self._process.join()
        self.connection.close()
        code = self._process.exitcode
        return signal.Signals(-code).name if code < 0 else f'exit status {code}'


@contextmanager
def _without_main_module():
    """Hides the caller's script: a process that is spawned would run it once more."""
    main = sys.modules['__main__']
    sys.modules['__main__'] = types.ModuleType('__main__')
    try:
        yield
    finally:
        sys.modules['__main__'] = main


def _context():
    """Returns how processes start: by forking, which is fast, where no threads make it unsafe."""
    can_fork = (sys.platform == 'linux' and 'tensorflow' not in sys.modules
                and threading.active_count() == 1)
    return multiprocessing.get_context('fork' if can_fork else 'spawn')


def _work(function, connection):
    """Takes items and gives (result, error) until nobody listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process to handle.
    if sys.platform == 'linux':  # Even one that waits for a file ends with the first process.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        while True:
            item = connection.recv()
            try:
                answer = function(item), None
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = None, error
            try:
                connection.send(answer)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                connection.send((None, TypeError(f'cannot be sent: {error}')))
    except (EOFError, BrokenPipeError):
        pass
