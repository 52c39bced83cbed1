"""The files of a data set change together: a killed run leaves the old ones or the new ones.

Several files cannot be renamed at once, so there is one rename that decides. The new files are
written into a folder of their own, which is renamed when they are complete; from then on they are
the data set, and only have to be moved to where the old ones are. Who comes next, writer or reader,
finishes a move that was interrupted. dataset.json, which names the files, is moved last.

What a data set is called in a folder, and the one hash that says which data set it is.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from magenta_reg.base.errors import UserError

PARTIAL_NAME = '.dataset.partial'
COMPLETE_NAME = '.dataset.complete'

_locks = set()


@contextmanager
def replacing_dataset(folder):
    """Yields an empty folder whose files become the data set if the block ends without an error.

    The block writes dataset.json and the files that it names.

    Args:
        folder: Path of the data set; other files in it are left alone.

    Raises:
        UserError: If another process is writing a data set there.
    """
    partial = folder / PARTIAL_NAME
    with _locked(folder, is_patient=False):
        _finish_move(folder)
        shutil.rmtree(partial, ignore_errors=True)  # Of a run that was killed.
        partial.mkdir()
        try:
            yield partial
            os.rename(partial, folder / COMPLETE_NAME)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _finish_move(folder)


def finish_interrupted_move(folder):
    """Moves the files of a complete data set to their places if the run that made it was killed.

    Args:
        folder: Path of the data set.
    """
    if (folder / COMPLETE_NAME).exists():
        with _locked(folder, is_patient=True):
            _finish_move(folder)


def _finish_move(folder):
    """Can be interrupted and repeated anywhere: dataset.json stays until all else is done."""
    complete = folder / COMPLETE_NAME
    if (complete / REPORT_NAME).exists():
        new, old = _named_files(complete / REPORT_NAME), _named_files(folder / REPORT_NAME)
        for name in old - new:
            (folder / name).unlink(missing_ok=True)
        for name in new:
            if (complete / name).exists():
                os.replace(complete / name, folder / name)
        os.replace(complete / REPORT_NAME, folder / REPORT_NAME)
    shutil.rmtree(complete, ignore_errors=True)


def _named_files(report_path):
    """Returns the set of the names that a dataset.json says belong to it, of those we write."""
    try:
        report = json.loads(report_path.read_text(encoding='utf-8'))
        names = [part['file'] for part in report['parts'].values()] + [report.get('plot')]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()  # There is none, or it is none of ours.
    return {*PART_FILES.values(), PLOT_NAME}.intersection(names)


@contextmanager
def _locked(folder, is_patient):
    """Holds the folder for one process at a time, until it ends, however it does."""
    handle = os.open(folder, os.O_RDONLY)
    _locks.add(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if is_patient else fcntl.LOCK_NB))
    except OSError as error:
        # Some network file systems have no locks on folders: there this is the user's to do.
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
            _release(handle)
            raise UserError(f'another process is writing a data set to {folder}: wait for it, or '
                            'give another folder') from error
    try:
        yield
    finally:
        _release(handle)


def _release(handle):
    _locks.discard(handle)
    os.close(handle)


def _forget_locks():
    """A forked worker that outlives a killed run for a moment must not hold the lock."""
    for handle in list(_locks):
        _release(handle)


os.register_at_fork(after_in_child=_forget_locks)


REPORT_NAME = 'dataset.json'
PLOT_NAME = 'dataset.png'
PART_FILES = {part: f'{part}_melodies.tfrecord' for part in ('training', 'eval', 'test')}


def dataset_sha256(part_hashes):
    """Returns the hash of a whole data set: of its parts' contents, whatever they are called.

    Args:
        part_hashes: dict of str, a key of PART_FILES, to the hexadecimal SHA-256 of its file.
    """
    lines = [f'{part} {part_hashes[part]}\n' for part in PART_FILES if part in part_hashes]
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def dataset_identity(example_path):
    """Returns the hash of the data set that a file of examples belongs to.

    Args:
        example_path: str or Path of a TFRecord of SequenceExamples.

    Returns:
        str, hexadecimal SHA-256; None where no dataset.json beside the file lists the file as it
        is now.
    """
    path = Path(example_path)
    try:
        report = json.loads(path.with_name(REPORT_NAME).read_text(encoding='utf-8'))
        hashes = {part: summary['sha256'] for part, summary in report['parts'].items()}
        with open(path, 'rb') as file:
            own = hashlib.file_digest(file, 'sha256').hexdigest()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # No data set of ours: examples may come from elsewhere.
    return dataset_sha256(hashes) if own in hashes.values() else None
