"""The files of a data set: they change together, and one hash says which data set they are.

Several files cannot be renamed at once, so there is one rename that decides. The new files are
written into a folder of their own, which is renamed when they are complete; from then on they are
the data set, and only have to be moved to where the old ones are. Who comes next, writer or reader,
finishes a move that was interrupted. dataset.json, which names the files, is moved last.
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
from magenta_reg.dataset.split import PARTS

REPORT_NAME = 'dataset.json'
PLOT_NAME = 'dataset.png'
ORACLE_NAME = 'oracle.npz'
PART_FILES = {part: f'{part}_melodies.tfrecord' for part in PARTS}

_PARTIAL_NAME = '.dataset.partial'
_COMPLETE_NAME = '.dataset.complete'


@contextmanager
def replacing_dataset(folder):
    """Yields an empty folder whose files become the data set if the block ends without an error.

    The block writes dataset.json and the files that it names; other files of `folder`, a Path, are
    left alone. UserError if another process is writing a data set there.
    """
    partial = folder / _PARTIAL_NAME
    with _locked(folder, is_patient=False):
        _finish_move(folder)
        shutil.rmtree(partial, ignore_errors=True)  # Of a command that was killed.
        partial.mkdir()
        try:
            yield partial
            os.rename(partial, folder / _COMPLETE_NAME)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _finish_move(folder)


def finish_interrupted_move(folder):
    """Moves the files of a complete data set to their places if their writer was killed."""
    if (folder / _COMPLETE_NAME).exists():
        with _locked(folder, is_patient=True):
            _finish_move(folder)


def _finish_move(folder):
    """Can be interrupted and repeated anywhere: dataset.json stays until all else is done."""
    complete = folder / _COMPLETE_NAME
    if (complete / REPORT_NAME).exists():
        new = _named_files(complete)
        for name in _named_files(folder) - new:
            (folder / name).unlink(missing_ok=True)
        for name in [*new, REPORT_NAME]:
            if (complete / name).exists():
                os.replace(complete / name, folder / name)
    shutil.rmtree(complete, ignore_errors=True)


def _named_files(folder):
    """Returns the set of the names that a folder's dataset.json gives, of those we write."""
    report = read_report(folder)
    names = [part.get('file') for part in report['parts'].values()]
    names += [report.get('plot'), (report.get('oracle') or {}).get('file')]
    return {name for name in (*PART_FILES.values(), PLOT_NAME, ORACLE_NAME) if name in names}


def read_report(folder):
    """Returns a folder's dataset.json, or one without parts if it is none of ours."""
    try:
        report = json.loads((folder / REPORT_NAME).read_text(encoding='utf-8'))
        if all(isinstance(part, dict) for part in report['parts'].values()):
            return report
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass
    return {'parts': {}}


@contextmanager
def _locked(folder, is_patient):
    """Holds the folder for one process at a time, until it ends, however it does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if is_patient else fcntl.LOCK_NB))
    except OSError as error:
        # Some network file systems have no locks on folders: there this is the user's to do.
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
            os.close(handle)
            raise UserError(f'another process is writing a data set to {folder}: wait for it, or '
                            'give another folder') from error
    try:
        yield
    finally:
        os.close(handle)


def dataset_sha256(part_hashes):
    """Returns the SHA-256 of a data set, in hex, from those of its parts by their names."""
    lines = [f'{part} {part_hashes[part]}\n' for part in PART_FILES if part in part_hashes]
    return hashlib.sha256(''.join(lines).encode()).hexdigest()


def dataset_identity(example_path):
    """Returns the `dataset_sha256` of the data set that a file of SequenceExamples belongs to.

    None where no dataset.json beside the file lists it as it is now: it may come from elsewhere.
    """
    path = Path(example_path)
    parts = read_report(path.parent)['parts']
    hashes = {part: summary.get('sha256') for part, summary in parts.items()}
    try:
        with open(path, 'rb') as file:
            own = hashlib.file_digest(file, 'sha256').hexdigest()
    except OSError:
        return None
    return dataset_sha256(hashes) if own in hashes.values() and all(hashes.values()) else None
