"""JOBS=data: from MIDI to SequenceExamples, against stock Magenta's two commands."""

import functools
import random
import shutil
import sys
from collections import Counter
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS

from .harness import Peer, run_peer
from .job import PEERS, Job, command
from .metrics import Metric

# How many times faster than stock, by config.
TARGETS = {'basic_rnn': 20, 'attention_rnn': 40}
MAX_MEMORY_MIB = 1024


def make_job(settings):
    """Returns the Job: both configs, whole commands and main alone, and our memory.

    Raises:
        UserError: If `settings.input` is no folder, or has too few MIDI files.
    """
    files = settings.work_dir / 'midi'
    copy_files(settings.input, files, settings.num_files)
    peers, metrics = [], []
    for config, target in TARGETS.items():
        peers += _peers(config, files, settings.work_dir)
        metrics += _metrics(config, target)
    everything = 'ours basic_rnn, all files'
    peers.append(_ours(everything, 'basic_rnn', settings.input, settings.work_dir / 'all'))
    memory = 'all_processes_mib'
    metrics += [
        Metric(f'memory, all files / {settings.num_files} files', (everything, memory),
               ('ours basic_rnn', memory)),
        Metric('memory, all files, MiB', (everything, memory), at_most=MAX_MEMORY_MIB),
        Metric('all files, whole command, seconds', (everything, 'wall_secs'), at_most=10),
    ]
    return Job(peers, metrics, functools.partial(_observe, files, settings.work_dir))


def copy_files(folder, target, num_files):
    """Copies MIDI files drawn from a folder, under the names they have there.

    Raises:
        UserError: If the folder has fewer.
    """
    if folder is None or not Path(folder).is_dir():
        raise UserError(f'--input={folder or ""} is no folder of MIDI files: name one, or set '
                        'MAGENTA_REG_ECOMPETITION')
    paths = sorted(path for path in Path(folder).rglob('*')
                   if path.suffix.lower() in ('.mid', '.midi'))
    if len(paths) < num_files:
        raise UserError(f'--input={folder} has {len(paths)} MIDI files: lower '
                        f'--num_files={num_files}')
    for path in random.Random(0).sample(paths, num_files):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _peers(config, files, work_dir):
    """Returns stock's two commands, our command, and our main alone.

    Stock draws no plot; our whole command draws one, as by default, our main none.
    """
    sequences = work_dir / f'{config}.tfrecord'
    stock = [sys.executable, PEERS / 'stock.py']
    return [
        Peer(f'stock {config}', [
            [*stock, 'magenta.scripts.convert_dir_to_note_sequences', f'--input_dir={files}',
             f'--output_file={sequences}', '--recursive'],
            [*stock, 'magenta.models.melody_rnn.melody_rnn_create_dataset',
             f'--input={sequences}', f'--output_dir={work_dir / "stock" / config}',
             f'--config={config}']]),
        _ours(f'ours {config}', config, files, work_dir / 'ours' / config),
        Peer(f'ours {config}, main', [
            [sys.executable, PEERS / 'ours_create_dataset.py',
             *_arguments(config, files, work_dir / 'main' / config), '--noplot']]),
    ]


def _ours(name, config, files, output_dir, *options):
    """Returns the Peer of our command as users type it."""
    return Peer(name, [[command('create_dataset'), *_arguments(config, files, output_dir),
                        *options]])


def _arguments(config, files, output_dir):
    # Stock splits by file.
    return ['--split_by=file', f'--config={config}', f'--input={files}',
            f'--output_dir={output_dir}']


def _metrics(config, target):
    stock, ours = f'stock {config}', f'ours {config}'
    return [
        Metric(f'{config}: time of stock / ours, whole commands as typed', (stock, 'wall_secs'),
               (ours, 'wall_secs'), at_least=target),
        Metric(f'{config}: time of stock / ours, without imports and plot', (stock, 'main_secs'),
               (f'{ours}, main', 'main_secs'), at_least=target),
        Metric(f'{config}: memory of ours / stock', (ours, 'all_processes_mib'),
               (stock, 'all_processes_mib')),
    ]


def _observe(files, work_dir):
    """Returns how many melodies both sides have, and how many of them are the same.

    Ours runs once more, keeping the duplicates that it removes by default.
    """
    from magenta_reg.dataset.examples import read_examples
    lines = []
    for config in TARGETS:
        output_dir = work_dir / 'with_duplicates' / config
        run_peer(_ours(f'ours {config}, with duplicates', config, files, output_dir,
                       '--keep_duplicates'))
        stock, ours = [
            Counter(events.tobytes() for events in read_examples(
                folder / '*_melodies.tfrecord', ENCODINGS[config]).events)
            for folder in (work_dir / 'stock' / config, output_dir)]
        lines.append(f'{config}: {stock.total():,} melodies of stock, {ours.total():,} of ours '
                     f'with --keep_duplicates, {(stock & ours).total():,} the same (all parts '
                     'together: stock splits at random)')
    return lines
