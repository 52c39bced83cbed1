"""Small melodies, experiments and batches that many tests use."""

import numpy as np

from magenta_reg.compat import tf
from magenta_reg.data.batches import Batch
from magenta_reg.encodings import ENCODINGS
from magenta_reg.experiments import Experiment, default_hparams

NO_EVENT, NOTE_OFF = -2, -1


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
    """Returns a small Experiment without dropout."""
    encoding = ENCODINGS[config]
    small = {'rnn_layer_sizes': [12, 10], 'dropout_keep_prob': 1.0, 'batch_size': 8,
             'learning_rate': 0.01}
    if method == 'professor_forcing':
        small |= {'discriminator_gru_units': 6, 'discriminator_mlp_layer_sizes': [5]}
    if config == 'attention_rnn':
        small['attn_length'] = 5
    return Experiment(method, method, encoding,
                      {**default_hparams(encoding, method), **small, **hparams}, seed)


def constant_batch(batch):
    """Returns a Batch of NumPy arrays as constants of the default graph."""
    return Batch(*[tf.constant(array) for array in batch])
