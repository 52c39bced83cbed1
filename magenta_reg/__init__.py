"""MelodyRNN trained with dropout, scheduled sampling and professor forcing, and compared.

From Python, from a folder of MIDI files to melodies:

    import magenta_reg
    dataset = magenta_reg.create_dataset('music', 'data', config='basic_rnn')
    magenta_reg.train('run', dataset.parts['training'].path, config='basic_rnn',
                      num_training_steps=300)
    model = magenta_reg.load('run')  # A run folder, a checkpoint or a .mag bundle.
    melodies = model.generate_melodies(num_outputs=4, num_steps=128, seed=0)

They are what the commands make with flags of the same names. `model.model` is the network itself:
`generate` and `log_likelihood` take and return arrays of Melody events.

The import is fast: TensorFlow is loaded when it is first used (see `magenta_reg.base.compat`).
"""

from magenta_reg.base import compat  # noqa: F401  It must run before TensorFlow is imported.
from magenta_reg.base.errors import UserError

__version__ = '0.2.0'
__all__ = ['UserError', 'create_dataset', 'load', 'train']


def __getattr__(name):
    """Takes from `magenta_reg.api` what is exported, at its first use."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from magenta_reg import api
    return getattr(api, name)


def __dir__():
    return [*globals(), *__all__]
