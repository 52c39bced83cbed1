"""The ABC tune books that the music21 package ships."""

import functools
import importlib.util
from pathlib import Path

from magenta_reg.data.abc import read_tune_book
from magenta_reg.data.source import Source
from magenta_reg.errors import UserError

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
