"""MAESTRO v3.0.0's MIDI files: downloaded once, checked, and kept.

Source: https://magenta.tensorflow.org/datasets/maestro, Hawthorne et al., 2019, CC BY-NC-SA 4.0.

The ABC tune books that the music21 package ships.
"""

import functools
import importlib.util
import os
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.readers.abc import read_tune_book
from magenta_reg.sources.download import fetch
from magenta_reg.sources.listing import Source

URL = ('https://storage.googleapis.com/magentadata/datasets/maestro/v3.0.0/'
       'maestro-v3.0.0-midi.zip')
SHA256 = '70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c'
CACHE_VARIABLE = 'MAGENTA_REG_CACHE'


def fetch_maestro():
    """Returns the Path of the zip archive (58 MB), after downloading it if it is not there.

    It is kept in the folder that the environment variable MAGENTA_REG_CACHE names, else in the
    system's place for what can be downloaded again.

    Raises:
        UserError: If it cannot be downloaded or is not what it should be.
    """
    import pooch
    folder = os.environ.get(CACHE_VARIABLE) or pooch.os_cache('magenta_reg')
    return fetch(URL, SHA256, Path(folder).expanduser())


_FOLK_BOOKS = ('essenFolksong', 'oneills1850', 'ryansMammoth', 'airdsAirs')


def folk_source():
    """Returns the Source of music21's tune books, one book an item; music21 is not imported.

    Raises:
        UserError: If the package is not installed.
    """
    spec = importlib.util.find_spec('music21')
    if spec is None:
        raise UserError('--input=folk reads the tune books of the music21 package, which is '
                        'not installed: pip install music21')
    corpus = Path(spec.origin).parent / 'corpus'
    books = [path for book in _FOLK_BOOKS for path in sorted((corpus / book).glob('*.abc'))]
    return Source(books, len(books), functools.partial(_read_book, corpus), 'book')


def _read_book(folder, path):
    return read_tune_book(path.read_bytes(), path.relative_to(folder).as_posix())
