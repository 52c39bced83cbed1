"""JOBS=data: from MIDI to SequenceExamples, against stock Magenta's two commands; many files."""

import random
import shutil
from collections import Counter
from pathlib import Path

import numpy as np

from magenta_reg.base.errors import UserError
from magenta_reg.codec.encodings import ENCODINGS

from . import targets
from .harness import Peer, run_peer
from .job import Job, command, peer_script
from .metrics import Metric

_MEMORY = 'all_processes_mib'


def make_job(settings):
    """Returns the Job: the configs, whole commands and main alone; all files, and small ones.

    Raises:
        UserError: If `settings.input` is no folder, or has too few MIDI files.
    """
    files = settings.work_dir / 'midi'
    copy_files(settings.input, files, settings.num_files)
    peers, metrics = [], []
    for config in settings.configs:
        peers += _peers(config, files, settings.work_dir)
        metrics += _metrics(config)
    for more in (_small_files,) if settings.is_quick else (_small_files, _all_files):
        more_peers, more_metrics = more(settings)
        peers, metrics = peers + more_peers, metrics + more_metrics
    return Job(peers, metrics, lambda readings: _observe(settings, files))


def copy_files(folder, target, num_files):
    """Copies MIDI files drawn from a folder, under the names they have there.

    Raises:
        UserError: If the folder has fewer.
    """
    if folder is None or not Path(folder).is_dir():
        raise UserError(f'--input={folder or ""} is no folder of MIDI files: name one, or set '
                        'MAGENTA_REG_ECOMPETITION')
    paths = _midi_files(folder)
    if len(paths) < num_files:
        raise UserError(f'--input={folder} has {len(paths)} MIDI files: lower '
                        f'--num_files={num_files}')
    for path in random.Random(0).sample(paths, num_files):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _midi_files(folder):
    return sorted(path for path in Path(folder).rglob('*')
                  if path.suffix.lower() in ('.mid', '.midi'))


def _small_files(settings):
    """Returns peers of a folder of small files and of a tenth of them, and their metrics."""
    peers, names, many = [], [], settings.num_small_files
    for count in (many, max(many // 10, 1)):
        folder = settings.work_dir / f'small_{count}'
        write_small_files(folder, count)
        names.append(f'ours, {count:,} small files')
        peers.append(create_peer(names[-1], 'basic_rnn', folder,
                                 settings.work_dir / f'of_small_{count}', '--noplot'))
    large, small = names
    share = max(many // 10, 1) / many
    return peers, [
        Metric(f'seconds a file, {many:,} small files / a tenth', (large, 'wall_secs'),
               (small, 'wall_secs'), targets.DATA_LINEAR, share),
        Metric(f'{many:,} small files, memory, MiB', (large, _MEMORY), None, targets.DATA_MEMORY),
        Metric(f'{many:,} small files, memory / of a tenth', (large, _MEMORY), (small, _MEMORY)),
        Metric(f'{many:,} small files, files a second', None, (large, 'wall_secs'), factor=many)]


def write_small_files(folder, count):
    """Writes MIDI files of one melody of eight bars each, all different."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        pitches = 60 + rng.integers(0, 24, 32)
        # A quarter note each: 96 ticks on, then off; a length of one byte is below 128.
        notes = b''.join(bytes([0, 0x90, pitch, 80, 96, 0x80, pitch, 0]) for pitch in pitches)
        track = notes + b'\x00\xff\x2f\x00'
        (folder / f'{number:06}.mid').write_bytes(
            b'MThd' + (6).to_bytes(4, 'big') + bytes([0, 0, 0, 1, 0, 96])
            + b'MTrk' + len(track).to_bytes(4, 'big') + track)


def _all_files(settings):
    """Returns the peer of the whole input, and its metrics."""
    count, name = len(_midi_files(settings.input)), 'ours, all performances'
    peer = create_peer(name, 'basic_rnn', settings.input, settings.work_dir / 'all')
    return [peer], [
        Metric(f'{count:,} performances, seconds', (name, 'wall_secs')),
        Metric(f'{count:,} performances, files a second', None, (name, 'wall_secs'), factor=count),
        Metric(f'{count:,} performances, memory, MiB', (name, _MEMORY), None,
               targets.DATA_MEMORY)]


def _peers(config, files, work_dir):
    """Returns stock's two commands, our command with and without its plot, and our main alone.

    Stock draws no plot, nor does our main.
    """
    sequences = work_dir / f'{config}.tfrecord'
    return [
        Peer(f'stock {config}', [
            peer_script('stock', 'magenta.scripts.convert_dir_to_note_sequences',
                        f'--input_dir={files}', f'--output_file={sequences}', '--recursive'),
            peer_script('stock', 'magenta.models.melody_rnn.melody_rnn_create_dataset',
                        f'--input={sequences}', f'--output_dir={work_dir / "stock" / config}',
                        f'--config={config}')]),
        create_peer(f'ours {config}', config, files, work_dir / 'ours' / config),
        create_peer(f'ours {config}, no plot', config, files, work_dir / 'no_plot' / config,
                    '--noplot'),
        Peer(f'ours {config}, main', [peer_script(
            'ours_create_dataset', *_arguments(config, files, work_dir / 'main' / config),
            '--noplot')]),
    ]


def create_peer(name, config, files, output_dir, *options):
    """Returns the Peer of our command as users type it."""
    return Peer(name, [[command('create_dataset'), *_arguments(config, files, output_dir),
                        *options]])


def _arguments(config, files, output_dir):
    # Stock splits by file.
    return ['--split_by=file', f'--config={config}', f'--input={files}',
            f'--output_dir={output_dir}']


def _metrics(config):
    stock, ours = f'stock {config}', f'ours {config}'
    return [
        Metric(f'{config}, seconds of stock / ours, whole commands', (stock, 'wall_secs'),
               (ours, 'wall_secs'), targets.DATA_WHOLE),
        Metric(f'{config}, the same without our plot, as stock draws none', (stock, 'wall_secs'),
               (f'{ours}, no plot', 'wall_secs'), targets.DATA_WHOLE),
        Metric(f'{config}, seconds of stock / ours, without start-up and plot',
               (stock, 'main_secs'), (f'{ours}, main', 'main_secs'), targets.DATA_MAIN),
        Metric(f'{config}, memory of ours / stock', (ours, _MEMORY), (stock, _MEMORY)),
    ]


def _observe(settings, files):
    """Returns how many melodies both sides have, and how many of them are the same.

    Ours runs once more, keeping the duplicates that it removes by default.
    """
    from magenta_reg.dataset.examples import read_examples
    lines, work_dir = [], settings.work_dir
    for config in settings.configs:
        output_dir = work_dir / 'with_duplicates' / config
        run_peer(create_peer(f'ours {config}, with duplicates', config, files, output_dir,
                             '--keep_duplicates'))
        stock, ours = [
            Counter(events.tobytes() for events in read_examples(
                folder / '*_melodies.tfrecord', ENCODINGS[config]).events)
            for folder in (work_dir / 'stock' / config, output_dir)]
        lines.append(f'{config}: {stock.total():,} melodies of stock, {ours.total():,} of ours '
                     f'with --keep_duplicates, {(stock & ours).total():,} the same (all parts '
                     'together: stock splits at random)')
    return lines
