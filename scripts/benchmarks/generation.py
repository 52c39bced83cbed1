"""JOBS=generation: melodies of one checkpoint, against stock Magenta's melody_rnn_generate."""

import sys

from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.extraction.melodies import extract_melodies
from magenta_reg.extraction.squash import squash
from magenta_reg.sources.known_sets import folk_source

from .harness import Peer, run_peer
from .job import PEERS, Job, command, empty, write_examples
from .metrics import Metric

# How many times faster than stock, by config.
TARGETS = {'basic_rnn': 300, 'lookback_rnn': 300, 'attention_rnn': 50}
MEMORY_CONFIG = 'basic_rnn'
# Memory for ten times the melodies / memory.
MAX_MEMORY_RATIO = 1.1
BATCH_SIZES = [16, 64, 256]

# Speed hardly depends on how well a network is trained; the number of notes it writes does.
_TRAINING_STEPS = 30
_NUM_TRAINING_MELODIES = 256
_MAX_TRAINING_STEPS = 128
_PRIMER = '--primer_melody=[60]'


def make_job(settings):
    """Returns the Job: three configs against stock, memory, and speed by batch size.

    The networks are trained on folk tunes, whatever `settings.input` is.
    """
    runs = make_runs(settings)
    peers, metrics = [], []
    for config, target in TARGETS.items():
        peers += [_stock(f'stock {config}', config, runs[config], settings, settings.batch_size),
                  _stock(f'stock {config}, batch_size=1', config, runs[config], settings, 1),
                  _ours(f'ours {config}', runs[config], settings, settings.num_outputs)]
        metrics += _metrics(config, target, settings)
    more_peers, more_metrics = _memory(runs[MEMORY_CONFIG], settings)
    speed_peers, speed_metrics = _batch_sizes(runs[MEMORY_CONFIG], settings)
    notes = [
        f'melodies of {settings.num_steps} steps, layers [128,128]; stock made '
        f'{settings.stock_outputs} a run, ours {settings.num_outputs}; written as MIDI by both, '
        'and scored by ours',
        f'stock takes the hparams of the training, as its README says: batch_size='
        f'{settings.batch_size} rows, all but one of them copies; --hparams=batch_size=1 is its '
        'fastest',
        f'whole commands: import, graph and {settings.num_outputs} melodies, estimated for stock '
        f'from {settings.stock_outputs}']
    return Job(peers + more_peers + speed_peers, metrics + more_metrics + speed_metrics,
               lambda: notes)


def _stock(name, config, run_dir, settings, batch_size):
    return Peer(name, [[
        sys.executable, PEERS / 'stock_generate.py', settings.num_outputs, f'--config={config}',
        f'--run_dir={run_dir}', f'--hparams=batch_size={batch_size},rnn_layer_sizes=[128,128]',
        f'--output_dir={run_dir / "stock"}', f'--num_outputs={settings.stock_outputs}',
        f'--num_steps={settings.num_steps}', _PRIMER, '--log=ERROR']])


def _ours(name, run_dir, settings, num_outputs, *options):
    """Returns the Peer of our command; every round starts with an empty folder."""
    output_dir = settings.work_dir / 'generated' / name.replace(' ', '_')
    return Peer(name, [empty(output_dir), [
        sys.executable, PEERS / 'ours_generate.py', f'--run_dir={run_dir}',
        f'--output_dir={output_dir}', f'--num_outputs={num_outputs}',
        f'--num_steps={settings.num_steps}', _PRIMER, *options]])


def _metrics(config, target, settings):
    ours, stock = f'ours {config}', f'stock {config}'
    fastest = f'{stock}, batch_size=1'
    return [
        Metric(f'{config}: seconds a melody of stock / ours', (stock, 'melody_secs'),
               (ours, 'melody_secs'), at_least=target),
        Metric(f'{config}: the same with stock at batch_size=1', (fastest, 'melody_secs'),
               (ours, 'melody_secs')),
        Metric(f'{config}: processor seconds a melody of stock / ours',
               (stock, 'melody_cpu_secs'), (ours, 'melody_cpu_secs')),
        Metric(f'{config}: whole commands, {settings.num_outputs} melodies, stock / ours',
               (stock, 'reckoned_secs'), (ours, 'wall_secs')),
        *[Metric(f'{config}: seconds of {side}, {what}', (peer, key))
          for side, peer in (('stock', stock), ('ours', ours))
          for what, key in (('a melody', 'melody_secs'), ('import', 'import_secs'),
                            ('graph', 'graph_secs'))],
    ]


def _memory(run_dir, settings):
    """Returns a peer with ten times the melodies, and metrics of its memory."""
    few, many = f'ours {MEMORY_CONFIG}', f'ours {MEMORY_CONFIG}, ten times the melodies'
    memory, num_many = 'largest_process_mib', 10 * settings.num_outputs
    return [_ours(many, run_dir, settings, num_many)], [
        Metric(f'peak memory of ours, {num_many} melodies / {settings.num_outputs}',
               (many, memory), (few, memory), at_most=MAX_MEMORY_RATIO),
        Metric(f'peak memory of ours, {num_many} melodies, MiB', (many, memory)),
        Metric('peak memory of ours / stock', (few, memory), (f'stock {MEMORY_CONFIG}', memory)),
    ]


def _batch_sizes(run_dir, settings):
    """Returns peers of several batch sizes, and their melodies a second."""
    peers = [_ours(f'ours {MEMORY_CONFIG}, batches of {size}', run_dir, settings,
                   max(size, settings.num_outputs), f'--batch_size={size}')
             for size in BATCH_SIZES]
    return peers, [Metric(f'{peer.name}: melodies a second', (peer.name, 'melodies_per_sec'))
                   for peer in peers]


def make_runs(settings):
    """Trains a short run of each config: dict of config to Path of the run folder."""
    melodies = real_melodies(_NUM_TRAINING_MELODIES)
    return {config: _make_run(config, melodies, settings) for config in TARGETS}


def real_melodies(count):
    """Returns `count` melodies of folk tunes in the key and range that all targets have."""
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
    write_examples(examples, [events[:_MAX_TRAINING_STEPS] for events in melodies],
                   ENCODINGS[config].codec)
    run_peer(Peer(f'run of {config}', [[
        command('train'), f'--config={config}', f'--run_dir={run_dir}',
        f'--sequence_example_file={examples}', f'--num_training_steps={_TRAINING_STEPS}',
        f'--hparams=batch_size={settings.batch_size},rnn_layer_sizes=[128,128],'
        'learning_rate=0.005', '--free_running_melodies=0', '--train_loss_melodies=0']]))
    return run_dir
