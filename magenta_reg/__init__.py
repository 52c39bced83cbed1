"""MelodyRNN trained with dropout, scheduled sampling and professor forcing, and compared.

Importing the package is cheap: TensorFlow is loaded by the first thing that computes (see
`magenta_reg.compat`).
"""

from magenta_reg import compat  # noqa: F401  Sets what TensorFlow must find at its own import.

__version__ = '0.1.0'
