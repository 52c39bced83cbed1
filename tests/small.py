"""Small melodies, experiments and batches that many tests use."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.encodings import ENCODINGS
from magenta_reg.dataset.batches import Batch
from magenta_reg.dataset.examples import Examples, example_record
from magenta_reg.model.experiment import Experiment, default_hparams, resolve_experiment
from magenta_reg.model.model import MelodyModel
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train

NO_EVENT, NOTE_OFF = -2, -1

EXPERIMENT_FILES = sorted((Path(__file__).parent.parent / 'configs').glob('*.yaml'))


def make_melodies(num_melodies, seed, min_steps=20, max_steps=48, low=55, high=77):
    """Returns melodies of a random walk over a scale, with held notes and rests, and repeats."""
    rng = np.random.default_rng(seed)
    melodies = []
    for _ in range(num_melodies):
        steps = int(rng.integers(min_steps, max_steps + 1))
        events = rng.integers(low, high, steps)
        events[rng.random(steps) < 0.5] = NO_EVENT
        events[rng.random(steps) < 0.1] = NOTE_OFF
        events[0] = rng.integers(low, high)
        events[16:] = np.where(rng.random(steps - 16) < 0.4, events[:-16], events[16:])
        melodies.append(events.astype(np.int32))
    return melodies


def make_experiment(method='teacher_forcing', config='basic_rnn', seed=0, **hparams):
    """Returns a small Experiment without dropout, of one shard: more take longer to build."""
    encoding = ENCODINGS[config]
    small = {'rnn_layer_sizes': [12, 10], 'dropout_keep_prob': 1.0, 'batch_size': 8,
             'learning_rate': 0.01, 'batch_shards': 1}
    if method in ('professor_forcing', 'seqgan'):
        small |= {'discriminator_gru_units': 6, 'discriminator_mlp_layer_sizes': [5]}
    if method == 'seqgan':
        small |= {'rollouts': 2, 'rollout_positions': 2}
    if config == 'attention_rnn':
        small['attn_length'] = 5
    return Experiment(method, method, encoding,
                      {**default_hparams(encoding, method), **small, **hparams}, seed)


def constant_batch(batch):
    """Returns a Batch of NumPy arrays as constants of the default graph."""
    return Batch(*[tf.constant(array) for array in batch])


class TrainedRun(NamedTuple):
    """A tiny run, its experiment, its newest weights and the melodies it was trained on."""

    run: Run
    experiment: Experiment
    model: MelodyModel
    melodies: list


def train_tiny(folder, file, config, hparams=''):
    """Trains an experiment file with tiny layers, every step on the same four melodies."""
    tiny = {'batch_size': '4', 'learning_rate': '0.02', 'rnn_layer_sizes': '[8,7]'}
    plain = resolve_experiment(file, config).hparams
    if plain['attn_length']:
        tiny['attn_length'] = '3'
    tiny |= {name: size for name, size in (('discriminator_gru_units', '4'),
                                           ('discriminator_mlp_layer_sizes', '[4]'),
                                           ('discriminator_warmup_steps', '0'))
             if plain.get(name)}
    if plain.get('adversarial_start') == 'plateau':  # There are no evaluations.
        tiny['adversarial_start'] = 'step'
    given = ','.join([*(f'{name}={value}' for name, value in tiny.items()), hparams]).strip(',')
    experiment = resolve_experiment(file, config, given)
    melodies = make_melodies(4, seed=7, min_steps=18, max_steps=24)
    run = Run(folder)
    train(run, experiment, Examples(melodies, 'made.tfrecord', 'made'), None,
          Schedule(num_training_steps=8, summary_frequency=1))
    return TrainedRun(run, experiment, MelodyModel.from_run(folder), melodies)


def write_examples(path, melodies, encoding):
    """Writes melodies as SequenceExamples with our encoder. Returns the path as str."""
    with open(path, 'wb') as file:
        for events in melodies:
            file.write(example_record(events, encoding.codec))
    return str(path)
