"""Runs side by side in processes of this machine, each on cores of its own."""

import itertools
import os
import sys
import traceback
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import wait

from magenta_reg.base.errors import UserError, explain
from magenta_reg.base.files import make_folder
from magenta_reg.base.interrupts import Stopped, deferred_signals
from magenta_reg.base.processes import Crashed, Worker
from magenta_reg.study.tasks import execute

LOG = 'log.txt'
# What a run needs to write a checkpoint once it is asked to end.
_GRACE_SECS = 30.0
_POLL_SECS = 0.5


def run_tasks(folder, tasks, jobs, function=execute):
    """Yields (task, error) as Tasks end, in any order; error is str of one line, or None.

    The processes import TensorFlow once and take one task after the other. A process that is
    killed is replaced, and its task's error says so.

    Args:
        folder: Path of the study.
        tasks: list of Task.
        jobs: int, processes.
        function: function of folder and Task, as `execute`.

    Raises:
        Stopped: If a signal asked for an end: runs were told to write a checkpoint.
    """
    # Without forking: the live view is a thread of this process, and TensorFlow may be in it.
    context, left = get_context('spawn'), list(tasks)[::-1]
    workers = [Worker(partial(logged, function, folder, own), context)
               for own in shared_cores(min(jobs, len(left)))]
    try:
        with deferred_signals() as interrupt:
            while left or any(worker.task for worker in workers):
                for worker in workers:
                    if left and not worker.task:
                        worker.send((None, left.pop()))
                busy = {worker.connection: worker for worker in workers if worker.task}
                for connection in wait(list(busy), timeout=_POLL_SECS):
                    yield _receive(busy[connection])
                if interrupt.number is not None:
                    raise Stopped(interrupt.number, 'stopped; the same command goes on from there')
    finally:
        for worker in workers:
            worker.ask_to_end()
        for worker in workers:
            worker.end(_GRACE_SECS)


def _receive(worker):
    _, task = worker.task
    _, _, error = worker.receive()
    if isinstance(error, Crashed):
        error = f'its process crashed ({error.how})'
    return task, error


def shared_cores(jobs):
    """Returns the cores of each of so many processes: list of list of int."""
    cores = sorted(os.sched_getaffinity(0))
    if jobs >= len(cores):
        return [[cores[index % len(cores)]] for index in range(jobs)]
    ends = [len(cores) * index // jobs for index in range(jobs + 1)]
    return [cores[start:end] for start, end in itertools.pairwise(ends)]


def logged(function, folder, cores, task):
    """Makes a task on these cores, its output in its folder's log. Returns the error or None."""
    os.sched_setaffinity(0, cores)
    redirect_output(make_folder(folder / task.name) / LOG)
    try:
        function(folder, task)
    except (UserError, OSError) as error:
        print(explain(error), flush=True)
        return explain(error)
    except Exception as error:
        traceback.print_exc()
        return f'{type(error).__name__}: {explain(error)} ({LOG} has the traceback)'
    return None


def redirect_output(path):
    """Adds all that this process prints to a file."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    os.close(log)
