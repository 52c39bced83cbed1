"""A benchmark job: peers to run, metrics to compute from their readings, and the sizes of all."""

import sys
from pathlib import Path
from typing import NamedTuple

from .harness import Peer

PEERS = Path(__file__).parent / 'peers'
EXPERIMENTS = Path(__file__).parent.parent.parent / 'configs'


class Unavailable(Exception):
    """A job cannot run here; the text says why in one line. The others go on."""


class Settings(NamedTuple):
    """What is measured, and in which sizes. Sizes are flags; HELP says what they mean."""

    input: object  # Path, 'folk' or None, where the music comes from.
    work_dir: object  # Path, a folder that is removed afterwards; all jobs share it.
    configs: tuple = ('basic_rnn', 'lookback_rnn', 'attention_rnn')
    methods: tuple = ()
    torch_python: object = None  # Path of a Python that has PyTorch, or None.
    is_quick: bool = False  # Whether only what is in the table is measured.
    num_files: int = 100
    num_small_files: int = 20_000
    batch_size: int = 64
    warmup_steps: int = 3
    measured_steps: int = 10
    epochs: int = 2
    num_melodies: int = 1000
    max_steps: int = 512
    num_outputs: int = 100
    stock_outputs: int = 2
    num_steps: int = 512
    num_scored: int = 200
    stock_scored: int = 20
    num_runs: int = 20
    num_compared: int = 100
    study_steps: int = 100
    growth_points: int = 4

    def to_dict(self):
        """Returns what the readings depend on, but for paths, in plain types."""
        return {name: list(value) if isinstance(value, tuple) else value
                for name, value in self._asdict().items()
                if name not in ('input', 'work_dir', 'torch_python')}


QUICK = {'num_files': 20, 'num_small_files': 400, 'batch_size': 16, 'warmup_steps': 1,
         'measured_steps': 4, 'epochs': 1, 'num_melodies': 64, 'max_steps': 128, 'num_outputs': 20,
         'stock_outputs': 1, 'num_steps': 64, 'num_scored': 40, 'stock_scored': 4, 'num_runs': 4,
         'num_compared': 16, 'study_steps': 4, 'growth_points': 2}
QUICK_CONFIGS = ('basic_rnn',)
QUICK_METHODS = ('scheduled_sampling', 'professor_forcing')

HELP = {
    'num_files': 'data: MIDI files that both sides convert.',
    'num_small_files': 'data: files of the folder of small files, and of a tenth of them.',
    'batch_size': 'Melodies in a training batch, here and for stock.',
    'warmup_steps': 'Training steps before the clock starts.',
    'measured_steps': 'Training steps under the clock, on melodies of equal length.',
    'epochs': 'training: epochs under the clock, on melodies as they come.',
    'num_melodies': 'training, evaluation: melodies of an epoch.',
    'max_steps': 'Events to which melodies of equal length are cut.',
    'num_outputs': 'generation: melodies that ours makes a round.',
    'stock_outputs': 'generation: melodies that stock makes a round; each takes it seconds.',
    'num_steps': 'generation: steps of a melody.',
    'num_scored': 'likelihood: melodies that ours scores.',
    'stock_scored': 'likelihood: melodies that stock scores.',
    'num_runs': 'analysis: runs that are compared.',
    'num_compared': 'analysis: held-out melodies.',
    'study_steps': 'study: updates of a run.',
    'growth_points': 'growth: sizes, each twice the one before.',
}


class Job(NamedTuple):
    """Peers and metrics.

    Attributes:
        peers: list of Peer.
        metrics: list of Metric or Slope.
        observe: function of the readings (dict of a peer's name to list of dict), called after the
            last round, that returns a list of str: remarks below the table.
    """

    peers: list[Peer]
    metrics: list
    observe: object = lambda readings: []


def command(name):
    """Returns the Path of one of our console commands."""
    return Path(sys.executable).with_name(f'melody_rnn_reg_{name}')


def peer_script(name, *arguments):
    """Returns the argument list of a script in peers/, run by this Python."""
    return [sys.executable, PEERS / f'{name}.py', *arguments]


def empty(folder):
    """Returns the argument list of a process that removes a folder."""
    return [sys.executable, '-c', 'import shutil, sys; shutil.rmtree(sys.argv[1], True)', folder]


def joined(hparams):
    """Returns a dict of hparams as Magenta's text."""
    return ','.join(f'{name}={value}' for name, value in hparams.items())
