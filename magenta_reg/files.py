"""Files that are there whole or not at all."""

import os
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.errors import UserError


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
