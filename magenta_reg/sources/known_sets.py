"""Music that has a name: MAESTRO, downloaded once, and the tune books of the music21 package."""

import functools
import importlib.util
import os
import posixpath
from pathlib import Path

from magenta_reg.base.errors import UserError, unknown_name
from magenta_reg.base.files import make_folder
from magenta_reg.base.progress import progress
from magenta_reg.readers.abc import read_tune_book
from magenta_reg.sources.source import Source

MAESTRO_URL = ('https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/'
               'maestro-v3.0.0-midi.zip')
MAESTRO_SHA256 = '70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c'
CACHE_VARIABLE = 'MAGENTA_REG_CACHE'

_FOLK_BOOKS = ('essenFolksong', 'oneills1850', 'ryansMammoth', 'airdsAirs')
_TIMEOUTS_SECS = (10, 60)
_CHUNK_BYTES = 2 ** 16


def fetch_maestro():
    """Returns the Path of MAESTRO v3.0.0's zip of MIDI files (58 MB), downloaded if need be.

    It lies in the folder that MAGENTA_REG_CACHE names, else in the system's cache.

    Source: https://magenta.tensorflow.org/datasets/maestro, Hawthorne et al., 2019,
    CC BY-NC-SA 4.0.
    """
    import pooch
    folder = os.environ.get(CACHE_VARIABLE) or pooch.os_cache('magenta_reg')
    return download(MAESTRO_URL, MAESTRO_SHA256, Path(folder).expanduser())


def download(url, sha256, folder):
    """Returns the Path of a file in `folder`, downloaded if its sha256 (hex) is not there.

    The last part of the URL is the file's name.
    """
    import pooch
    from requests.exceptions import RequestException
    path = make_folder(folder) / posixpath.basename(url)
    try:
        pooch.retrieve(url, sha256, path.name, folder, downloader=_download)
    except RequestException as error:
        raise UserError(f'{url} could not be downloaded ({_why(error)}): run the command again '
                        f'with a network, or put the file into {folder}') from error
    except OSError as error:
        raise UserError(f'{path} cannot be written: {error.strerror}') from error
    except ValueError as error:  # pooch's, for a wrong checksum.
        raise UserError(f'{url} gave a file whose sha256 is not {sha256}; it was not kept: try '
                        'again, or from another network') from error
    return path


def _download(url, target, _):
    import pooch
    # pooch asks whether there is a bar, which for tqdm is whether the total is positive.
    with progress(description=f'downloading {posixpath.basename(url)}', unit='B', total=1) as bar:
        bar.unit_scale = True
        pooch.HTTPDownloader(bar, _CHUNK_BYTES, timeout=_TIMEOUTS_SECS,
                             headers={'Accept-Encoding': 'identity'})(url, target, None)


def _why(error):
    from requests.exceptions import ConnectionError, HTTPError, Timeout
    if isinstance(error, HTTPError):
        return f'the server answers {error.response.status_code} {error.response.reason}'
    if isinstance(error, Timeout):
        return 'no answer in time'
    return 'no connection' if isinstance(error, ConnectionError) else 'the connection broke off'


def folk_source(names=_FOLK_BOOKS):
    """Returns the Source of music21's tune books, one file an item; music21 is not imported.

    Args:
        names: list of str, folders of music21's corpus: essenFolksong (songs, collected by
            Schaffrath), oneills1850 (O'Neill 1903), ryansMammoth (Ryan 1883), airdsAirs (Aird
            1782 to 1801).
    """
    for name in names:
        if name not in _FOLK_BOOKS:
            raise unknown_name('tune book', name, _FOLK_BOOKS)
    spec = importlib.util.find_spec('music21')
    if spec is None:
        raise UserError('--input=folk reads the tune books of the music21 package, which is '
                        'not installed: pip install music21')
    corpus = Path(spec.origin).parent / 'corpus'
    books = [path for name in _FOLK_BOOKS if name in names
             for path in sorted((corpus / name).glob('*.abc'))]
    return Source(books, len(books), functools.partial(_read_book, corpus), 'book')


def _read_book(folder, path):
    return read_tune_book(path.read_bytes(), path.relative_to(folder).as_posix())
