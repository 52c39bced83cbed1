"""Generation to files: MIDI, and a table of log-likelihoods."""

import csv
import time
from typing import NamedTuple

import numpy as np

from magenta_reg.compat import import_magenta
from magenta_reg.errors import UserError
from magenta_reg.files import make_folder, replacing
from magenta_reg.progress import progress

GENERATED_TABLE = 'generated.csv'

_BATCH_SIZE = 64


class Generated(NamedTuple):
    """One melody that was written.

    Attributes:
        file: str, name of the MIDI file.
        num_events: int, generated events: the primer is left out.
        log_likelihood: float, nats of the generated events under the model, at temperature 1.
    """

    file: str
    num_events: int
    log_likelihood: float


def generate_files(model, primer, output_dir, num_outputs, num_steps, temperature=1.0, seed=0):
    """Generates melodies from one primer and writes them.

    Args:
        model: MelodyModel.
        primer: Primer.
        output_dir: Path; made if it is not there.
        num_outputs: int.
        num_steps: int, events of each melody, the primer included.
        temperature: float.
        seed: int.

    Returns:
        list of Generated, also written as generated.csv.

    Raises:
        UserError: If the folder cannot be written or the primer does not fit.
    """
    primer_events = np.array(list(primer.squashed), np.int32)
    if len(primer_events) >= num_steps:
        raise UserError(f'the primer has {len(primer_events)} steps: --num_steps={num_steps} must '
                        'be more, it counts the primer, too')
    make_folder(output_dir)
    prefix = time.strftime('%Y-%m-%d_%H%M%S')
    digits = len(str(num_outputs))
    melodies = model.generate([primer_events] * num_outputs, num_steps, seed, temperature,
                              _BATCH_SIZE)
    scores = model.score(melodies)
    generated = []
    for index, events in enumerate(progress(melodies, description='writing', unit='file')):
        name = f'{prefix}_{index + 1:0{digits}}.mid'
        write_midi(primer.restore(events), output_dir / name, primer.qpm)
        # log_probs[i] is of event i + 1.
        log_probs = scores.log_probs[index][len(primer_events) - 1:].astype(np.float64)
        generated.append(Generated(name, len(log_probs), log_probs.sum()))
    _write_table(generated, output_dir / GENERATED_TABLE)
    return generated


def write_midi(melody, path, qpm):
    """Writes a note_seq.Melody as a MIDI file, whole or not at all."""
    note_seq = import_magenta('note_seq')
    with replacing(path) as temporary:
        note_seq.sequence_proto_to_midi_file(melody.to_sequence(qpm=qpm), str(temporary))


def _write_table(generated, path):
    """Writes one row a melody."""
    with replacing(path) as temporary, open(temporary, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['file', 'num_events', 'log_likelihood_nats', 'nats_per_event'])
        for melody in generated:
            writer.writerow([*melody, melody.log_likelihood / melody.num_events])
