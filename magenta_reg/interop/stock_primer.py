"""A primer as stock Magenta extends it before the network goes on."""

from magenta_reg.base.errors import UserError
from magenta_reg.base.libraries import import_note_seq
from magenta_reg.measures.melody_notes import STEPS_PER_QUARTER


def melodies_of_primer(sequence):
    """Returns the note_seq Melodies of a NoteSequence, one a track, rests of any length included.

    Source: magenta.models.melody_rnn, `MelodyRnnSequenceGenerator._generate`.
    """
    note_seq = import_note_seq()
    quantized = note_seq.quantize_note_sequence(sequence, STEPS_PER_QUARTER)
    melodies = []
    for instrument in sorted({note.instrument for note in quantized.notes}):
        melody = note_seq.Melody()
        melody.from_quantized_sequence(quantized, instrument=instrument, gap_bars=float('inf'),
                                       ignore_polyphonic_notes=True)
        melodies += [melody] if melody else []
    return melodies


def extended_as_stock(sequence, qpm, num_steps):
    """Returns the melody that stock Magenta gives to its network, and how long the result is.

    Stock Magenta begins to generate one step after the end of the last note, and most often rounds
    that up to two steps. It fills the gap with a note-off and a no-event, so [60] becomes
    [60, -1, -2]. Rests at the primer's end are lost. Silent bars in front count among `num_steps`.

    Args:
        sequence: NoteSequence of the primer.
        qpm: float, its quarter notes a minute.
        num_steps: int, as --num_steps.

    Returns:
        note_seq.Melody that begins at its `start_step`; int, events of the melody to generate.

    Raises:
        UserError: If nothing is left to generate.

    Source: magenta.models.melody_rnn, `melody_rnn_generate.run_with_flags` and
    `MelodyRnnSequenceGenerator._generate`, in floating point as there.
    """
    note_seq = import_note_seq()
    secs_per_step = 60.0 / qpm / STEPS_PER_QUARTER
    end_secs = num_steps * secs_per_step
    start_secs = max((note.end_time for note in sequence.notes), default=0) + secs_per_step
    steps_per_sec = note_seq.steps_per_quarter_to_steps_per_second(STEPS_PER_QUARTER, qpm)
    start_step = note_seq.quantize_to_step(start_secs, steps_per_sec, quantize_cutoff=0)
    end_step = note_seq.quantize_to_step(end_secs, steps_per_sec, quantize_cutoff=1.0)
    melodies = melodies_of_primer(sequence)
    melody = melodies[0] if melodies else note_seq.Melody([], start_step=max(0, start_step - 1))
    melody.set_length(start_step - melody.start_step)
    if start_secs >= end_secs or start_step >= end_step:
        raise UserError(f'--magenta_primer begins to generate at step {start_step}: --num_steps='
                        f'{num_steps} must be more, it counts the primer, too')
    return melody, end_step - melody.start_step
