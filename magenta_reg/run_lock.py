"""One process at a time trains a run."""

import os
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.errors import UserError

LOCK_FILE = '.lock'


class RunIsHeld(UserError):
    """Another process trains the run."""


@contextmanager
def run_lock(folder):
    """Holds a run folder for the block; the kernel lets go of it if the process is killed.

    Args:
        folder: Path of a folder that is there.

    Raises:
        RunIsHeld: If another process holds it.
    """
    import fcntl
    path = Path(folder) / LOCK_FILE
    with open(path, 'a+') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise RunIsHeld(f'{folder} is being trained by process {file.read().strip()}: wait '
                            'for it, stop it, or give another --run_dir') from None
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        yield
