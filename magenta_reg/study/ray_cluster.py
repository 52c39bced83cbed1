"""Runs on the machines of a Ray cluster, each on cores or GPUs that Ray gives it.

Ray's driver is a process of its own: there Ray may wait for ever, print and crash as it does, and
the study still says in one line what is wrong. What it prints goes into ray.log.

`ray_node` is what the nodes do.
"""

import os
import shutil
import socket
import sys
import time
import uuid
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from magenta_reg.base.errors import UserError, explain
from magenta_reg.base.files import make_folder
from magenta_reg.base.interrupts import Stopped, deferred_signals
from magenta_reg.base.libraries import import_library
from magenta_reg.base.processes import Crashed, Worker
from magenta_reg.dataset.folder import REPORT_NAME
from magenta_reg.study.local import redirect_output
from magenta_reg.study.ray_node import (
    HIDDEN,
    Job,
    library_versions,
    make_run,
    node_key,
    pack,
    unpack,
)
from magenta_reg.study.tasks import execute

LOG = 'ray.log'
AUTO, LOCAL = 'auto', 'local'
# How often Ray starts a run anew whose node or process crashed. Nodes that may be taken away at
# any time crash more than once in a long run; a run that crashes its process must come to an end.
_MAX_RETRIES = 5
_CONNECT_SECS, _START_SECS = 30.0, 120.0
# What runs need to write a checkpoint once they are asked to end.
_GRACE_SECS = 30.0
_POLL_SECS, _WATCH_SECS = 0.5, 2.0
# So long the study waits for a node that is large enough once there was one.
_NO_NODE_SECS = 300.0


def run_tasks(folder, tasks, address=AUTO, cpus_per_run=1, gpus_per_run=0, function=execute,
              node_folder=None):
    """Yields (task, error) as Tasks end, in any order; error is str of one line, or None.

    Args:
        folder: Path of the study.
        tasks: list of Task.
        address: str, 'auto' for the cluster that this machine belongs to, 'local' for a Ray of its
            own on this machine, or HOST:PORT.
        cpus_per_run: int.
        gpus_per_run: int or float.
        function: function of folder and Task, as `execute`; nodes can import it.
        node_folder: Path, what nodes call the folder if it is another name.

    Raises:
        UserError: If there is no Ray, no such cluster, or no node in it for such runs.
        Stopped: If a signal asked for an end: runs were told to write a checkpoint.
    """
    check_address(address)
    folder = Path(folder).absolute()
    job = Job(Path(node_folder or folder), uuid.uuid4().hex, function, cpus_per_run, gpus_per_run,
              library_versions())
    # Without forking: TensorFlow and threads may be in this process.
    worker = Worker(_Driver(folder, tasks, address, job), get_context('spawn'))
    grace_secs = 0.0
    try:
        with deferred_signals() as interrupt:
            _ask(worker, interrupt, folder, address,
                 _START_SECS if address == LOCAL else _CONNECT_SECS)
            grace_secs = _GRACE_SECS + _POLL_SECS
            for _ in tasks:
                yield _ask(worker, interrupt, folder, address)
    finally:
        worker.ask_to_end()
        worker.end(grace_secs)
        shutil.rmtree(folder / HIDDEN, ignore_errors=True)


def check_address(address):
    """Raises UserError if there is no Ray, or nothing listens at HOST:PORT.

    Ray itself waits for minutes, and does not say what for.
    """
    import_library('ray', "pip install 'magenta_reg[ray]'")
    if address in (AUTO, LOCAL):
        return
    host, _, port = address.rpartition(':')
    if not host or not port.isdecimal() or '/' in host:
        raise UserError(f'--ray_address={address} is none: give auto, local or HOST:PORT')
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECS / 2).close()
    except (OSError, OverflowError) as error:
        raise UserError(f'cannot connect to the Ray cluster {address}: {explain(error)}') from error


def _ask(worker, interrupt, folder, address, timeout_secs=float('inf')):
    """Returns what the driver answers next."""
    worker.send((None, None))
    deadline = time.monotonic() + timeout_secs
    while not worker.connection.poll(_POLL_SECS):
        if interrupt.number is not None:
            raise Stopped(interrupt.number, 'stopped; the same command goes on from there')
        if time.monotonic() > deadline:
            raise UserError(f'the Ray cluster {address} does not answer within {timeout_secs:.0f} s'
                            f' ({folder / LOG} has what Ray says): is it running?')
    _, _, answer = worker.receive()
    if isinstance(answer, Crashed):
        how, way_out = ('was lost', 'once it runs again, the same command goes on')
        if timeout_secs < float('inf'):
            how, way_out = ('takes no runs from this machine', 'make it a node, with '
                            f'ray start --address={address}')
        raise UserError(f'the Ray cluster {address} {how} ({folder / LOG} has what Ray says): '
                        f'{way_out}')
    return answer


class _Driver:
    """The driver's process: the first call connects, the next ones wait for the end of a task."""

    def __init__(self, folder, tasks, address, job):
        self._folder, self._tasks, self._address, self._job = folder, tasks, address, job
        self._remote = None  # `make_run` as Ray's.
        self._running = None  # Dict of Ray's reference to the result to Task.
        self._files = {}  # References to the data files by name, once a node asked for them.
        self._large_secs = None  # When there last was a node large enough.

    def __call__(self, _):
        """Returns None for the first call, then (task, error)."""
        if self._running is None:
            redirect_output(self._folder / LOG)
            self._check_nodes(self._connect())
            (make_folder(self._folder / HIDDEN) / self._job.token).touch()
            self._running = {self._submit(task): task for task in self._tasks}
            return None
        with deferred_signals() as interrupt:  # SIGTERM is Ray's otherwise.
            return self._next(interrupt)

    def _connect(self):
        """Connects to Ray, or starts one. Returns its nodes."""
        os.environ['RAY_USAGE_STATS_ENABLED'] = '0'
        if self._address == LOCAL:  # Without it Ray writes a token into the home folder.
            os.environ.setdefault('RAY_AUTH_TOKEN', uuid.uuid4().hex)
        import ray
        own = {'include_dashboard': False} if self._address == LOCAL else {}
        try:
            ray.init(address=self._address, log_to_driver=False, **own)
        except Exception as error:
            if self._address == AUTO and isinstance(error, ConnectionError):
                raise UserError('no Ray runs on this machine: ray start makes it a node of a '
                                'cluster, --ray_address=local uses this machine alone') from error
            raise UserError(f'cannot connect to the Ray cluster {self._address}: '
                            f'{explain(error)} ({LOG} has what Ray says)') from error
        # With GPUs Ray ends a process after its run: until then TensorFlow holds the GPU.
        self._remote = ray.remote(
            num_cpus=self._job.cpus, num_gpus=self._job.gpus, max_retries=_MAX_RETRIES,
            scheduling_strategy='SPREAD')(make_run)
        return ray.nodes()

    def _check_nodes(self, nodes):
        """Raises UserError if no node is large enough for a run, or none has been for long."""
        sizes = [(node['Resources'].get('CPU', 0), node['Resources'].get('GPU', 0))
                 for node in nodes if node['Alive']]
        now = time.monotonic()
        if any(cpus >= self._job.cpus and gpus >= self._job.gpus for cpus, gpus in sizes):
            self._large_secs = now
        elif self._large_secs is None or now > self._large_secs + _NO_NODE_SECS:
            raise UserError(
                f'no node of the Ray cluster has --cpus_per_run={self._job.cpus} and '
                f'--gpus_per_run={self._job.gpus:g}; they have ' +
                ', '.join(f'{cpus:g} and {gpus:g}' for cpus, gpus in sorted(sizes)))

    def _submit(self, task, files=None):
        """Returns Ray's reference to a task's result; `files` are those of `_put`."""
        files = files or {}
        return self._remote.remote(self._job, task, list(files), *files.values())

    def _next(self, interrupt):
        """Returns (task, error) of the next task that ends."""
        import ray
        while True:
            ready, _ = ray.wait(list(self._running), timeout=_WATCH_SECS)
            if interrupt.number is not None:
                self._cancel()
                sys.exit(128 + interrupt.number)
            if not ready:
                nodes = ray.nodes()
                self._check_nodes(nodes)
                self._leave_dead_nodes(nodes)
                continue
            task = self._running.pop(ready[0])
            answer = _get(ready[0])
            if answer is None:
                self._running[self._submit(task, self._put(task))] = task
                continue
            error, packed = answer
            if packed is not None:
                unpack(packed, self._folder / task.name)
            if not self._running:
                ray.shutdown()
            return task, error

    def _leave_dead_nodes(self, nodes):
        """Submits the tasks of dead nodes again.

        Ray does so where a connection is closed; where a machine was switched off it takes Ray
        minutes more.
        """
        import ray
        from ray.experimental.internal_kv import _internal_kv_del, _internal_kv_get
        dead = {node['NodeID'].encode() for node in nodes if not node['Alive']}
        for reference, task in list(self._running.items()) if dead else ():
            if _internal_kv_get(node_key(self._job, task)) in dead:
                _internal_kv_del(node_key(self._job, task))
                ray.cancel(reference, force=True)
                del self._running[reference]
                self._running[self._submit(task)] = task

    def _put(self, task):
        """Returns what `make_run` needs on a node that does not see the folder: name to reference.

        That is the data files, which are put into Ray's store once, and what a run left before.
        """
        import ray
        names = {str(Path(name).with_name(other)) for name in (task.training_file, task.eval_file)
                 for other in (Path(name).name, REPORT_NAME)}
        for name in names - self._files.keys():
            if (self._folder / name).exists():
                self._files[name] = ray.put(np.fromfile(self._folder / name, np.uint8))
        files = {name: self._files[name] for name in names & self._files.keys()}
        if (self._folder / task.name).exists():
            files[task.name] = ray.put(pack(self._folder / task.name))
        return files

    def _cancel(self):
        """Ends all tasks; each that can go on writes a checkpoint."""
        import ray
        for reference in self._running:
            ray.cancel(reference)
        ray.wait(list(self._running), num_returns=len(self._running), timeout=_GRACE_SECS)
        ray.shutdown()


def _get(reference):
    """Returns the result of `make_run`, or (error, None) if Ray gave it up."""
    import ray
    try:
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        cause = getattr(error, 'cause', None) or error
        first = str(cause).strip().partition('\n')[0]
        return f'{type(cause).__name__}: {explain(first)} ({LOG} has what Ray says)', None
