"""Modules of stock Magenta, which nothing outside this folder imports."""

import importlib
import logging
import warnings

from magenta_reg.base import compat
from magenta_reg.base.libraries import import_library

# Without their dependencies: magenta pins versions that no current Python has.
INSTALL = ('pip install --no-deps magenta==2.1.4 tf-slim==1.1.0 tensorflow-probability==0.25.0 '
           'dm-tree cloudpickle decorator tf_keras')


def import_magenta(name):
    """Returns a module of Magenta, imported after TensorFlow was set up for it.

    Raises:
        UserError: If Magenta or something that it needs is missing.
    """
    tf = compat.load_tensorflow()
    # tf-slim 1.1.0 names ops.IndexedSlices, which has moved.
    ops = importlib.import_module('tensorflow.python.framework.ops')
    if not hasattr(ops, 'IndexedSlices'):
        ops.IndexedSlices = tf.IndexedSlices
    if compat.is_quiet():
        warnings.filterwarnings('ignore', module=r'tf_keras|tf_slim|magenta')
        warnings.filterwarnings('ignore', message=r'.*(BasicLSTMCell|MultiRNNCell|GRUCell).*')
        logging.getLogger('tf_keras').setLevel(logging.ERROR)
    return import_library(name, INSTALL)
