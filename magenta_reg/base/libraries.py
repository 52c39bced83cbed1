"""Libraries that are loaded at first use: one line if they are missing or broken."""

import importlib
import sys

from magenta_reg.base.errors import UserError, explain

# note_seq imports pydub, and pydub audioop, which left Python.
_NOTE_SEQ = 'note-seq' + (' audioop-lts' if sys.version_info >= (3, 13) else '')


def import_library(name, command):
    """Returns a module; UserError with the command that mends it if it cannot be imported."""
    try:
        return importlib.import_module(name)
    except Exception as error:  # Libraries that do not fit together fail in any way.
        library = name.partition('.')[0]
        raise UserError(f'cannot import {library} ({type(error).__name__}: {explain(error)}): run '
                        f'{command}') from error


def import_note_seq(name='note_seq'):
    """Returns note_seq or a module of it; it takes a second to load."""
    return import_library(name, f'pip install --force-reinstall {_NOTE_SEQ}')
