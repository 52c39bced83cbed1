"""Generation to files with a network and a format that need no TensorFlow, and that can go wrong.

As a script: python -m tests.generation.scripted_generation FOLDER HOW, where HOW is what happens
within the third file: 'SIGKILL', 'SIGTERM', 'SIGINT', or a number of bytes that no file may exceed.
"""

import os
import resource
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from magenta_reg.cli.command import Command
from magenta_reg.generation.stream import Request
from magenta_reg.generation.to_files import generate_files
from magenta_reg.model.model import LogLikelihood
from magenta_reg.outputs.formats import OUTPUT_FORMATS, OutputFormat, writing

HALF = 'first half, '
WHOLE = HALF + 'second half'
PRIMER = SimpleNamespace(events=np.array([60, -2], np.int32), num_steps=None, num_silent_steps=0,
                         qpm=120.0, source='[60, -2]', restore=lambda events: events)


class ScriptedModel:
    """Stands for a MelodyModel: a row's melody depends on its number and the seed alone."""

    name = 'scripted'

    def generate_scored_batches(self, primers, num_steps, seed, temperature, batch_size, top_k,
                                top_p, beam):
        row = 0
        primers = iter(primers)
        while batch := [primer for _, primer in zip(range(batch_size), primers, strict=False)]:
            melodies = [self.melody(seed, row + index, primer, num_steps)
                        for index, primer in enumerate(batch)]
            yield melodies, self.likelihoods(melodies, [len(primer) for primer in batch])
            del melodies
            row += len(batch)

    def melody(self, seed, row, primer, num_steps):
        events = np.random.default_rng([seed, row]).integers(-2, 84, num_steps, np.int32)
        events[:len(primer)] = primer
        return events

    def likelihoods(self, melodies, primer_steps):
        counts = np.array([len(events) for events in melodies]) - np.array(primer_steps)
        return LogLikelihood(-1.5 * counts, counts)


def write_text(melody, path):
    """Writes a file of text in two halves."""
    with writing(path) as temporary, open(temporary, 'w') as file:
        file.write(HALF)
        file.flush()
        happen(melody)
        file.write('second half')


def happen(melody):
    """Does nothing; a script replaces it."""


def main():
    folder, how = sys.argv[1:]
    command = Command('scripted', 'Generates.')

    def break_third(melody):
        if melody.name.endswith('_3'):
            os.kill(os.getpid(), signal.Signals[how])

    if how.isdigit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(how), int(how)))
    else:
        globals()['happen'] = break_third
    OUTPUT_FORMATS['midi'] = OutputFormat('.mid', write_text)
    primers = iter(lambda: PRIMER, None)
    command.run(lambda flags: generate_files(ScriptedModel(), primers, Path(folder),
                                             Request(num_outputs=5, num_steps=20, batch_size=2)),
                argv=[])


if __name__ == '__main__':
    main()
