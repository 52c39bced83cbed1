"""MelodyRNN trained with dropout, scheduled sampling and professor forcing, and compared.

From Python, three lines give melodies as note_seq NoteSequences:

    import magenta_reg
    model = magenta_reg.load('runs/sampling')  # A run folder, a checkpoint or a .mag bundle.
    sequences = model.generate_sequences(num_outputs=4, num_steps=128, seed=0)

They are what `melody_rnn_reg_generate` writes with flags of the same names. `model.model` is the
network itself: `generate` and `log_likelihood` take and return arrays of Melody events.

The import is fast: TensorFlow is loaded when it is first used (see `magenta_reg.base.compat`).
"""

from magenta_reg.base import compat  # noqa: F401  It must run before TensorFlow is imported.

__version__ = '0.1.0'


def load(path, checkpoint='newest'):
    """Opens a trained network: returns a `magenta_reg.api.Generator`.

    Args:
        path: str or Path of a run folder, a checkpoint or a bundle (.mag), of ours or of stock
            Magenta.
        checkpoint: str, of a run folder: 'newest', or 'best' for the lowest evaluation loss.

    Raises:
        UserError: If it is none of these.
    """
    from magenta_reg import api
    return api.load(path, checkpoint)
