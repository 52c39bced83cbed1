"""MAESTRO v3.0.0's MIDI files: downloaded once, checked, and kept.

Source: https://magenta.tensorflow.org/datasets/maestro, Hawthorne et al., 2019, CC BY-NC-SA 4.0.
"""

import os
from pathlib import Path

from magenta_reg.data.download import fetch

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
