"""The melody of a MIDI file to begin with, read as data sets are."""

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.extraction.tracks import bar_steps, stretches
from magenta_reg.interop.stock_primer import melodies_of_primer
from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER
from magenta_reg.readers.midi import read_midi
from magenta_reg.readers.notes import MAX_BYTES

_MAX_STEPS = 2 ** 16  # Hours of music; one note of a damaged file can last for years.


def read_primer_midi(path):
    """Reads the first section of a MIDI file that lasts a bar or more, else the longest.

    A section has one tempo and one meter; times are from its beginning.

    Args:
        path: str or Path.

    Returns:
        note_seq.NoteSequence of the section, without a tempo if there are no notes;
        note_seq.Melody of its first track with notes; tuple of str, lines that say what is left
        out.
    """
    note_seq = import_note_seq()
    section, remarks = _section(path, list(stretches(_notes(path))))
    if section is None:
        return note_seq.NoteSequence(), note_seq.Melody([]), ()
    sequence = _sequence(section)
    melodies = melodies_of_primer(sequence)
    melody = melodies[0] if melodies else note_seq.Melody([])
    num_notes = int(_is_heard(section).sum())
    num_left_out = num_notes - sum(event >= 0 for event in melody)
    if melodies and num_left_out:
        tracks = f', of {len(melodies)} tracks the first' if len(melodies) > 1 else ''
        remarks += (f'--primer_midi={path}: {num_left_out} of {num_notes} notes are left out: the '
                    f'highest is taken where several start together{tracks}',)
    return sequence, melody, remarks


def _notes(path):
    try:
        with open(path, 'rb') as file:
            return read_midi(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise UserError(f'cannot read --primer_midi={path}: {error.strerror}') from None
    except ValueError as error:
        raise UserError(f'cannot read --primer_midi={path}: {error}') from None


def _section(path, sections):
    """Returns the Stretch to take, None if there is none with a note; and a line on the others."""
    lengths, problems = [], []
    for section in sections:
        steps_per_bar, problem = bar_steps(section.meter, STEPS_PER_QUARTER)
        if problem:
            numerator, denominator = map(int, section.meter)
            problem = (f'a bar of its meter {numerator}/{denominator} is no whole number of '
                       'sixteenths')
        elif (num_steps := _num_steps(section)) > _MAX_STEPS:
            problem = f'it lasts for {num_steps} steps, more than {_MAX_STEPS}'
        if problem:
            problems.append(problem)
            continue
        lengths.append((num_steps, section))
        if num_steps >= steps_per_bar:
            break
    if not lengths:
        if problems:
            raise UserError(f'cannot use --primer_midi={path}: {problems[0]}')
        return None, ()
    is_long = lengths[-1][0] >= bar_steps(lengths[-1][1].meter, STEPS_PER_QUARTER)[0]
    chosen = lengths[-1][1] if is_long else max(lengths, key=lambda pair: pair[0])[1]
    if len(sections) == 1:
        return chosen, ()
    which = 'the first of a bar or more' if is_long else 'the longest, none lasts a bar'
    return chosen, (
        f'--primer_midi={path}: its changes of tempo or meter make {len(sections)} sections: '
        f'taken is {which}, from {chosen.begin_secs:.1f} to '
        f'{chosen.begin_secs + chosen.ends_secs.max():.1f} seconds',)


def _num_steps(section):
    """Returns the steps from the first to the last note that is heard."""
    heard = _is_heard(section)
    secs = section.ends_secs[heard].max(initial=0) - section.starts_secs[heard].min(initial=np.inf)
    return max(0, round(max(0.0, secs) * section.quarters_per_minute / 60 * STEPS_PER_QUARTER))


def _is_heard(section):
    return ~section.notes.are_drums & (section.notes.velocities > 0)


def _sequence(section):
    """Returns the NoteSequence of a Stretch."""
    sequence, notes = import_note_seq().NoteSequence(), section.notes
    sequence.tempos.add(qpm=section.quarters_per_minute)
    numerator, denominator = map(int, section.meter)
    sequence.time_signatures.add(numerator=numerator, denominator=denominator)
    numbers = np.unique(notes.instruments, return_inverse=True)[1]
    for row in zip(section.starts_secs, section.ends_secs, notes.pitches, notes.velocities,
                   numbers, notes.are_drums, strict=True):
        start, end, pitch, velocity, instrument, is_drum = (value.item() for value in row)
        sequence.notes.add(start_time=start, end_time=end, pitch=pitch, velocity=velocity,
                           instrument=instrument, is_drum=is_drum)
    sequence.total_time = section.ends_secs.max()
    return sequence
