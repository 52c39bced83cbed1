"""JOBS=start: how long it takes to the help, the first training step and the first melody."""

import sys
from pathlib import Path

from . import targets
from .harness import Peer
from .inputs import make_data_sets, make_run
from .job import Job, command, empty, joined, peer_script
from .metrics import Metric
from .training import HPARAMS

CONFIG = 'basic_rnn'
_NAMES = {'help': '--help', 'training': 'one training step', 'melody': 'one melody of 32 steps'}


def make_job(settings):
    """Returns the Job: whole commands."""
    sets, run_dir = make_data_sets(CONFIG, settings), make_run(CONFIG, settings)
    folder = settings.work_dir / 'start'
    train = [f'--config={CONFIG}', f'--run_dir={folder}', '--num_training_steps=1',
             f'--sequence_example_file={sets.natural}',
             f'--hparams={joined({"batch_size": settings.batch_size, **HPARAMS})}']
    generate = [f'--run_dir={run_dir}', f'--output_dir={folder}', '--num_outputs=1',
                '--num_steps=32', '--primer_melody=[60]']
    stock = 'magenta.models.melody_rnn.melody_rnn_'
    commands = {
        'help': ([_stock_help()], [[command('train'), '--help']]),
        'training': ([empty(folder), peer_script('stock', f'{stock}train', *train)],
                     [empty(folder), [command('train'), *train]]),
        'melody': ([empty(folder), peer_script('stock', f'{stock}generate', f'--config={CONFIG}',
                                               '--hparams=batch_size=1,rnn_layer_sizes=[128,128]',
                                               *generate)],
                   [empty(folder), [command('generate'), *generate]])}
    peers, metrics = [], []
    for key, sides in commands.items():
        names = [f'{side}, {_NAMES[key]}' for side in ('stock', 'ours')]
        peers += map(Peer, names, sides)
        over, under = ((name, 'wall_secs') for name in names)
        metrics += [Metric(f'{_NAMES[key]}, seconds of stock / ours', over, under,
                           targets.START[key]),
                    Metric(f'{_NAMES[key]}, seconds of ours', under)]
    return Job(peers, metrics, lambda readings: [f'{CONFIG}; whole commands'])


def _stock_help():
    """Returns stock's --help, which ends with status 1."""
    program = Path(sys.executable).with_name('melody_rnn_train')
    return ['/bin/sh', '-c', 'TF_USE_LEGACY_KERAS=1 "$0" --help 2>&1 | grep USAGE', program]
