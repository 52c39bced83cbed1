"""JOBS=torch: the same network on the same batches, in PyTorch on the CPU."""

import subprocess

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import make_batch, training_batch_indices
from magenta_reg.dataset.examples import read_examples

from . import targets
from .harness import Peer, run_peer
from .inputs import make_data_sets
from .job import PEERS, Job, Unavailable, peer_script
from .metrics import Metric
from .training import HPARAMS, ours

CONFIG = 'basic_rnn'
# Of the losses of both sides without dropout, and of what two updates change in them: relative.
TOLERANCES = 1e-4, 0.02


def make_job(settings):
    """Returns the Job: events a second on melodies of equal length.

    Raises:
        Unavailable: If there is no PyTorch.
        UserError: If both sides do not compute the same losses, so that it is not one network.
    """
    check_available(settings.torch_python)
    sets = make_data_sets(CONFIG, settings)
    batches, weights = settings.work_dir / 'batches.npz', settings.work_dir / 'weights.npz'
    write_batches(batches, sets.equal, settings.batch_size)
    check_losses(settings.torch_python, batches, weights)
    theirs = Peer('torch', [[settings.torch_python, PEERS / 'torch_train.py', batches, weights,
                             settings.warmup_steps, settings.measured_steps, 0.5]])
    us = ours('ours', CONFIG, sets.equal, settings, HPARAMS, settings.measured_steps)
    speed = ('ours', 'events_per_sec'), ('torch', 'events_per_sec')
    note = (f'{CONFIG}, layers [128,128], {settings.batch_size} melodies of {sets.equal_steps} '
            'events, dropout 0.5, Adam, each gradient clipped; for the same weights both have '
            'the same losses, also after two updates')
    return Job([theirs, us], [
        Metric(f'{CONFIG}, events/s of ours / torch', *speed, targets.PYTORCH),
        Metric('events/s of torch', speed[1])], lambda readings: [note])


def check_available(python):
    """Raises Unavailable if a Python, a Path or None, has no PyTorch."""
    if not python or not python.exists():
        raise Unavailable(f'no Python with PyTorch at --torch_python={python or ""}: make bench '
                          'makes one, where it can be installed')
    done = subprocess.run([python, '-c', 'import torch'], capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f'{python} has no PyTorch: {done.stderr.strip().splitlines()[-1]}')


def write_batches(path, examples, batch_size):
    """Writes the batches of an epoch as one-hot indices: `classes`, `labels` [n, batch, steps]."""
    encoding = ENCODINGS[CONFIG]
    melodies = read_examples(examples, encoding).events
    lengths = [len(events) - 1 for events in melodies]
    batches = [make_batch([melodies[i] for i in
                           training_batch_indices(lengths, batch_size, 0, step)], encoding.codec)
               for step in range(len(melodies) // batch_size)]
    np.savez(path, classes=np.stack([batch.inputs.argmax(-1) for batch in batches]),
             labels=np.stack([batch.labels for batch in batches]))


def check_losses(python, batches, weights):
    """Writes our first weights, and checks what both sides compute from them.

    Raises:
        UserError: If a loss differs.
    """
    us = run_peer(Peer('ours, losses', [peer_script('ours_losses', batches, weights)]))
    theirs = run_peer(Peer('torch, losses', [
        [python, PEERS / 'torch_train.py', batches, weights, 0, 2, 1.0]]))
    changes = [each['loss_2'] - each['loss_0'] for each in (us, theirs)]
    for what, pair, tolerance in (('the loss', (us['loss_0'], theirs['loss_0']), TOLERANCES[0]),
                                  ('its change by two updates', changes, TOLERANCES[1])):
        if not abs(pair[0] - pair[1]) <= tolerance * abs(pair[0]):
            raise UserError(f'not the same network: {what} is {pair[0]:.6f} in ours and '
                            f'{pair[1]:.6f} in torch')
