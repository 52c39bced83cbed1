"""Files that are there whole or not at all.

One process at a time trains a run.
"""

import os
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.base.errors import UserError


@contextmanager
def replacing(path):
    """Yields a temporary path beside `path`, renamed to it if the block ends without an error.

    Args:
        path: Path of the file to make or replace.
    """
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.partial')
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path, text):
    """Writes a text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text)


def make_folder(path):
    """Makes a folder with its parents and checks that files can be written there.

    Returns:
        Path of the folder.

    Raises:
        UserError: If that cannot be done.
    """
    path = Path(path)
    probe = path / f'.{os.getpid()}.probe'
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f'cannot write to the folder {path}: {error.strerror}') from error
    return path


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
