"""The graph that trains by teacher forcing equals an independent network in NumPy, with any noise.

Loss, accuracy and the gradient that Adam is given, on rows of different lengths.
"""

import numpy as np
import pytest

from magenta_reg.codec.encodings import ENCODINGS
from tests.reference import draws
from tests.reference.training import (
    STEP,
    assert_gradients,
    fed_accuracy,
    fed_loss,
    run_update,
)
from tests.small import make_experiment, make_melodies

NOISES = {
    'none': {},
    'dropout': {'dropout_keep_prob': 0.6},
    'variational': {'dropout_keep_prob': 0.6, 'dropout_mode': 'variational'},
    'recurrent': {'recurrent_dropout_keep_prob': 0.7},
    'recurrent_variational': {'recurrent_dropout_keep_prob': 0.7, 'dropout_mode': 'variational'},
    'zoneout': {'zoneout_prob': 0.3},
    'all': {'dropout_keep_prob': 0.6, 'recurrent_dropout_keep_prob': 0.7, 'zoneout_prob': 0.3},
}


def training_experiment(method='teacher_forcing', config='basic_rnn', **hparams):
    """Returns an Experiment of equal layers, as the same masks for all would show, without clip."""
    return make_experiment(method, config, **{
        'clip_norm': 1e9, 'rnn_layer_sizes': [9, 9], 'weight_decay': 0.0, **hparams})


CASES = [(config, noise, False) for config in ENCODINGS for noise in ('none', 'all')]
CASES += [('basic_rnn', noise, False) for noise in NOISES if noise not in ('none', 'all')]
CASES += [('attention_rnn', noise, True) for noise in ('none', 'all')]
CASES += [('lookback_rnn', 'dropout', True)]


@pytest.mark.parametrize(('config', 'noise', 'residual'), CASES)
def test_one_update_of_teacher_forcing_equals_numpy(config, noise, residual):
    experiment = training_experiment(config=config, seed=2, residual_connections=residual,
                                     **NOISES[noise])
    melodies = make_melodies(4, seed=21, min_steps=18, max_steps=40)
    update = run_update(experiment, melodies)
    fed = [melody[:-1] for melody in melodies]
    masks = draws.layer_noise(experiment, melodies, STEP)
    loss = fed_loss(experiment, fed, melodies, masks)
    assert update.metrics['loss'] == pytest.approx(loss(update.weights), abs=2e-5)
    assert update.metrics['accuracy'] == pytest.approx(
        fed_accuracy(experiment, update.weights, fed, melodies, masks), abs=1e-6)
    assert len({len(row) for row in fed}) > 2
    assert_gradients(update, loss)


def test_the_noise_of_a_layer_matters_to_the_reference():
    """What the test above would miss if the reference did not look at all of its masks."""
    experiment = training_experiment(**NOISES['all'])
    melodies = make_melodies(3, seed=22, min_steps=18, max_steps=24)
    fed = [melody[:-1] for melody in melodies]
    weights = run_update(experiment, melodies).weights
    masks = draws.layer_noise(experiment, melodies, STEP)
    loss = fed_loss(experiment, fed, melodies, masks)(weights)
    for layer in (0, 1):
        for field in masks[layer]._fields:
            value = getattr(masks[layer], field)
            changed = [np.roll(mask, 1, axis=2) for mask in value] if field == 'zoneout' else (
                np.roll(value, 1, axis=2))
            other = [*masks]
            other[layer] = masks[layer]._replace(**{field: changed})
            assert abs(fed_loss(experiment, fed, melodies, other)(weights) - loss) > 1e-4
