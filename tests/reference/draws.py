"""The random numbers of a training step, by the package's own generator; what they do is not."""

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.graph.sampling import (
    OUTPUT_DROPOUT,
    RECURRENT_DROPOUT,
    ZONEOUT,
    layer_chances,
    step_uniforms,
)
from tests.reference.network import LayerNoise


def uniforms(shape, seed, step, stream):
    """Returns float64 of a shape, the numbers of a stream at a step."""
    with tf.Graph().as_default(), sharded_session() as session:
        return session.run(step_uniforms(shape, seed, tf.constant(step, tf.int64), stream)).astype(
            np.float64)


def layer_noise(experiment, melodies, step):
    """Returns list of LayerNoise, one a layer, of a training step; None if there is no noise."""
    hparams, seed = experiment.hparams, experiment.seed
    batch_size, num_steps = len(melodies), max(map(len, melodies)) - 1
    if not experiment.builder().is_noisy:
        return None

    def happens(probability, stream, layer, units, steps=num_steps):
        with tf.Graph().as_default(), sharded_session() as session:
            return session.run(layer_chances([steps, batch_size, units], probability, seed,
                                             tf.constant(step, tf.int64), stream, layer))

    def factors(name, stream, layer, units):
        keep_prob = hparams[name]
        if keep_prob == 1:
            return None
        is_fixed = hparams['dropout_mode'] == 'variational'
        kept = happens(keep_prob, stream, layer, units, 1 if is_fixed else num_steps)
        return np.broadcast_to(kept / keep_prob, [num_steps, batch_size, units])

    return [LayerNoise(
        factors('dropout_keep_prob', OUTPUT_DROPOUT, layer, units),
        factors('recurrent_dropout_keep_prob', RECURRENT_DROPOUT, layer, units),
        [happens(hparams['zoneout_prob'], stream, layer, units) for stream in ZONEOUT]
        if hparams['zoneout_prob'] else None)
        for layer, units in enumerate(hparams['rnn_layer_sizes'])]
