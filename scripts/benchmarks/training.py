"""JOBS=training: teacher forcing against stock Magenta, the methods against teacher forcing."""

import random
import sys
from pathlib import Path
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.examples import read_examples

from .harness import Peer, run_peer
from .job import PEERS, Job, command, empty, write_examples
from .metrics import Metric

EXPERIMENTS = Path(__file__).parent.parent.parent / 'configs'

# Speed / speed of stock's melody_rnn_train, by config.
STOCK_TARGETS = {'basic_rnn': 1.15, 'lookback_rnn': 1.15, 'attention_rnn': 1.0}
METHOD_CONFIG = 'basic_rnn'
HPARAMS = {'rnn_layer_sizes': '[128,128]', 'dropout_keep_prob': '0.5'}

_NUM_NATURAL = 1000
# Several batches, and more than the 100 that stock's queue keeps for its shuffle.
_BATCHES_OF_EQUAL = 4


class Method(NamedTuple):
    """A method whose steps are timed.

    Attributes:
        name: str, for the table.
        experiment: str, the stem of a file in configs/.
        hparams: dict, they override the file's.
        at_most: float or None, the target: step time / step time of teacher forcing.
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
        natural: Path, melodies of all lengths.
        equal: Path, the longest melodies, cut to the shortest of them: without padding a step
            takes the same time however batches are formed.
        equal_steps: int, events of each melody in `equal` after its first.
    """

    natural: Path
    equal: Path
    equal_steps: int


def make_job(settings):
    """Returns the Job: three configs against stock, the methods, and the input pipeline."""
    sets = {config: make_data_sets(config, settings) for config in STOCK_TARGETS}
    peers, metrics = [], []
    for config, target in STOCK_TARGETS.items():
        for kind in ('equal', 'natural'):
            path = getattr(sets[config], kind)
            peers += _stock_pair(config, kind, path, settings)
            metrics += _stock_metrics(config, kind, target)
        peers.append(_ours(f'ours {config}, one batch', config, sets[config].equal, settings,
                           HPARAMS, feed='constant'))
        metrics.append(Metric(f'{config}: step time, pipeline / one batch for ever',
                              (f'ours {config}, equal', 'step_secs'),
                              (f'ours {config}, one batch', 'step_secs')))
    method_peers, method_metrics = _methods(sets[METHOD_CONFIG].equal, settings)
    lengths = ', '.join(f'{config} {data.equal_steps}' for config, data in sets.items())
    notes = [f'equal lengths, in events: {lengths}; without padding steps/s and events/s are one '
             'ratio', 'natural lengths: events/s count real events; stock pads what its queue '
             'happens to hold, ours batches by length']
    return Job(peers + method_peers, metrics + method_metrics, lambda: notes)


def _stock_pair(config, kind, path, settings):
    run_dir = settings.work_dir / 'runs' / f'{config}_{kind}'
    train = [sys.executable, PEERS / 'stock_train.py', settings.warmup_steps,
             settings.measured_steps, f'--config={config}', f'--run_dir={run_dir}',
             f'--sequence_example_file={path}', f'--hparams={_joined(HPARAMS, settings)}']
    return [Peer(f'stock {config}, {kind}', [empty(run_dir), train]),
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


def _stock_metrics(config, kind, target):
    ours, stock = f'ours {config}, {kind}', f'stock {config}, {kind}'
    events = Metric(f'{config}, {kind} lengths: events/s of ours / stock',
                    (ours, 'events_per_sec'), (stock, 'events_per_sec'), at_least=target)
    memory = 'largest_process_mib'
    if kind == 'natural':
        return [events, Metric(f'{config}, natural lengths: steps/s of ours / stock',
                               (ours, 'steps_per_sec'), (stock, 'steps_per_sec'))]
    return [events, Metric(f'{config}: peak memory of ours / stock', (ours, memory),
                           (stock, memory)),
            Metric(f'{config}: peak memory of ours, MiB', (ours, memory))]


def _methods(path, settings):
    """Returns peers and metrics of the methods, on melodies of equal length."""
    base = 'teacher forcing'
    peers = [_ours(base, METHOD_CONFIG, path, settings, {}, 'baseline')]
    metrics = []
    for method in METHOD_STEPS:
        peers.append(_ours(method.name, METHOD_CONFIG, path, settings, method.hparams,
                           method.experiment))
        metrics.append(Metric(f'{method.name}: step time / {base}', (method.name, 'step_secs'),
                              (base, 'step_secs'), at_most=method.at_most))
    metrics += [Metric(f'{peer.name}: peak memory, MiB', (peer.name, 'largest_process_mib'))
                for peer in peers]
    return peers, metrics


def make_data_sets(config, settings):
    """Makes the DataSets of a config, of folk tunes if there is no `settings.input`.

    Raises:
        UserError: If the music has too few melodies for a batch.
    """
    folder, encoding = settings.work_dir / 'data' / config, ENCODINGS[config]
    run_peer(Peer(f'data set for {config}', [[
        command('create_dataset'), f'--config={config}', f'--input={settings.input or "folk"}',
        f'--output_dir={folder}']]))
    melodies = read_examples(folder / 'training_melodies.tfrecord', encoding).events
    random.Random(0).shuffle(melodies)
    equal = equal_lengths(melodies, _BATCHES_OF_EQUAL * settings.batch_size, settings.max_steps)
    paths = [folder / 'natural', folder / 'equal']
    for path, chosen in zip(paths, (melodies[:_NUM_NATURAL], equal), strict=True):
        write_examples(path, chosen, encoding.codec)
    return DataSets(*paths, equal_steps=len(equal[0]) - 1)


def equal_lengths(melodies, count, max_steps):
    """Returns the `count` longest melodies, cut to the shortest of them, at most `max_steps`.

    Raises:
        UserError: If there are fewer.
    """
    if len(melodies) < count:
        raise UserError(f'{len(melodies)} melodies for training, {count} are needed: give more '
                        'music with --input, or a lower --batch_size')
    longest = sorted(melodies, key=len, reverse=True)[:count]
    length = min(len(longest[-1]), max_steps)
    return [events[:length] for events in longest]
