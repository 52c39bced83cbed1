"""JOBS=growth: how the time grows with batch, length, units, files, melodies and seeds."""

import numpy as np

from magenta_reg.codec.encodings import ENCODINGS

from . import targets
from .analysis import compare, runs_shape
from .data import create_peer, write_small_files
from .generation import generate_peer
from .inputs import make_run, real_melodies, write_examples
from .job import Job
from .metrics import Slope
from .training import ours

CONFIG = 'basic_rnn'
# The smallest size of each, and what the others keep.
_BATCH, _LENGTH, _UNITS = 16, 64, 64
_FILES, _MELODIES = 500, 32


def make_job(settings):
    """Returns the Job: a slope a size; every size is twice the one before."""
    growing = [_batches, _lengths, _files]
    growing += [] if settings.is_quick else [_units, _melodies, _seeds]
    peers, metrics = [], []
    for grow in growing:
        name, key, by_size = grow(settings)
        peers += by_size.values()
        metrics.append(Slope(name, {size: (peer.name, key) for size, peer in by_size.items()},
                             targets.GROWTH))
    return Job(peers, metrics, lambda readings: [
        f'{CONFIG}; layers of {_UNITS} units, {_BATCH} melodies of {_LENGTH} events where nothing '
        'else is said; files, melodies and seeds: whole commands, their start counts'])


def _sizes(smallest, settings):
    return [smallest * 2 ** index for index in range(settings.growth_points)]


def _train(name, settings, batch_size, length, units):
    """Returns the Peer of training steps on melodies of one length, made of repeated tunes."""
    path = settings.work_dir / f'growth_{batch_size}_{length}'
    melodies = [np.resize(events, length + 1) for events in real_melodies(2 * batch_size)]
    write_examples(path, melodies, ENCODINGS[CONFIG].codec)
    hparams = {'rnn_layer_sizes': f'[{units},{units}]', 'batch_size': batch_size}
    return ours(name, CONFIG, path, settings, hparams, settings.measured_steps)


def _batches(settings):
    return 'melodies in a batch', 'step_secs', {
        size: _train(f'batch of {size}', settings, size, _LENGTH, _UNITS)
        for size in _sizes(_BATCH, settings)}


def _lengths(settings):
    return 'events of a melody', 'step_secs', {
        size: _train(f'{size} events', settings, _BATCH, size, _UNITS)
        for size in _sizes(_LENGTH, settings)}


def _units(settings):
    return 'units of a layer', 'step_secs', {
        size: _train(f'{size} units', settings, _BATCH, _LENGTH, size)
        for size in _sizes(_UNITS, settings)}


def _files(settings):
    peers = {}
    for size in _sizes(_FILES, settings):
        folder = settings.work_dir / f'growth_files_{size}'
        write_small_files(folder, size)
        peers[size] = create_peer(f'{size} files', CONFIG, folder,
                                  settings.work_dir / f'growth_of_files_{size}', '--noplot')
    return 'MIDI files of a data set', 'wall_secs', peers


def _melodies(settings):
    run_dir = make_run(CONFIG, settings)
    return 'melodies generated', 'wall_secs', {
        size: generate_peer(f'{size} melodies', run_dir, settings, size)
        for size in _sizes(_MELODIES, settings)}


def _seeds(settings):
    _, num_seeds = runs_shape(settings)
    sizes = [size for size in _sizes(1, settings) if size <= num_seeds]
    return 'seeds of each method compared', 'wall_secs', {
        size: compare(settings, size) for size in sizes}
