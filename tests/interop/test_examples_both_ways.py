"""SequenceExamples of stock Magenta's pipelines are read here, and ours by stock Magenta."""

import note_seq
import numpy as np
import pytest

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.interop.magenta import import_magenta
from tests.small import make_experiment, make_melodies, write_examples
from tests.stock import stock_config

NUM_MELODIES = 6


def make_dense_melodies(config):
    """Returns melodies that pass Magenta's rules: 8 bars, no bar of silence, in one octave."""
    rng = np.random.default_rng(list(ENCODINGS).index(config))
    melodies = []
    for _ in range(NUM_MELODIES):
        events = np.where(rng.random(128) < 0.4, -2, rng.integers(60, 72, 128))
        events[32:64] = events[:32]
        events[::8] = rng.integers(60, 72, 16)
        events[rng.random(128) < 0.05] = -1
        events[0] = 60
        melodies.append(events)
    return melodies


def written_by_stock(folder, config, melodies):
    """Runs Magenta's data set pipeline over melodies; returns the training file's path."""
    pipelines = import_magenta('magenta.models.melody_rnn.melody_rnn_pipeline')
    runner = import_magenta('magenta.pipelines.pipeline')
    sequences = [note_seq.Melody(events.tolist()).to_sequence(qpm=120) for events in melodies]
    pipeline = pipelines.get_pipeline(stock_config(make_experiment(config=config)), eval_ratio=0.0)
    runner.run_pipeline_serial(pipeline, iter(sequences), str(folder))
    return folder / 'training_melodies.tfrecord'


@pytest.mark.parametrize('config', ENCODINGS)
def test_events_are_recovered_from_what_stocks_pipeline_wrote(tmp_path, config):
    encoding, melodies = ENCODINGS[config], make_dense_melodies(config)
    found = read_examples(written_by_stock(tmp_path, config, melodies), encoding).events
    assert len(found) == NUM_MELODIES
    expected = []
    for events in melodies:
        quantized = note_seq.quantize_note_sequence(
            note_seq.Melody(events.tolist()).to_sequence(qpm=120), 4)
        melody = note_seq.Melody()
        melody.from_quantized_sequence(quantized, gap_bars=1, ignore_polyphonic_notes=False)
        melody.squash(encoding.codec.min_note, encoding.codec.max_note, encoding.transpose_to_key)
        expected.append(tuple(melody))
    assert {tuple(events.tolist()) for events in found} == set(expected)


@pytest.mark.parametrize('config', ENCODINGS)
def test_stocks_input_queue_reads_ours_with_equal_numbers(tmp_path, config):
    encoding, melodies = ENCODINGS[config], make_melodies(3, seed=2)
    path = write_examples(tmp_path / 'ours.tfrecord', melodies, encoding)
    stock = encoding.codec.note_seq_encoder()
    expected = {}
    for events in melodies:
        inputs, labels = stock.encode(note_seq.Melody(events.tolist()))
        expected[tuple(labels)] = np.array(inputs, np.float32)
    with tf.Graph().as_default(), sharded_session() as session:
        batch = import_magenta('magenta.common').get_padded_batch(
            [path], 3, encoding.codec.input_size)
        tf.train.start_queue_runners(session, coord=(coordinator := tf.train.Coordinator()))
        for inputs, labels, length in zip(*session.run(batch), strict=True):
            np.testing.assert_array_equal(inputs[:length], expected[tuple(labels[:length])])
            assert not inputs[length:].any()
        coordinator.request_stop()
