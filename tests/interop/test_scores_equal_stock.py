"""The score of a MIDI file is what stock Magenta computes from the file on its own."""

import pytest

from magenta_reg.base.libraries import import_note_seq
from magenta_reg.generation.scoring import score_files
from tests.small import EXPERIMENT_FILES
from tests.stock import stock_model

FILE = next(file for file in EXPERIMENT_FILES if file.stem == 'scheduled_sampling')
# A third above the range of basic_rnn, with rests, and not in C.
PITCHES = [86, 0, 88, 90, 0, 0, 61, 63, 86, 85, 83, 0, 81, 80, 78, 86] * 3


def write_midi(note_seq, path):
    sequence = note_seq.NoteSequence(ticks_per_quarter=220)
    for index, pitch in enumerate(PITCHES):
        if pitch:
            sequence.notes.add(pitch=pitch, velocity=80, start_time=index * 0.25,
                               end_time=index * 0.25 + (0.125 if index % 3 else 0.25))
    note_seq.sequence_proto_to_midi_file(sequence, str(path))


def stock_log_likelihood(note_seq, trained, path):
    """Returns what Magenta's own reader, quantizer and model give, at batch size 1."""
    hparams = {**trained.experiment.hparams, 'batch_size': 1}
    stock = stock_model(trained.experiment._replace(hparams=hparams))
    stock.initialize_with_checkpoint(trained.run.require_checkpoint())
    quantized = note_seq.quantize_note_sequence(note_seq.midi_file_to_note_sequence(str(path)), 4)
    melody = note_seq.Melody()
    melody.from_quantized_sequence(quantized, gap_bars=1)
    total_nats = stock.melody_log_likelihood(melody)
    stock.close()
    return float(total_nats), len(melody)


@pytest.mark.parametrize('config', ['basic_rnn', 'lookback_rnn'])
def test_a_midi_file_has_the_likelihood_that_stock_gives_it(trained_run, tmp_path, config):
    note_seq = import_note_seq()
    trained, path = trained_run(FILE, config), tmp_path / 'tune.mid'
    write_midi(note_seq, path)
    total_nats, num_steps = stock_log_likelihood(note_seq, trained, path)
    (row,) = score_files(trained.model, path)
    assert row.num_events == num_steps - 1
    assert row.log_likelihood_nats == pytest.approx(total_nats, abs=1e-3)
