"""JOBS=training: teacher forcing against stock Magenta, the methods against teacher forcing."""

import random
import sys
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples
from magenta_reg.dataset.sequence_example import serialize
from magenta_reg.readers.tfrecord import write_record

from .figures import Figure
from .harness import Peer, run_peer
from .job import Job

PEERS = Path(__file__).parent / 'peers'
EXPERIMENTS = Path(__file__).parent.parent.parent / 'configs'

# How many times the speed of stock's melody_rnn_train, by config.
STOCK_TARGETS = {'basic_rnn': 1.15, 'lookback_rnn': 1.15, 'attention_rnn': 1.0}
METHOD_CONFIG = 'basic_rnn'
HPARAMS = {'rnn_layer_sizes': '[128,128]', 'dropout_keep_prob': '0.5'}

_NUM_NATURAL = 1000
# Several batches, and more than the hundred that stock's queue holds back for its shuffle.
_BATCHES_OF_EQUAL = 4


class Method(NamedTuple):
    """A method's step under the clock.

    Attributes:
        name: str, for the table.
        experiment: str, the stem of a file in configs/.
        hparams: dict, over the file's.
        at_most: float or None, the target: times the step of teacher forcing.
    """

    name: str
    experiment: str
    hparams: dict
    at_most: float | None = None


_HALF = {'sampling_schedule': 'constant', 'sampling_rate': '0.5', 'sampling_warmup_steps': '0'}
METHOD_STEPS = [
    Method('scheduled sampling, sequential', 'scheduled_sampling', _HALF, 1.6),
    Method('scheduled sampling, parallel', 'scheduled_sampling',
           {**_HALF, 'sampling_method': 'parallel'}, 1.5),
    Method('professor forcing', 'professor_forcing', {}, 3.5),
    Method('professor forcing, authors', 'professor_forcing_authors', {}),
]


class DataSets(NamedTuple):
    """Two data sets of one config, as TFRecords that both sides read.

    Attributes:
        natural: Path, melodies as they come.
        equal: Path, the longest melodies, cut to the shortest of them: without padding a step
            costs the same however batches are put together.
        equal_steps: int, events of each melody in `equal`, its first left out.
    """

    natural: Path
    equal: Path
    equal_steps: int


def make_job(settings):
    """Returns the Job: three configs against stock, the methods, and the input pipeline.

    Args:
        settings: Settings; without `input` the folk tunes are taken.
    """
    sets = {config: make_data_sets(config, settings) for config in STOCK_TARGETS}
    peers, figures = [], []
    for config, target in STOCK_TARGETS.items():
        for kind in ('equal', 'natural'):
            path = getattr(sets[config], kind)
            peers += _stock_pair(config, kind, path, settings)
            figures += _stock_figures(config, kind, target)
        peers.append(_ours(f'ours {config}, one batch', config, sets[config].equal, settings,
                           HPARAMS, feed='constant'))
        figures.append(Figure(f'{config}: step time, pipeline / one batch for ever',
                              (f'ours {config}, equal', 'step_secs'),
                              (f'ours {config}, one batch', 'step_secs')))
    method_peers, method_figures = _methods(sets[METHOD_CONFIG].equal, settings)
    lengths = ', '.join(f'{config} {data.equal_steps}' for config, data in sets.items())
    notes = [f'equal lengths, in events: {lengths}; without padding steps/s and events/s are one '
             'ratio', 'natural lengths: events/s count real events; stock pads what its queue '
             'happens to hold, ours batches by length']
    return Job(peers + method_peers, figures + method_figures, lambda: notes)


def _stock_pair(config, kind, path, settings):
    run_dir = settings.work_dir / 'runs' / f'{config}_{kind}'
    fresh = [sys.executable, '-c', 'import shutil, sys; shutil.rmtree(sys.argv[1], True)', run_dir]
    train = [sys.executable, PEERS / 'stock_train.py', settings.warmup_steps,
             settings.measured_steps, f'--config={config}', f'--run_dir={run_dir}',
             f'--sequence_example_file={path}', f'--hparams={_joined(HPARAMS, settings)}']
    return [Peer(f'stock {config}, {kind}', [fresh, train]),
            _ours(f'ours {config}, {kind}', config, path, settings, HPARAMS)]


def _ours(name, config, path, settings, hparams, experiment=None, feed='pipeline'):
    options = [f'--experiment={EXPERIMENTS / experiment}.yaml'] if experiment else []
    return Peer(name, [[
        sys.executable, PEERS / 'ours_train.py', f'--config={config}',
        f'--sequence_example_file={path}', f'--hparams={_joined(hparams, settings)}',
        f'--warmup_steps={settings.warmup_steps}', f'--measured_steps={settings.measured_steps}',
        f'--feed={feed}', *options]])


def _joined(hparams, settings):
    return ','.join(f'{name}={value}' for name, value in
                    {'batch_size': settings.batch_size, **hparams}.items())


def _stock_figures(config, kind, target):
    ours, stock = f'ours {config}, {kind}', f'stock {config}, {kind}'
    events = Figure(f'{config}, {kind} lengths: events/s of ours / stock',
                    (ours, 'events_per_sec'), (stock, 'events_per_sec'), at_least=target)
    memory = 'largest_process_mib'
    if kind == 'natural':
        return [events, Figure(f'{config}, natural lengths: steps/s of ours / stock',
                               (ours, 'steps_per_sec'), (stock, 'steps_per_sec'))]
    return [events, Figure(f'{config}: peak memory of ours / stock', (ours, memory),
                           (stock, memory)),
            Figure(f'{config}: peak memory of ours, MiB', (ours, memory))]


def _methods(path, settings):
    """Returns the peers and the figures of the methods, on melodies of equal length."""
    base = 'teacher forcing'
    peers = [_ours(base, METHOD_CONFIG, path, settings, {}, 'baseline')]
    figures = []
    for method in METHOD_STEPS:
        peers.append(_ours(method.name, METHOD_CONFIG, path, settings, method.hparams,
                           method.experiment))
        figures.append(Figure(f'{method.name}: step time / {base}', (method.name, 'step_secs'),
                              (base, 'step_secs'), at_most=method.at_most))
    figures += [Figure(f'{peer.name}: peak memory, MiB', (peer.name, 'largest_process_mib'))
                for peer in peers]
    return peers, figures


def make_data_sets(config, settings):
    """Makes the two data sets of a config.

    Args:
        config: str.
        settings: Settings.

    Returns:
        DataSets.

    Raises:
        UserError: If the music gives too few melodies for a batch.
    """
    folder, encoding = settings.work_dir / 'data' / config, ENCODINGS[config]
    command = Path(sys.executable).with_name('melody_rnn_reg_create_dataset')
    run_peer(Peer(f'data set for {config}', [[
        command, f'--config={config}', f'--input={settings.input or "folk"}',
        f'--output_dir={folder}']]))
    melodies = read_examples(folder / 'training_melodies.tfrecord', encoding).events
    random.Random(0).shuffle(melodies)
    equal = equal_lengths(melodies, _BATCHES_OF_EQUAL * settings.batch_size, settings.max_steps)
    paths = [folder / 'natural', folder / 'equal']
    for path, chosen in zip(paths, (melodies[:_NUM_NATURAL], equal), strict=True):
        with open(path, 'wb') as file:
            for events in chosen:
                write_record(file, serialize(*encoding.codec.encode(events)))
    return DataSets(*paths, equal_steps=len(equal[0]) - 1)


def equal_lengths(melodies, count, max_steps):
    """Returns the longest melodies, cut to the length of the shortest of them.

    Args:
        melodies: list of int32 [steps + 1], Melody events.
        count: int, how many to return.
        max_steps: int, the greatest length.

    Raises:
        UserError: If there are fewer.
    """
    if len(melodies) < count:
        raise UserError(f'{len(melodies)} melodies for training, {count} are needed: give more '
                        'music with --input, or a lower --batch_size')
    longest = sorted(melodies, key=len, reverse=True)[:count]
    length = min(len(longest[-1]), max_steps)
    return [events[:length] for events in longest]
