"""Prints the loss of the first batch before an update and after two, and writes the weights before.

    python ours_losses.py BATCHES.npz WEIGHTS.npz

Without dropout, so that another program can compute the same. The weights are larger than a new
network's, whose loss is nearly the same whichever gate is which, and so small that gradients do not
explode.
"""

import json
import sys

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.dataset.batches import Batch
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.model.experiment import resolve_experiment


def main(batches_path, weights_path):
    batches = np.load(batches_path)
    experiment = resolve_experiment(
        config='basic_rnn', hparams='rnn_layer_sizes=[128,128],dropout_keep_prob=1.0')
    depth = experiment.encoding.codec.input_size
    with tf.Graph().as_default(), sharded_session() as session:
        shapes = [None, None, depth], [None, None], [None], [None, None]
        types = tf.float32, tf.int32, tf.int32, tf.int32
        batch = Batch(*[tf.placeholder(*each) for each in zip(types, shapes, strict=True)])
        tensors = experiment.builder().build_train(batch)
        session.run(tf.global_variables_initializer())
        rng = np.random.default_rng(0)
        weights = {variable: rng.normal(0, 0.1, variable.shape.as_list())
                   for variable in tf.trainable_variables()}
        for variable, values in weights.items():
            variable.load(values, session)
        np.savez(weights_path, **{variable.op.name: values.astype(np.float32)
                                  for variable, values in weights.items()})

        def run(fetches, number):
            classes, labels = batches['classes'][number], batches['labels'][number]
            lengths = np.full(len(labels), labels.shape[1])
            events = np.zeros([len(labels), labels.shape[1] + 1])
            feeds = np.eye(depth)[classes], labels, lengths, events
            return session.run(fetches, dict(zip(batch, feeds, strict=True)))

        before = run(tensors.metrics['loss'], 0)
        for number in range(2):
            run(tensors.train_op, number)
        print(json.dumps({'loss_0': float(before),
                          'loss_2': float(run(tensors.metrics['loss'], 0))}))


if __name__ == '__main__':
    main(*sys.argv[1:])
