"""What makes TensorFlow 2.21, tf-slim and Magenta 2.1 work together.

Every module takes TensorFlow from here: `tf` is `tensorflow.compat.v1`, loaded at the first use of
an attribute, so that `--help` answers at once.
"""

import importlib
import os
import types
import warnings
from contextlib import contextmanager, nullcontext

# tf.nn.rnn_cell, which Magenta's graphs are built from, exists only in the legacy Keras.
os.environ.setdefault('TF_USE_LEGACY_KERAS', '1')


class _LazyTensorFlow(types.ModuleType):
    """Loads `tensorflow.compat.v1` when its first attribute is read."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        module = _load_tensorflow()
        self.__dict__.update(module.__dict__)
        return getattr(module, name)


tf = _LazyTensorFlow('tensorflow.compat.v1')

_is_quiet = False


def _load_tensorflow():
    """Imports TensorFlow with graphs, reference variables and v1 control flow, as Magenta does."""
    with _standard_error_held_back() if _is_quiet else nullcontext():
        module = importlib.import_module('tensorflow.compat.v1')
    module.disable_v2_behavior()
    # tf-slim 1.1.0 names ops.IndexedSlices, which has moved.
    ops = importlib.import_module('tensorflow.python.framework.ops')
    if not hasattr(ops, 'IndexedSlices'):
        ops.IndexedSlices = module.IndexedSlices
    return module


def import_magenta(name):
    """Returns a module of Magenta or note_seq, imported after TensorFlow was set up for it."""
    _load_tensorflow()
    return importlib.import_module(name)


def quiet():
    """Silences start-up messages and deprecation warnings of TensorFlow and Magenta.

    Call it before anything is loaded: the C++ side reads its level from the environment once.
    """
    import logging

    global _is_quiet
    _is_quiet = True
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    os.environ.setdefault('GRPC_VERBOSITY', 'ERROR')
    warnings.filterwarnings('ignore', module=r'pydub|tensorflow|tf_keras|tf_slim|keras|magenta')
    warnings.filterwarnings('ignore', message=r'.*(BasicLSTMCell|MultiRNNCell|GRUCell).*')
    for name in ('tensorflow', 'absl', 'tf_keras'):
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
        except Exception:  # Not Ctrl-C.
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
