#!/usr/bin/env python
"""Checks on real music that melodies are those of Magenta's own pipeline, event for event.

    python scripts/check_melodies.py --input=FOLDER --max_pieces=40

Each MIDI file is read twice: by note_seq, whose notes go through Magenta's TimeChangeSplitter,
Quantizer and MelodyExtractor (with ignore_polyphonic_notes=True), and as the data set command reads
it. Every file that differs is named; exit status 1 if one does.
"""

import sys
from collections import Counter
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.progress import progress
from magenta_reg.cli.command import Command
from magenta_reg.extraction.melodies import MAGENTA_RULES, extract_melodies
from magenta_reg.readers.midi import read_midi

ENDINGS = ('.mid', '.midi')
# Magenta's names for what it counts.
REASONS = {'melodies_discarded_too_short': 'too_short',
           'melodies_discarded_too_few_pitches': 'too_few_pitches'}

COMMAND = Command('check_melodies', "Compares melodies with Magenta's own, of a folder's files.")
COMMAND.string('input', None, 'Folder of .mid and .midi files, with the folders in it.')
COMMAND.integer('max_pieces', 0, 'How many files, spread over all; 0 takes all.', lower_bound=0)


class Melodies(NamedTuple):
    """What a file gives.

    Attributes:
        events: list of lists of int, Melody events.
        discards: dict of str, a reason, to the number of melodies.
    """

    events: list
    discards: dict


def our_melodies(data):
    """Returns the Melodies of the bytes of a MIDI file; None if they cannot be read."""
    try:
        extraction = extract_melodies(read_midi(data))
    except ValueError:
        return None
    discards = {reason: extraction.discards[reason] for reason in REASONS.values()}
    return Melodies([events.tolist() for events in extraction.melodies], discards)


def magenta_melodies(data):
    """Returns the Melodies of the bytes of a MIDI file; None if they cannot be read."""
    import note_seq
    from magenta.pipelines.melody_pipelines import MelodyExtractor
    from magenta.pipelines.note_sequence_pipelines import Quantizer, TimeChangeSplitter
    rules = MAGENTA_RULES
    try:
        sequence = note_seq.midi_to_note_sequence(data)
    except note_seq.MIDIConversionError:
        return None
    extractor = MelodyExtractor(
        min_bars=rules.min_bars, max_steps=rules.max_steps, gap_bars=rules.gap_bars,
        min_unique_pitches=rules.min_unique_pitches, ignore_polyphonic_notes=True)
    events, counts = [], Counter()
    for section in TimeChangeSplitter().transform(sequence):
        for quantized in Quantizer(steps_per_quarter=rules.steps_per_quarter).transform(section):
            events += [list(melody) for melody in extractor.transform(quantized)]
            counts.update({stat.name.split('_', 1)[1]: stat.count
                           for stat in extractor.get_stats() if hasattr(stat, 'count')})
    return Melodies(events, {ours: counts[theirs] for theirs, ours in REASONS.items()})


def find_files(folder, max_pieces):
    """Returns the paths of MIDI files, or so many of them at equal distances."""
    paths = sorted(path for path in folder.rglob('*') if path.suffix.lower() in ENDINGS)
    if not paths:
        raise UserError(f'--input={folder} has no file ending in {" or ".join(ENDINGS)}')
    wanted = min(max_pieces or len(paths), len(paths))
    return [paths[index * len(paths) // wanted] for index in range(wanted)]


def main(flags):
    COMMAND.require('input')
    paths = find_files(COMMAND.path('input'), flags.max_pieces)
    num_melodies = num_events = num_differences = 0
    for path in progress(paths, description='comparing', unit='file'):
        data = path.read_bytes()
        ours, theirs = our_melodies(data), magenta_melodies(data)
        if ours != theirs:
            num_differences += 1
            print(f'{path} differs')
        if theirs:
            num_melodies += len(theirs.events)
            num_events += sum(map(len, theirs.events))
    print(f'{len(paths)} files, {num_melodies} melodies, {num_events} events: '
          f'{num_differences} files differ')
    if not num_melodies:
        raise UserError(f'no melody in {len(paths)} files: nothing was compared')
    if num_differences:
        sys.exit(1)


if __name__ == '__main__':
    COMMAND.run(main)
