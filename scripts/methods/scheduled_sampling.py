#!/usr/bin/env python
"""Scheduled sampling on melodies whose distribution is known: docs/methods/scheduled_sampling.md.

    python scripts/methods/scheduled_sampling.py FOLDER

Three seeds a row; FOLDER gets the data sets and runs, and those that are there are not made again.
"""

import sys
from pathlib import Path

from oracle_runs import OracleExperiment, print_table

NETWORK = 'rnn_layer_sizes=[64],batch_size=64,learning_rate=0.01,dropout_keep_prob=1.0'
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
SAMPLING = CONFIGS / 'scheduled_sampling.yaml'


def rates(folder):
    """The error after true events rises with a constant rate (Huszar 2015)."""
    experiment = OracleExperiment(
        folder / 'rates', 'oracle:markov,order=1,min_steps=20,max_steps=20', NETWORK, 500,
        num_steps=20)
    return {f'rate {rate}': experiment.run(
        f'rate {rate}', SAMPLING, f'sampling_schedule=constant,sampling_rate={rate},'
        'sampling_max_probability=1.0') for rate in (0, 0.25, 0.5, 0.75, 1)}


def sources(folder):
    """The same coins, other events: does it matter that they are the network's own?"""
    experiment = OracleExperiment(
        folder / 'sources', 'oracle:motif,period=8,num_melodies=4000,min_steps=64,max_steps=64',
        NETWORK, 800, num_steps=64, primer_steps=8)
    found = {'baseline': experiment.run('baseline', CONFIGS / 'baseline.yaml')}
    for source, highest in (('model', 0.1), ('marginal', 0.1), ('uniform', 0.1), ('model', 0.25)):
        name = f'{source}, up to {highest}'
        found[name] = experiment.run(
            name.replace(', up to', ''), SAMPLING, f'sampling_source={source},'
            f'sampling_max_probability={highest},sampling_end_share=0.5')
    return found


def main(folder):
    print_table('oracle:markov by a constant rate', rates(folder))
    print_table('oracle:motif by the source of the events', sources(folder))


if __name__ == '__main__':
    main(Path(sys.argv[1] if len(sys.argv) > 1 else 'methods'))
