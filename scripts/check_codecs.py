#!/usr/bin/env python
"""Checks on real music that every codec equals its note_seq encoder, value for value.

    python scripts/check_codecs.py --input=FOLDER --max_pieces=40

Melodies are extracted by Magenta's own pipeline functions, brought into each encoding's range, and
encoded three times: by note_seq, by the codec in NumPy, and by the codec in TensorFlow, one event
at a time. Exit status 1 if anything differs.
"""

import copy
import random
import sys
from itertools import islice

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.base.errors import UserError
from magenta_reg.base.progress import progress
from magenta_reg.cli.command import Command
from magenta_reg.codec.encodings import ENCODINGS

STEPS_PER_QUARTER = 4
MAX_STEPS = 512
ENDINGS = ('.mid', '.midi', '.abc')

COMMAND = Command('check_codecs', 'Compares every codec with note_seq on the melodies of a folder.')
COMMAND.string('input', None, 'Folder of .mid, .midi and .abc files.')
COMMAND.integer('max_pieces', 0, 'How many pieces, drawn from all; 0 takes all.', lower_bound=0)


class Comparison:
    """Encodes melodies with a codec's two halves and with note_seq, and counts.

    Attributes:
        num_melodies: int, melodies compared.
        num_events: int, their events.
        num_differences: dict of int, for 'NumPy' and 'TensorFlow' the melodies that differ.
    """

    def __init__(self, encoding):
        self._encoding = encoding
        self._encoder = encoding.codec.note_seq_encoder()
        self.num_melodies = self.num_events = 0
        self.num_differences = {'NumPy': 0, 'TensorFlow': 0}
        with tf.Graph().as_default():
            self._events = tf.placeholder(tf.int32, [1, None])
            self._outputs = self._unroll(self._events)
            self._session = tf.Session()

    def _unroll(self, events):
        """Returns float32 [steps + 1, input_size], inputs, and int32 [steps + 1], labels."""
        codec = self._encoding.codec

        def step(before, event):
            state = codec.append(before[0], event)
            return state, codec.encode_input(state), codec.encode_label(before[0], event)

        start = codec.initial_state(1), tf.zeros([1, codec.input_size]), tf.zeros([1], tf.int32)
        _, inputs, labels = tf.scan(step, tf.transpose(events), start)
        return inputs[:, 0], labels[:, 0]

    def add(self, melody):
        """Compares one note_seq Melody in the range and key of the encoding."""
        codec, melody = self._encoding.codec, copy.deepcopy(melody)
        melody.squash(codec.min_note, codec.max_note, self._encoding.transpose_to_key)
        events = np.array(list(melody), np.int32)
        inputs, labels = self._session.run(self._outputs, {self._events: [events]})
        encoded = {'NumPy': codec.encode(events), 'TensorFlow': (inputs[:-1], labels[1:])}
        expected = self._encoder.encode(melody)
        for half, pair in encoded.items():
            self.num_differences[half] += not all(map(np.array_equal, pair, expected))
        self.num_melodies += 1
        self.num_events += len(events)


def find_files(folder):
    """Returns the paths of the folder's files of music, in an order that mixes its subfolders."""
    paths = sorted(path for path in folder.rglob('*') if path.suffix.lower() in ENDINGS)
    if not paths:
        raise UserError(f'--input={folder} has no file ending in {" or ".join(ENDINGS)}')
    random.Random(0).shuffle(paths)
    return paths


def read_pieces(paths):
    """Yields a NoteSequence for each piece in the files that note_seq can read."""
    import note_seq
    from note_seq import abc_parser
    for path in paths:
        try:
            if path.suffix.lower() == '.abc':
                yield from abc_parser.parse_abc_tunebook_file(str(path))[0].values()
            else:
                yield note_seq.midi_file_to_note_sequence(str(path))
        except (note_seq.MIDIConversionError, abc_parser.ABCParseError) as error:
            print(f'{path}: not read: {error}', file=sys.stderr)


def extract(sequence):
    """Returns the note_seq Melodies of a NoteSequence, those of a polyphonic track included."""
    from magenta.pipelines.melody_pipelines import extract_melodies
    from note_seq import NonIntegerStepsPerBarError, sequences_lib
    melodies = []
    for part in sequences_lib.split_note_sequence_on_time_changes(sequence):
        quantized = sequences_lib.quantize_note_sequence(part, STEPS_PER_QUARTER)
        try:
            melodies += extract_melodies(quantized, ignore_polyphonic_notes=True,
                                         max_steps_truncate=MAX_STEPS)[0]
        except NonIntegerStepsPerBarError:
            continue
    return melodies


def main(flags):
    COMMAND.require('input')
    paths = find_files(COMMAND.path('input'))
    comparisons = {name: Comparison(encoding) for name, encoding in ENCODINGS.items()}
    num_pieces = 0
    pieces = islice(read_pieces(paths), flags.max_pieces or None)
    for piece in progress(pieces, description='comparing', unit='piece',
                          total=flags.max_pieces or None):
        num_pieces += 1
        for melody in extract(piece):
            for comparison in comparisons.values():
                comparison.add(melody)
    print(f'{num_pieces} pieces')
    for name, comparison in comparisons.items():
        differences = ', '.join(
            f'{half} differs in {count}' for half, count in comparison.num_differences.items())
        print(f'{name}: {comparison.num_melodies} melodies, {comparison.num_events} events: '
              f'{differences}')
    if not comparison.num_melodies:
        raise UserError(f'no melody in {num_pieces} pieces: nothing was compared')
    if any(sum(comparison.num_differences.values()) for comparison in comparisons.values()):
        sys.exit(1)


if __name__ == '__main__':
    COMMAND.run(main)
