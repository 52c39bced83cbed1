"""TensorFlow with graphs, loaded late and silently.

Every module takes TensorFlow from here: `tf` is `tensorflow.compat.v1`, loaded at the first use of
an attribute, so that `--help` answers at once.
"""

import importlib
import importlib.util
import logging
import os
import sys
import types
import warnings
from contextlib import contextmanager, nullcontext

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_library

MIN_TENSORFLOW = '2.18'

_KERAS = ('keras.src.optimizers', 'tf_keras.src.optimizers')

# Stock Magenta's cells exist only in the legacy Keras; TensorFlow asks for it once, when it loads.
if importlib.util.find_spec('magenta'):
    os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')


class _LazyTensorFlow(types.ModuleType):
    """Loads `tensorflow.compat.v1` when its first attribute is read."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        module = load_tensorflow()
        self.__dict__.update(module.__dict__)
        return getattr(module, name)


tf = _LazyTensorFlow('tensorflow.compat.v1')

_is_quiet = False


def load_tensorflow():
    """Returns `tensorflow.compat.v1`, with graphs, reference variables and v1 control flow.

    Raises:
        UserError: If TensorFlow is missing, broken or too old.
    """
    command = f"pip install --upgrade 'tensorflow>={MIN_TENSORFLOW}'"
    with _standard_error_held_back() if _is_quiet else nullcontext(), _without_keras():
        module = import_library('tensorflow.compat.v1', command)
    if _numbers(module.__version__) < _numbers(MIN_TENSORFLOW):
        raise UserError(f'TensorFlow {module.__version__} is too old, {MIN_TENSORFLOW} is needed: '
                        f'run {command}')
    if _is_quiet:  # In a notebook TensorFlow has just set a level of its own.
        _log_errors_only()
    module.disable_v2_behavior()
    return module


def _numbers(version):
    return tuple(int(number) for number in version.split('.')[:2])


@contextmanager
def _without_keras():
    """Keeps TensorFlow from loading Keras at once, a third of its start; `tf.keras` loads it later.

    What TensorFlow wants with it are the optimizers of models that Keras saved.
    """
    hidden = [name for name in _KERAS if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def is_quiet():
    """Returns whether `quiet` was called."""
    return _is_quiet


def quiet():
    """Silences start-up messages and deprecation warnings of TensorFlow and note_seq.

    Call it before anything is loaded: the C++ side reads its level from the environment once.
    """
    global _is_quiet
    _is_quiet = True
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    os.environ.setdefault('GRPC_VERBOSITY', 'ERROR')
    warnings.filterwarnings('ignore', module='pydub|tensorflow|keras')
    _log_errors_only()


def _log_errors_only():
    for name in ('tensorflow', 'absl'):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def _standard_error_held_back():
    """Shows what is written to file descriptor 2 only if the block fails.

    TensorFlow's C++ side logs at import, before any log level can reach it.
    """
    import tempfile

    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except UserError:
            raise
        except Exception:  # Not Ctrl-C.
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
