"""JOBS=evaluation: one exact pass over a part, against stock's --eval to its first numbers."""

from . import targets
from .harness import Peer
from .inputs import make_data_sets, make_run
from .job import Job, command, joined, peer_script
from .metrics import Metric
from .training import HPARAMS


def make_job(settings):
    """Returns the Job: whole commands, the same checkpoint and the same melodies."""
    peers, metrics, notes = [], [], []
    for config in settings.configs:
        sets, run_dir = make_data_sets(config, settings), make_run(config, settings)
        files = [f'--run_dir={run_dir}', f'--sequence_example_file={sets.natural}']
        hparams = joined({'batch_size': settings.batch_size, **HPARAMS})
        stock, ours = f'stock {config}', f'ours {config}'
        peers += [Peer(stock, [peer_script('stock_eval', '--eval', f'--config={config}', *files,
                                           f'--hparams={hparams}')]),
                  Peer(ours, [[command('train'), '--eval', *files]])]
        if not settings.is_quick:
            main = f'ours {config}, main'
            peers.append(Peer(main, [peer_script('ours_eval', '--eval', *files)]))
            metrics.append(Metric(f'{config}, seconds of stock / ours, without imports',
                                  (stock, 'main_secs'), (main, 'main_secs')))
        metrics += [Metric(f'{config}, seconds of stock / ours', (stock, 'wall_secs'),
                           (ours, 'wall_secs'), targets.EVALUATION),
                    Metric(f'{config}, seconds of ours', (ours, 'wall_secs'))]
        batches = sets.num_natural // settings.batch_size
        notes.append(f'{config}: ours evaluates {sets.num_natural} melodies, stock the '
                     f'{batches * settings.batch_size} that fill its batches')
    notes.append('stock never ends; its clock stops when it has written the summary of the part: '
                 'what it logs before is read from sums that are still 0')
    return Job(peers, metrics, lambda readings: notes)
