"""A primer for each row: one for all of them, or the beginnings of real melodies."""

import itertools
from collections import Counter
from typing import NamedTuple

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.dataset.piece_melodies import read_piece_melodies
from magenta_reg.extraction.melodies import MelodyRules
from magenta_reg.generation.primers import primer_of_events, read_primer

# Only the beginnings are used: short melodies and those of few pitches count, too.
_RULES = MelodyRules(min_bars=0, min_unique_pitches=1)


class Primers(NamedTuple):
    """An endless iterator of Primer, one a row, and lines that say what is left out or moved."""

    by_row: object
    remarks: tuple


def choose_primers(encoding, request, *, primer_melody='', primer_midi=None, primer_from=None,
                   primer_steps=16, qpm=None, magenta_primer=False):
    """Returns the Primers that flags ask for.

    Args:
        encoding: Encoding.
        request: Request.
        primer_melody, primer_midi, qpm: as `read_primer`.
        primer_from: Path of real melodies to begin with, or None: a TFRecord of SequenceExamples
            of the encoding, or whatever a data set is made from.
        primer_steps: int, how many events of each of these; 16 are a bar.
        magenta_primer: bool, whether to extend the primer as stock Magenta does.
    """
    if not primer_from:
        primer = read_primer(encoding, primer_melody, primer_midi, qpm,
                             request.num_steps if magenta_primer else None)
        if len(primer.events) >= (primer.num_steps or request.num_steps):
            advice = (f'; --primer_from={primer_midi} takes its first --primer_steps'
                      if primer_midi else '')
            raise UserError(f'the primer has {len(primer.events)} steps: --num_steps='
                            f'{request.num_steps} must be more, it counts the primer, too{advice}')
        return Primers(itertools.repeat(primer), primer.remarks)
    for name, value in (('primer_melody', primer_melody), ('primer_midi', primer_midi),
                        ('magenta_primer', magenta_primer)):
        if value:
            raise UserError(f'give either --primer_from or --{name}, not both')
    if not 1 <= primer_steps < request.num_steps:
        raise UserError(f'--primer_steps={primer_steps} must be 1 to {request.num_steps - 1}: '
                        f'--num_steps={request.num_steps} counts the primer, too')
    melodies, remarks = _beginnings(primer_from, encoding, primer_steps)
    indices = _shuffled_rounds(len(melodies), request.seed)
    return Primers((primer_of_events(*melodies[index], qpm) for index in indices), remarks)


def _shuffled_rounds(size, seed):
    """Yields indices below `size` without end: round after round of all, in a random order."""
    for round_number in itertools.count():
        yield from np.random.default_rng([seed, round_number]).permutation(size)


def _beginnings(path, encoding, num_steps):
    """Returns a list of (int32 [num_steps], source), and a tuple of lines on what is left out."""
    found, usable, reasons = 0, [], Counter()
    for piece in read_piece_melodies(path, encoding, _RULES):
        reasons.update([piece.reason.partition(':')[0]] if piece.reason else [])
        for number, events in enumerate(piece.melodies):
            found += 1
            events = events[:num_steps].copy()  # A view would keep the whole melody in memory.
            if len(events) == num_steps and (events >= 0).any():
                several = f', melody {number}' if len(piece.melodies) > 1 else ''
                usable.append((events, f'{piece.name}{several}'))
    if not usable:
        raise UserError(f'--primer_from={path} holds {found} melodies and none with a note '
                        f'in its first {num_steps} events: give other music or --primer_steps')
    remarks = []
    if found > len(usable):
        remarks.append(f'--primer_from={path}: {found - len(usable):,} of {found:,} melodies are '
                       f'left out: shorter than {num_steps} events, or without a note in these')
    if reasons:
        counts = ', '.join(f'{count:,} {reason}' for reason, count in reasons.most_common())
        remarks.append(f'--primer_from={path}: pieces that gave no melody: {counts}')
    return usable, tuple(remarks)
