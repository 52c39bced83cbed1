"""Melodies of a model as a stream: generated and scored, a batch at a time."""

import itertools
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import check_least
from magenta_reg.base.files import user_path
from magenta_reg.generation.primers import Primer
from magenta_reg.graph.generation import Beam
from magenta_reg.graph.sampling import Sampling
from magenta_reg.measures.repetition import repetition
from magenta_reg.outputs.formats import save_melody
from magenta_reg.outputs.melody import OutputMelody
from magenta_reg.outputs.player_page import notebook_html


class Request(NamedTuple):
    """What to generate.

    Attributes:
        num_outputs: int, melodies.
        num_steps: int, events of each, the primer included.
        seed: int, 0 or more: the same melodies again, whatever `batch_size`.
        temperature, top_k, top_p: as `Sampling`.
        beam_size, branch_factor, steps_per_iteration: as `Beam`.
        batch_size: int, rows in the loop at a time.
        omit_primer: bool, whether what is written holds the generated events alone.
    """

    num_outputs: int = 10
    num_steps: int = 128
    seed: int = 0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    beam_size: int = 1
    branch_factor: int = 1
    steps_per_iteration: int = 1
    batch_size: int = 128
    omit_primer: bool = False

    @property
    def sampling(self):
        return Sampling(self.temperature, self.top_k, self.top_p)

    @property
    def beam(self):
        return Beam(self.beam_size, self.branch_factor, self.steps_per_iteration)

    def check(self):
        """Raises UserError for the first value that is out of range."""
        check_least(self, num_outputs=1, num_steps=2, seed=0, batch_size=1)
        self.sampling.check()
        self.beam.check()


class Output(NamedTuple):
    """One generated melody.

    Attributes:
        row: int, from 0: its number, which with the seed decides its random numbers.
        primer: Primer.
        events: int32 [num_steps], Melody events in the encoding's range, the primer in front.
        num_events: int, generated events: the primer is left out.
        log_likelihood: float, nats of the generated events under the model, at temperature 1.
        repetition: float or None, of the generated events, as `repetition`.
        longest_shared_run: int, generated events of the longest passage shared with the training
            set, in any key; None if no training set was given.
        omit_primer: bool, whether `melody` leaves the primer out.
    """

    row: int
    primer: Primer
    events: np.ndarray
    num_events: int
    log_likelihood: float
    repetition: float | None
    longest_shared_run: int | None
    omit_primer: bool = False

    def melody(self, name='', title=''):
        """Returns the OutputMelody: at the primer's pitch and tempo, with its primer as caption."""
        primer_steps = len(self.events) - self.num_events + self.primer.num_silent_steps
        events = self.primer.restore(self.events)
        if self.omit_primer:
            events, primer_steps = events[primer_steps:], 0
        caption = f'Primer: {self.primer.source}' + (', left out' if self.omit_primer else '')
        return OutputMelody(events, primer_steps, self.primer.qpm, name,
                            title or f'Melody {self.row + 1}', caption)

    def sequence(self):
        """Returns the music as a note_seq NoteSequence."""
        return self.melody().sequence()

    def save(self, path):
        """Writes it as the file's name says: .mid, .musicxml, .wav or .png; replaces a file."""
        save_melody(self.melody(), user_path(path))

    def _repr_html_(self):
        return notebook_html([(self.melody(), self.facts())])

    def facts(self):
        """Returns what pages show of it: dict of str to str."""
        facts = {'nats per event': f'{self.log_likelihood / self.num_events:.3f}'}
        if self.repetition is not None:
            facts['repetition'] = f'{self.repetition:.2f}'
        if self.longest_shared_run is not None:
            facts['longest passage shared with the training set'] = (
                f'{self.longest_shared_run} events')
        return facts


def generate_outputs(model, primers, request, training_index=None):
    """Generates melodies; holds no more of them than a batch.

    Args:
        model: MelodyModel.
        primers: iterable of Primer shorter than `request.num_steps`, one a melody; more than
            `request.num_outputs` are not read.
        request: Request.
        training_index: TrainingIndex for `longest_shared_run`, or None.

    Yields:
        Output, in the order of rows.
    """
    request.check()
    read, own = itertools.tee(itertools.islice(primers, request.num_outputs))
    first = next(own)
    own = itertools.chain([first], own)
    batches = model.generate_scored_batches(
        (primer.events for primer in read), first.num_steps or request.num_steps, request.seed,
        request.temperature, request.batch_size, request.top_k, request.top_p, request.beam)
    row = 0
    for melodies, likelihoods in batches:
        batch = list(itertools.islice(own, len(melodies)))
        for output in _outputs(row, batch, melodies, likelihoods, training_index):
            yield output._replace(omit_primer=request.omit_primer)
        row += len(melodies)


def _outputs(first_row, primers, melodies, likelihoods, training_index):
    """Yields the Outputs of one batch."""
    starts = [len(primer.events) for primer in primers]
    shared = [None] * len(melodies)
    if training_index is not None:
        shared = training_index.longest_passage_lengths(melodies, starts).tolist()
    for index, (primer, events) in enumerate(zip(primers, melodies, strict=True)):
        yield Output(first_row + index, primer, events, int(likelihoods.num_events[index]),
                     float(likelihoods.total_nats[index]), repetition(events[starts[index]:]),
                     shared[index])
