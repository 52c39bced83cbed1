"""A file from the web: once, checked against its sha256, and continued where it was cut off."""

import fcntl
import functools
import os
import posixpath

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder
from magenta_reg.base.progress import progress

_TIMEOUTS_SECS = (10, 60)
_CHUNK_BYTES = 2 ** 16


def fetch(url, sha256, folder):
    """Returns the Path of a file in `folder`, which is downloaded if it is not there whole.

    What arrives is kept in NAME.partial until all is there, so that the next call goes on from it.

    Args:
        url: str, whose last part is the file's name.
        sha256: str, of the whole file, in hex.
        folder: Path.

    Raises:
        UserError: If it is not there and cannot be downloaded, or is another file.
    """
    import pooch
    import requests
    name = posixpath.basename(url)
    folder = make_folder(folder)
    partial = folder / f'{name}.partial'
    try:
        pooch.retrieve(url, sha256, fname=name, path=folder,
                       downloader=functools.partial(_download, partial))
    except requests.exceptions.RequestException as error:
        raise UserError(f'{url} could not be downloaded ({_why(error)}): run the command again '
                        f'with a network, it goes on where it stopped; or put the file into '
                        f'{folder}') from error
    except OSError as error:
        raise UserError(f'{folder / name} cannot be written: {error.strerror}') from error
    except UserError:
        raise
    except ValueError as error:  # pooch's, for a wrong checksum.
        raise UserError(f'{url} gave a file whose sha256 is not {sha256}; it was not kept: try '
                        'again, or from another network') from error
    return folder / name


def _why(error):
    from requests.exceptions import ConnectionError, HTTPError, Timeout
    if isinstance(error, HTTPError):
        return f'the server answers {error.response.status_code} {error.response.reason}'
    if isinstance(error, Timeout):
        return 'no answer in time'
    return 'no connection' if isinstance(error, ConnectionError) else 'the connection broke off'


def _download(partial, url, target, pooch=None):
    """Downloads a URL to `target`; pooch checks it there, and deletes it if it is wrong."""
    with open(partial, 'ab') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f'{partial} is being downloaded by another command: wait for it') \
                from error
        _fill(file, url)
        os.replace(partial, target)


def _fill(file, url):
    """Appends to a file what it has not yet of a URL; a server that cannot do so sends it all."""
    import requests
    start = file.seek(0, os.SEEK_END)
    headers = {'Accept-Encoding': 'identity'}
    if start:
        headers['Range'] = f'bytes={start}-'
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUTS_SECS) as answer:
        if answer.status_code == 416:  # There is nothing after `start`: all is here, or too much.
            if answer.headers.get('Content-Range') == f'bytes */{start}':
                return None
            file.truncate(0)
            return _fill(file, url)
        answer.raise_for_status()
        if start and answer.status_code != 206:
            file.truncate(start := 0)
        total = start + int(answer.headers.get('Content-Length', 0))
        with progress(description=f'downloading {posixpath.basename(url)}', unit='B',
                      total=total or None, initial=start) as bar:
            bar.unit_scale = True
            for chunk in answer.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                bar.update(len(chunk))
    file.flush()
    return None
