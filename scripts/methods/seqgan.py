#!/usr/bin/env python
"""SeqGAN's synthetic study, with the curve over temperatures: docs/methods/seqgan.md.

    python scripts/methods/seqgan.py FOLDER [ROW ...]

Three seeds a row; FOLDER gets the data set and runs, and those that are there are not made again.
"""

import sys
from pathlib import Path

import numpy as np
from oracle_runs import OracleExperiment, print_table

NETWORK = 'rnn_layer_sizes=[32],batch_size=64,learning_rate=0.01,dropout_keep_prob=1.0'
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
TEMPERATURES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
START = 'likelihood'
POLICY = ('adversarial_start_share=0,adversarial_learning_rate_ratio=0.1,'
          'discriminator_warmup_steps=300,discriminator_updates=2,'
          'discriminator_learning_rate=0.005')
# At its own 0.75 the gate never opens here.
FORCING = ('adversarial_start_share=0,adversarial_learning_rate_ratio=0.1,adversarial_weight=1,'
           'gate_generator=0')

# All start from the same networks, which the likelihood trained for 2,400 updates.
ROWS = {
    'likelihood goes on': ('baseline', ''),
    'SeqGAN 16 rollouts': ('seqgan', f'{POLICY},rollouts=16,rollout_positions=1'),
    'SeqGAN no rollouts': ('seqgan', f'{POLICY},rollouts=0'),
    'scheduled sampling': ('scheduled_sampling', 'sampling_max_probability=0.25,'
                           'sampling_end_share=0.5'),
    'professor forcing': ('professor_forcing', FORCING),
}


def main(folder, rows):
    start = OracleExperiment(folder, 'oracle:lstm', NETWORK, 2400, num_steps=32)
    later = start._replace(num_training_steps=900)
    found = {START: start.run(START, CONFIGS / 'baseline.yaml')}
    for name in rows:
        file, hparams = ROWS[name]
        found[name] = later.run(name, CONFIGS / f'{file}.yaml', hparams, START)
        print_table('oracle:lstm so far', found)
    for name in (START, *list(rows)[:2]):
        print_curve(name, *later.curves(name, TEMPERATURES))


def print_curve(name, generated, real):
    """Prints both likelihoods of each temperature, means over seeds and standard deviations."""
    print(f'\n{name}\n\n| temperature | own under the oracle | the oracle\'s under it |\n'
          '|---|---|---|')
    for index, temperature in enumerate(TEMPERATURES):
        cells = [f'{np.mean(each[:, index]):.3f} ± {np.std(each[:, index], ddof=1):.3f}'
                 for each in (generated, real)]
        print(f'| {temperature} | {" | ".join(cells)} |', flush=True)


if __name__ == '__main__':
    main(Path(sys.argv[1] if len(sys.argv) > 1 else 'methods'), sys.argv[2:] or ROWS)
