"""Scores melodies with stock's model and prints the seconds an event, start and graph left out.

    python stock_likelihood.py CONFIG RUN_DIR MELODIES.json NUM_MELODIES
"""

import json
import sys
import time
from pathlib import Path

from magenta_reg.interop.magenta import import_magenta

FOLDER = 'magenta.models.melody_rnn'


def main(config_name, run_dir, path, num_melodies):
    models = import_magenta(f'{FOLDER}.melody_rnn_model')
    generators = import_magenta(f'{FOLDER}.melody_rnn_sequence_generator')
    note_seq = import_magenta('note_seq')
    with open(path) as file:
        melodies = [note_seq.Melody(events) for events in json.load(file)[:int(num_melodies)]]
    config = models.default_configs[config_name]
    config.hparams.parse('batch_size=1,rnn_layer_sizes=[128,128]')
    model = models.MelodyRnnModel(config)
    generators.MelodyRnnSequenceGenerator(
        model=model, details=config.details, steps_per_quarter=config.steps_per_quarter,
        checkpoint=str(Path(run_dir) / 'train'), bundle=None).initialize()
    model.melody_log_likelihood(melodies[0])
    start = time.perf_counter()
    nats = [float(model.melody_log_likelihood(melody)) for melody in melodies]
    secs = time.perf_counter() - start
    print(json.dumps({'event_secs': secs / sum(len(melody) - 1 for melody in melodies),
                      'nats': sum(nats)}))


if __name__ == '__main__':
    main(*sys.argv[1:])
