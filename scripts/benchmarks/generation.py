"""JOBS=generation: melodies of one checkpoint, against stock Magenta's melody_rnn_generate."""

import sys
from pathlib import Path

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.sequence_example import serialize
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.extraction.squash import squash
from magenta_reg.readers.tfrecord import write_record
from magenta_reg.sources.known_sets import folk_source

from .figures import Figure
from .harness import Peer, run_peer
from .job import Job

PEERS = Path(__file__).parent / 'peers'

# How many times faster than stock a melody is to be made, by config.
TARGETS = {'basic_rnn': 300, 'lookback_rnn': 300, 'attention_rnn': 50}
MEMORY_CONFIG = 'basic_rnn'
# Times the memory for ten times the melodies.
MAX_MEMORY_RATIO = 1.1
BATCH_SIZES = [16, 64, 256]

# How fast a network generates hardly depends on what it learned; how many notes it writes does.
_TRAINING_STEPS = 30
_NUM_TRAINING_MELODIES = 256
_MAX_TRAINING_STEPS = 128
_PRIMER = '--primer_melody=[60]'


def make_job(settings):
    """Returns the Job: three configs against stock, memory, and speed by batch size.

    Args:
        settings: Settings; `input` is not used: the networks learn from folk tunes.
    """
    runs = make_runs(settings)
    peers, figures = [], []
    for config, target in TARGETS.items():
        peers += [_stock(f'stock {config}', config, runs[config], settings, settings.batch_size),
                  _stock(f'stock {config}, batch_size=1', config, runs[config], settings, 1),
                  _ours(f'ours {config}', runs[config], settings, settings.num_outputs)]
        figures += _figures(config, target, settings)
    more_peers, more_figures = _memory(runs[MEMORY_CONFIG], settings)
    speed_peers, speed_figures = _batch_sizes(runs[MEMORY_CONFIG], settings)
    notes = [
        f'melodies of {settings.num_steps} steps, layers [128,128]; stock made '
        f'{settings.stock_outputs} a run, ours {settings.num_outputs}; written as MIDI by both, '
        'and scored by ours',
        f'stock takes the hparams of the training, as its README says: batch_size='
        f'{settings.batch_size} rows, all but one of them copies; --hparams=batch_size=1 is its '
        'fastest',
        f'whole commands: import, graph and {settings.num_outputs} melodies, reckoned for stock '
        f'from {settings.stock_outputs}']
    return Job(peers + more_peers + speed_peers, figures + more_figures + speed_figures,
               lambda: notes)


def _stock(name, config, run_dir, settings, batch_size):
    return Peer(name, [[
        sys.executable, PEERS / 'stock_generate.py', settings.num_outputs, f'--config={config}',
        f'--run_dir={run_dir}', f'--hparams=batch_size={batch_size},rnn_layer_sizes=[128,128]',
        f'--output_dir={run_dir / "stock"}', f'--num_outputs={settings.stock_outputs}',
        f'--num_steps={settings.num_steps}', _PRIMER, '--log=ERROR']])


def _ours(name, run_dir, settings, num_outputs, *options):
    """Returns the Peer of our command; each of its runs starts from an empty folder."""
    output_dir = settings.work_dir / 'generated' / name.replace(' ', '_')
    empty = [sys.executable, '-c', 'import shutil, sys; shutil.rmtree(sys.argv[1], True)',
             output_dir]
    return Peer(name, [empty, [
        sys.executable, PEERS / 'ours_generate.py', f'--run_dir={run_dir}',
        f'--output_dir={output_dir}', f'--num_outputs={num_outputs}',
        f'--num_steps={settings.num_steps}', _PRIMER, *options]])


def _figures(config, target, settings):
    ours, stock = f'ours {config}', f'stock {config}'
    fastest = f'{stock}, batch_size=1'
    return [
        Figure(f'{config}: seconds a melody of stock / ours', (stock, 'melody_secs'),
               (ours, 'melody_secs'), at_least=target),
        Figure(f'{config}: the same with stock at batch_size=1', (fastest, 'melody_secs'),
               (ours, 'melody_secs')),
        Figure(f'{config}: processor seconds a melody of stock / ours',
               (stock, 'melody_cpu_secs'), (ours, 'melody_cpu_secs')),
        Figure(f'{config}: whole commands, {settings.num_outputs} melodies, stock / ours',
               (stock, 'reckoned_secs'), (ours, 'wall_secs')),
        *[Figure(f'{config}: seconds of {side}, {what}', (peer, key))
          for side, peer in (('stock', stock), ('ours', ours))
          for what, key in (('a melody', 'melody_secs'), ('import', 'import_secs'),
                            ('graph', 'graph_secs'))],
    ]


def _memory(run_dir, settings):
    """Returns a peer of ten times the melodies, and what memory it takes beside the others."""
    few, many = f'ours {MEMORY_CONFIG}', f'ours {MEMORY_CONFIG}, ten times the melodies'
    memory, num_many = 'largest_process_mib', 10 * settings.num_outputs
    return [_ours(many, run_dir, settings, num_many)], [
        Figure(f'peak memory of ours, {num_many} melodies / {settings.num_outputs}',
               (many, memory), (few, memory), at_most=MAX_MEMORY_RATIO),
        Figure(f'peak memory of ours, {num_many} melodies, MiB', (many, memory)),
        Figure('peak memory of ours / stock', (few, memory), (f'stock {MEMORY_CONFIG}', memory)),
    ]


def _batch_sizes(run_dir, settings):
    """Returns peers of several batch sizes, and how many melodies a second each makes."""
    peers = [_ours(f'ours {MEMORY_CONFIG}, batches of {size}', run_dir, settings,
                   max(size, settings.num_outputs), f'--batch_size={size}')
             for size in BATCH_SIZES]
    return peers, [Figure(f'{peer.name}: melodies a second', (peer.name, 'melodies_per_sec'))
                   for peer in peers]


def make_runs(settings):
    """Trains a short run of each config that both sides open.

    Args:
        settings: Settings.

    Returns:
        dict of str to Path, run folders by config.
    """
    melodies = real_melodies(_NUM_TRAINING_MELODIES)
    return {config: _make_run(config, melodies, settings) for config in TARGETS}


def real_melodies(count):
    """Returns melodies of music21's tune books, in the key and the range that all targets have.

    Args:
        count: int.

    Returns:
        list of int32 [steps + 1], Melody events.
    """
    source, encoding, melodies = folk_source(), ENCODINGS['basic_rnn'], []
    codec = encoding.codec
    for book in source.items:
        for piece in source.read(book):
            found = extract_melodies(piece.notes).melodies if piece.notes is not None else []
            melodies += [squash(events, codec.min_note, codec.max_note, encoding.transpose_to_key)
                         for events in found]
        if len(melodies) >= count:
            break
    return melodies[:count]


def _make_run(config, melodies, settings):
    examples, run_dir = settings.work_dir / f'{config}.tfrecord', settings.work_dir / config
    with open(examples, 'wb') as file:
        for events in melodies:
            write_record(file, serialize(
                *ENCODINGS[config].codec.encode(events[:_MAX_TRAINING_STEPS])))
    run_peer(Peer(f'run of {config}', [[
        _command('train'), f'--config={config}', f'--run_dir={run_dir}',
        f'--sequence_example_file={examples}', f'--num_training_steps={_TRAINING_STEPS}',
        f'--hparams=batch_size={settings.batch_size},rnn_layer_sizes=[128,128],'
        'learning_rate=0.005', '--free_running_melodies=0', '--train_loss_melodies=0']]))
    return run_dir


def _command(name):
    return Path(sys.executable).with_name(f'melody_rnn_reg_{name}')
