#!/usr/bin/env python
"""Professor forcing where mistakes come again in every repeat: docs/methods/professor_forcing.md.

    python scripts/methods/professor_forcing.py FOLDER          three seeds a row
    python scripts/methods/professor_forcing.py FOLDER search   many settings, one seed
    python scripts/methods/professor_forcing.py FOLDER fresh    the search's best, on fresh seeds

FOLDER gets the data set and runs; those that are there are not made again.
"""

import sys
from pathlib import Path

from oracle_runs import OracleExperiment, print_table

NETWORK = 'rnn_layer_sizes=[64],batch_size=32,learning_rate=0.003,dropout_keep_prob=1.0'
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
# Until the start the network is the baseline's, to the bit. A row's settings go over these.
SETTINGS = ('adversarial_start_share=0.5,adversarial_learning_rate_ratio=0.1,'
            'adversarial_weight=1')
ROWS = {
    'own Adam, ratio 0.1, gate 0.65': '',
    'no gate': 'gate_generator=0',
    'no gate, placebo': 'gate_generator=0,adversary=placebo',
    'no gate, one Adam': 'gate_generator=0,adversarial_learning_rate_ratio=0',
}
# Without a gate, or with one that the discriminator can pass, if it learns anything at all.
ONE_ADAM = 'gate_generator=0,adversarial_learning_rate_ratio=0'
SEARCH = {
    **{f'one Adam, weight {weight}': f'{ONE_ADAM},adversarial_weight={weight}'
       for weight in (0.005, 0.02, 0.05, 0.1, 0.3, 1)},
    **{f'own Adam, ratio {ratio}': f'gate_generator=0,adversarial_learning_rate_ratio={ratio}'
       for ratio in (0.01, 0.03, 0.3)},
    '5 updates of D': 'gate_generator=0,discriminator_updates=5',
    '5 updates of D, gate 0.55': 'gate_generator=0.55,gate_average=0.9,discriminator_updates=5,'
                                 'discriminator_learning_rate=0.01',
    **{f'behaviour {name}': f'gate_generator=0,behaviour={name}'
       for name in ('states', 'all_states_logits', 'readout_logits')},
    'behaviour readout_logits, D rate 0.001':
        'gate_generator=0,behaviour=readout_logits,discriminator_learning_rate=0.001',
    'windows of 48 events': 'gate_generator=0,free_running_steps=48,free_running_start=random',
    'use_c_t': 'gate_generator=0,use_c_t=True',
    'start at 0.25': 'gate_generator=0,adversarial_start_share=0.25',
    'start at 0.75': 'gate_generator=0,adversarial_start_share=0.75',
}
BEST = 'use_c_t'
FRESH_SEEDS = (3, 4, 5, 6, 7)


def main(folder, part):
    experiment = OracleExperiment(
        folder / 'motif', 'oracle:motif,num_melodies=1000,min_steps=96,max_steps=96', NETWORK, 400,
        num_steps=96, primer_steps=16, num_melodies=200, config='lookback_rnn')
    seeds = {'search': (0,), 'fresh': FRESH_SEEDS}.get(part, experiment.seeds)
    rows = {'search': SEARCH, 'fresh': {BEST: SEARCH[BEST]}}.get(part, ROWS)
    experiment = experiment._replace(seeds=seeds)
    found = {'baseline': experiment.run('baseline', CONFIGS / 'baseline.yaml')}
    for name, hparams in rows.items():
        settings = dict(pair.split('=') for pair in f'{SETTINGS},{hparams}'.split(',') if pair)
        found[name] = experiment.run(
            name.replace(',', ''), CONFIGS / 'professor_forcing.yaml',
            ','.join(f'{key}={value}' for key, value in settings.items()))
        print_table('oracle:motif so far', found)
    for name in ('baseline', *(['no gate', 'no gate placebo'] if rows is ROWS else [])):
        print_bars(name, *experiment.by_bar(name))


def print_bars(name, true, own):
    """Prints both errors and their ratio bar by bar, means over seeds."""
    print(f'\n{name}\n\n| bar | error after true events | after own events | ratio |\n'
          '|---|---|---|---|')
    for bar, pair in enumerate(zip(true.mean(axis=0), own.mean(axis=0), strict=True), 2):
        print(f'| {bar} | {pair[0]:.3f} | {pair[1]:.3f} | {pair[1] / pair[0]:.2f} |', flush=True)


if __name__ == '__main__':
    main(Path(sys.argv[1] if len(sys.argv) > 1 else 'methods'), ''.join(sys.argv[2:]))
