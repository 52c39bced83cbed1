"""Atomic writes, folders that can be written to, and the lock on a file."""

import os
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.base.errors import UserError


@contextmanager
def replacing(path):
    """Yields a temporary path beside `path`, renamed to it if the block ends without an error."""
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.partial')
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path, text):
    """Writes a text file atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text)


def make_folder(path):
    """Makes a folder with its parents and returns its Path; UserError if it is not writable."""
    path = Path(path)
    probe = path / f'.{os.getpid()}.probe'
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f'cannot write to the folder {path}: {error.strerror}') from error
    return path


class Locked(UserError):
    """Another process holds a lock."""


@contextmanager
def locked(path, describe):
    """Holds a file for this process alone; the kernel releases it if the process is killed.

    Args:
        path: Path of the file; it gets this process's id.
        describe: function of the id of the process that holds it, str, to the error's message.

    Raises:
        Locked: If another process holds it.
    """
    import fcntl
    with open(path, 'a+') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Locked(describe(file.read().strip())) from None
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        yield
