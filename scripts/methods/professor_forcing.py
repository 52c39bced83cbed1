#!/usr/bin/env python
"""Professor forcing where a mistake goes on for ever: docs/methods/professor_forcing.md.

    python scripts/methods/professor_forcing.py FOLDER

Three seeds a row; FOLDER gets the data set and runs, and those that are there are not made again.
"""

import sys
from pathlib import Path

from oracle_runs import OracleExperiment, print_table

NETWORK = 'rnn_layer_sizes=[48],batch_size=32,learning_rate=0.01,dropout_keep_prob=1.0'
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
FORCING = CONFIGS / 'professor_forcing.yaml'
# Until then the network is the baseline's, to the bit.
START = 'adversarial_start=step,adversarial_start_step=400'

ROWS = {
    'as in the config': '',
    'weight 1': 'adversarial_weight=1',
    'weight 0.01': 'adversarial_weight=0.01',
    'own Adam, 0.1': 'adversarial_learning_rate_ratio=0.1',
    'own Adam, 0.02': 'adversarial_learning_rate_ratio=0.02',
    'placebo': 'adversary=placebo',
}


def main(folder, rows):
    experiment = OracleExperiment(
        folder / 'motif', 'oracle:motif,period=4,num_pitches=4,num_melodies=1000,min_steps=48,'
        'max_steps=48', NETWORK, 600, num_steps=48, primer_steps=4, num_melodies=300)
    found = {'baseline': experiment.run('baseline', CONFIGS / 'baseline.yaml')}
    for name in rows:
        found[name] = experiment.run(name.replace(',', ''), FORCING,
                                     ','.join(filter(None, [START, ROWS[name]])))
    print_table('oracle:motif', found)


if __name__ == '__main__':
    main(Path(sys.argv[1] if len(sys.argv) > 1 else 'methods'), sys.argv[2:] or ROWS)
