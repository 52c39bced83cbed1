"""Atomic writes, JSON, writable folders, the lock on a file, and names of any kind."""

import glob
import json
import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.base.errors import UserError

_UNPRINTABLE = re.compile('[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]')
_SPECIAL = re.compile(r'[*?\[\]{}\\]')


def printable(text):
    """Returns a text, or a Path's, with line breaks and bytes that are not UTF-8 escaped."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], str(text))


def user_path(text):
    """Returns the Path that a user names: ~ is the home folder, unless there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


@contextmanager
def naming(path):
    """Gives an OSError of the block a file's name if it has none, as where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def replacing(path):
    """Yields a temporary path beside `path`, renamed to it if the block ends without an error."""
    path = Path(path)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.partial')
    try:
        with naming(path):
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path, text):
    """Writes a text file atomically, in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_json(path, content):
    """Writes a JSON file atomically."""
    replace_text(path, json.dumps(content, indent=2) + '\n')


def read_json(path):
    """Returns the content of a JSON file, None if there is none or it cannot be read."""
    try:
        return json.loads(Path(path).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None


@contextmanager
def plain_path(path):
    """Yields a path to the same file, or files that begin so, which TensorFlow takes as it is.

    To TensorFlow a path with *, ?, [ or { is a pattern, and one that is not UTF-8 an error: links
    in a temporary folder stand for those.
    """
    path = Path(path)
    if _is_plain(path):
        yield path
        return
    with plain_temporary_folder() as folder:
        if _is_plain(path.name):
            (folder / 'folder').symlink_to(path.parent.absolute())
            yield folder / 'folder' / path.name
            return
        for each in path.parent.glob(f'{glob.escape(path.name)}*'):
            (folder / f'file{each.name.removeprefix(path.name)}').symlink_to(each.absolute())
        yield folder / 'file'


@contextmanager
def plain_temporary_folder():
    """Yields the Path of a folder for the time of the block; TensorFlow takes it as it is."""
    usual = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(dir=usual if _is_plain(usual) else '/tmp') as folder, \
            naming(folder):
        yield Path(folder)


def _is_plain(path):
    return printable(path) == str(path) and not _SPECIAL.search(str(path))


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
