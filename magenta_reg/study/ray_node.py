"""A run on a node of a Ray cluster.

Where the node sees the study's folder, it works there, and a run whose node crashed goes on from
its checkpoint on another. Where it does not, the data files come to it and the run's folder goes
back through Ray's object store, and a run whose node crashed starts anew.
"""

import os
import shutil
import socket
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from zipfile import ZipFile

import numpy as np

from magenta_reg import __version__
from magenta_reg.base.files import Locked, locked, make_folder, plain_temporary_folder
from magenta_reg.runs.run import Run
from magenta_reg.study.local import logged

# In the study's folder: a token by which nodes know it, and who works on which run.
HIDDEN = '.ray'
# An owner looks so often whether it still is one; a new one waits until the last has looked.
_CLAIM_SECS, _TAKEOVER_SECS = 1.0, 4.0
# NFS frees the locks of a machine that crashed after 90 seconds.
_LOCK_SECS = 120.0


class Job(NamedTuple):
    """What is the same for all runs of a study."""

    folder: Path  # What nodes call the study's folder.
    token: str  # A file of this name lies in its HIDDEN.
    function: object  # As `execute`.
    cpus: int  # Of a run.
    gpus: float
    versions: dict  # As `library_versions` of the study's machine.


def library_versions():
    """Returns dict of str to str, the libraries in which another version can mean other bits."""
    return {'magenta_reg': __version__, **{name: version(name) for name in ('tensorflow', 'numpy')}}


def version_error(job):
    """Returns how this node's libraries differ from the study's, str of one line, or None."""
    own = library_versions()
    return None if own == job.versions else (
        f'the node {socket.gethostname()} has {_listed(own)}, the study {_listed(job.versions)}')


def _listed(versions):
    return ', '.join(f'{name} {number}' for name, number in versions.items())


def make_run(job, task, names=(), *files):
    """Makes a run, on any node.

    Args:
        job: Job.
        task: Task.
        names: list of str, the files that were sent, relative to the study's folder; that of
            `task.name` is what its run left before, as of `pack`.
        files: arrays of uint8, their contents.

    Returns:
        (error, packed): str of one line or None, and the run's folder as of `pack`, or None where
        it is in the study's folder. None if the node does not see that folder and got no files.
    """
    import ray
    from ray.experimental.internal_kv import _internal_kv_put
    _internal_kv_put(node_key(job, task), ray.get_runtime_context().get_node_id(), overwrite=True)
    error = version_error(job)
    if error:
        return error, None
    # TensorFlow takes all GPUs that it sees, and all of their memory.
    if not job.gpus:
        os.environ['CUDA_VISIBLE_DEVICES'] = ''
    if job.gpus % 1:
        os.environ['TF_FORCE_GPU_ALLOW_GROWTH'] = 'true'
    with ExitStack() as stack:
        cores = stack.enter_context(own_cores(job.cpus))
        for thread in os.listdir('/proc/self/task'):  # TensorFlow's, too, of a run before.
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread), cores)
        # Another machine can have a folder of that name.
        if os.access(job.folder / HIDDEN / job.token, os.R_OK | os.W_OK):
            stack.enter_context(claimed(job.folder, task))
            return logged(job.function, job.folder, cores, task), None
        if not names:
            return None
        folder = stack.enter_context(plain_temporary_folder())
        for name, content in zip(names, files, strict=True):
            if name == task.name:
                unpack(content, folder / name)
            else:
                make_folder((folder / name).parent)
                content.tofile(folder / name)
        return logged(job.function, folder, cores, task), pack(folder / task.name)


def node_key(job, task):
    """Returns the name by which Ray's store knows on which node a run is."""
    return f'magenta_reg/{job.token}/{task.name}'


@cache
def _all_cores():
    """Returns the cores that this process had at its start."""
    return sorted(os.sched_getaffinity(0))


@contextmanager
def own_cores(count):
    """Yields cores, list of int, for this process alone as long as there are so many.

    Ray counts cores and leaves it to the system who is on which; threads without a core of their
    own get into each other's way.
    """
    cores = _all_cores()
    folder = make_folder(Path(tempfile.gettempdir()) / f'magenta_reg_cores_{os.getuid()}')
    own = []
    with ExitStack() as stack:
        for core in cores:
            with suppress(Locked):
                if len(own) < count:
                    stack.enter_context(locked(folder / str(core), str))
                    own.append(core)
        others = [core for core in cores if core not in own]
        shift = os.getpid() % max(1, len(others))
        own += (others[shift:] + others[:shift])[:count - len(own)]
        yield own


@contextmanager
def claimed(folder, task):
    """Holds a run for this process: where another one takes it over, this one ends at once.

    Where the network is cut, Ray starts a run on another node while the first may still write. A
    run's lock does not reach over machines on all file systems.
    """
    path, own = folder / HIDDEN / quote(task.name, safe=''), uuid.uuid4().hex
    is_taken_over = path.exists()
    path.write_text(own)  # Not renamed: other machines see what a name means only later.
    if is_taken_over:
        time.sleep(_TAKEOVER_SECS)
        _wait_for_lock(Run(make_folder(folder / task.name)))
    end = threading.Event()
    threading.Thread(target=_watch, args=(path, own, end), daemon=True).start()
    try:
        yield
    finally:
        end.set()
        path.unlink(missing_ok=True)


def _watch(path, own, end):
    """Ends the process if a claim is not its own any more."""
    while not end.wait(_CLAIM_SECS):
        try:
            found = path.read_text()
        except FileNotFoundError:  # The study has ended.
            found = None
        except OSError:
            continue
        if found not in (own, '') and not end.is_set():
            os._exit(1)


def _wait_for_lock(run):
    """Waits until a run's lock is free, but not for ever."""
    deadline = time.monotonic() + _LOCK_SECS
    while time.monotonic() < deadline:
        with suppress(Locked), run.locked():
            return
        time.sleep(_CLAIM_SECS)


def pack(folder):
    """Returns a folder's content as an array of uint8, which Ray sends without a copy."""
    with tempfile.TemporaryFile() as file:
        with ZipFile(file, 'w', strict_timestamps=False) as archive:
            for path in sorted(folder.rglob('*')):
                archive.write(path, path.relative_to(folder))
        file.seek(0)
        return np.fromfile(file, np.uint8)


def unpack(packed, folder):
    """Makes a folder of what `pack` returned, beside and renamed, in place of one that is there."""
    partial, before = (folder.with_name(f'.{folder.name}.{kind}') for kind in ('partial', 'before'))
    for path in (partial, before):
        shutil.rmtree(path, ignore_errors=True)
    with tempfile.TemporaryFile() as file:
        packed.tofile(file)
        with ZipFile(file) as archive:
            archive.extractall(make_folder(partial))
    if folder.exists():
        folder.rename(before)
    partial.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
