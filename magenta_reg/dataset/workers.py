"""A function over many items in several processes: order kept, few in flight, a dead one named.

The standard pools cannot be used here: where a file crashes the C++ reader,
concurrent.futures gives up every item in flight and does not say which one it was, and
multiprocessing.Pool waits for ever.
"""

import ctypes
import multiprocessing
import pickle
import signal
import sys
import threading
import traceback
from multiprocessing.connection import wait
from typing import NamedTuple

# So many items for each worker may be ahead of the slowest one: this bounds the memory.
_AHEAD = 4
_PR_SET_PDEATHSIG = 1


class Died(NamedTuple):
    """Stands for the result of an item whose process ended.

    Attributes:
        how: str, in what way, such as 'SIGSEGV' or 'exit status 1'.
    """

    how: str


class Workers:
    """Processes that apply one function; a context, at whose end none of them is left."""

    def __init__(self, function, num_workers):
        """Prepares the processes; they start with the context.

        Args:
            function: what takes an item; it and its items and results can be pickled.
            num_workers: int; 1 means this process, and no other.
        """
        self._function = function
        self._num_workers = num_workers
        self._processes = {}

    def __enter__(self):
        if self._num_workers > 1:
            self._context = _context()
            for _ in range(self._num_workers):
                self._start()
        return self

    def __exit__(self, *_):
        for connection in list(self._processes):
            self._end(connection)

    def map(self, items):
        """Yields (item, result) in the order of the items; a result may be `Died`.

        Args:
            items: iterable; no more of it is taken than is worked on.
        """
        if self._num_workers == 1:
            return ((item, self._function(item)) for item in items)
        return self._map(enumerate(items))

    def _map(self, numbered):
        busy, results, num_yielded = {}, {}, 0
        self._feed(numbered, busy, results)
        while busy or results:
            is_next_there = num_yielded in results
            for connection in wait(list(busy), timeout=0 if is_next_there else None):
                number, item = busy.pop(connection)
                results[number] = item, self._receive(connection)
            self._feed(numbered, busy, results)  # The workers go on while the taker does its part.
            if num_yielded in results:
                yield results.pop(num_yielded)
                num_yielded += 1

    def _feed(self, numbered, busy, results):
        """Gives an item to every idle worker as long as not too many wait for their turn."""
        for connection in list(self._processes):
            if connection in busy or len(busy) + len(results) >= _AHEAD * self._num_workers:
                continue
            number, item = next(numbered, (None, None))
            if number is None:
                return
            busy[self._send(connection, item)] = number, item

    def _send(self, connection, item):
        """Gives an item to a worker, or to a new one if that has died. Returns its connection."""
        try:
            connection.send(item)
            return connection
        except OSError:  # It has died while it had nothing to do.
            self._end(connection)
            connection = self._start()
            connection.send(item)
            return connection

    def _receive(self, connection):
        """Returns a result, or Died; raises what the function raised."""
        try:
            result, error, trace = connection.recv()
        except (EOFError, OSError):
            died = Died(self._end(connection, wait_secs=5.0))
            self._start()
            return died
        if error is not None:
            error.add_note(trace)
            raise error
        return result

    def _start(self):
        """Starts a process and returns our end of the connection to it."""
        ours, theirs = self._context.Pipe()
        is_fork = self._context.get_start_method() == 'fork'
        not_theirs = [*self._processes, ours] if is_fork else []
        process = self._context.Process(
            target=_work, args=(self._function, theirs, not_theirs), daemon=True)
        process.start()
        theirs.close()
        self._processes[ours] = process
        return ours

    def _end(self, connection, wait_secs=0.0):
        """Ends a process and returns how it had ended by itself, if it had."""
        process = self._processes.pop(connection)
        process.join(wait_secs)
        process.kill()
        process.join()
        connection.close()
        code = process.exitcode
        return signal.Signals(-code).name if code < 0 else f'exit status {code}'


def _context():
    """Returns how processes start.

    Forking takes milliseconds where a new interpreter takes half a second to import what the
    readers need; but it is not safe beside threads, such as TensorFlow's, nor on macOS.
    """
    can_fork = (sys.platform == 'linux' and 'tensorflow' not in sys.modules
                and threading.active_count() == 1)
    return multiprocessing.get_context('fork' if can_fork else 'spawn')


def _work(function, connection, not_ours):
    """What a process does until nobody listens: takes an item, gives (result, error, trace)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process to handle.
    if sys.platform == 'linux':  # Even one that waits for a file ends with the first process.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for other in not_ours:
        other.close()
    try:
        while True:
            item = connection.recv()
            try:
                answer = function(item), None, None
            except Exception as error:
                answer = None, error, traceback.format_exc()
            try:
                connection.send(answer)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                connection.send((None, TypeError(f'cannot be sent: {error}'),
                                 answer[2] or traceback.format_exc()))
    except (EOFError, BrokenPipeError):
        pass
