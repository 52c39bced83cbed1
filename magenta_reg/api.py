"""The package from Python: opens what was trained and generates note_seq NoteSequences."""

import os

from magenta_reg.base import compat
from magenta_reg.base.files import user_path
from magenta_reg.generation.opening import open_model
from magenta_reg.generation.primer_pool import choose_primers
from magenta_reg.generation.primers import melody_events
from magenta_reg.generation.stream import Request, generate_outputs
from magenta_reg.runs.run import NEWEST


class Generator:
    """A trained network that gives NoteSequences.

    Attributes:
        model: MelodyModel, for events in place of NoteSequences: `generate`, `log_likelihood`,
            `score`.
    """

    def __init__(self, model):
        self.model = model

    def generate_sequences(self, num_outputs=1, num_steps=128, seed=0, **arguments):
        """Returns a list of note_seq NoteSequences; the arguments are those of `generate_outputs`.

        They are what `melody_rnn_reg_generate` writes with flags of the same names.
        """
        return [output.melody().sequence() for output in self.generate_outputs(
            num_outputs, num_steps, seed, **arguments)]

    def generate_outputs(self, num_outputs=1, num_steps=128, seed=0, *, primer_melody=None,
                         primer_midi=None, primer_from=None, primer_steps=16, qpm=None,
                         magenta_primer=False, **controls):
        """Yields `Output`: events, log-likelihood and repetition of each melody, as they come.

        Args:
            num_outputs: int, melodies.
            num_steps: int, events of each, the primer included; 16 are a bar.
            seed: int, 0 or more: the same seed gives the same melodies.
            primer_melody: list of int, Melody events such as [60, -2, 62, -2]; middle C if no
                primer is given.
            primer_midi: str or Path of a MIDI file with a melody to begin with.
            primer_from: str or Path of music; each melody begins as another one there.
            primer_steps: int, how many events are taken from that.
            qpm: float, quarter notes a minute; 120 if not given.
            magenta_primer: bool, whether to extend the primer as stock Magenta does.
            **controls: temperature, top_k, top_p, beam_size, branch_factor, steps_per_iteration,
                batch_size and omit_primer of `Request`.

        Raises:
            UserError: If an argument is out of range or a primer cannot be read.
        """
        request = Request(num_outputs, num_steps, seed, **controls)
        request.check()
        if primer_melody is not None:
            primer_melody = melody_events(primer_melody)
        primers = choose_primers(
            self.model.encoding, request, primer_melody=primer_melody,
            primer_midi=_path(primer_midi), primer_from=_path(primer_from),
            primer_steps=primer_steps, qpm=qpm, magenta_primer=magenta_primer)
        yield from generate_outputs(self.model, primers.by_row, request)


def load(path, checkpoint=NEWEST):
    """Returns the Generator of what `magenta_reg.load` takes.

    Some forty lines that TensorFlow and Magenta print at their start are silenced, unless
    TF_CPP_MIN_LOG_LEVEL is set.
    """
    if 'TF_CPP_MIN_LOG_LEVEL' not in os.environ:
        compat.quiet()
    return Generator(open_model(user_path(path), checkpoint))


def _path(path):
    return user_path(path) if path else None
