#!/usr/bin/env python
"""Professor forcing where mistakes come again in every repeat: docs/methods/professor_forcing.md.

    python scripts/methods/professor_forcing.py FOLDER

Three seeds a row; FOLDER gets the data set and runs, and those that are there are not made again.
"""

import sys
from pathlib import Path

from oracle_runs import OracleExperiment, print_table

NETWORK = 'rnn_layer_sizes=[64],batch_size=32,learning_rate=0.003,dropout_keep_prob=1.0'
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
# Until then the network is the baseline's, to the bit.
START = 'adversarial_start_share=0.5'
ROWS = {
    'as configured': '',
    'no gate': 'gate_generator=0',
    'no gate, placebo': 'gate_generator=0,adversary=placebo',
    'no gate, one Adam': 'gate_generator=0,adversarial_learning_rate_ratio=0',
}


def main(folder):
    experiment = OracleExperiment(
        folder / 'motif', 'oracle:motif,num_melodies=1000,min_steps=96,max_steps=96', NETWORK, 400,
        num_steps=96, primer_steps=16, num_melodies=200, config='lookback_rnn')
    found = {'baseline': experiment.run('baseline', CONFIGS / 'baseline.yaml')}
    for name, hparams in ROWS.items():
        found[name] = experiment.run(name.replace(',', ''), CONFIGS / 'professor_forcing.yaml',
                                     ','.join(filter(None, [START, hparams])))
    print_table('oracle:motif', found)


if __name__ == '__main__':
    main(Path(sys.argv[1] if len(sys.argv) > 1 else 'methods'))
