"""The unmodified magenta package, driven as its own commands drive it."""

import copy

import numpy as np

from magenta_reg.dataset.batches import make_batch
from magenta_reg.interop.magenta import import_magenta

HPARAMS = ('batch_size', 'rnn_layer_sizes', 'attn_length', 'dropout_keep_prob', 'learning_rate',
           'residual_connections')


def stock_config(experiment):
    """Returns a copy of Magenta's config with an experiment's hparams."""
    model = import_magenta('magenta.models.melody_rnn.melody_rnn_model')
    config = copy.deepcopy(model.default_configs[experiment.encoding.name])
    for name in HPARAMS:
        config.hparams.set_hparam(name, experiment.hparams[name])
    config.hparams.set_hparam('clip_norm', int(experiment.hparams['clip_norm']))
    return config


def stock_graph(experiment, mode, paths=None):
    """Returns Magenta's own function that builds a graph."""
    graph = import_magenta('magenta.models.shared.events_rnn_graph')
    return graph.get_build_graph_fn(mode, stock_config(experiment), paths)


def stock_model(experiment):
    """Returns Magenta's own model, without weights yet."""
    model = import_magenta('magenta.models.melody_rnn.melody_rnn_model')
    return model.MelodyRnnModel(stock_config(experiment))


def stock_generator(experiment, **origin):
    """Returns Magenta's own generator of a `checkpoint` or a `bundle`."""
    module = import_magenta('magenta.models.melody_rnn.melody_rnn_sequence_generator')
    config = stock_config(experiment)
    return module.MelodyRnnSequenceGenerator(stock_model(experiment), config.details, **origin)


def run_training(build_graph_fn, folder, **options):
    """Runs Magenta's own training loop."""
    train = import_magenta('magenta.models.shared.events_rnn_train')
    train.run_training(build_graph_fn, str(folder), **options)


def softmax(session, inputs, temperature=1.0):
    """Runs a graph of mode 'generate' from its initial state, found by Magenta's collections.

    Args:
        session: Session of the graph.
        inputs: float32 [batch, steps, input_size], with the graph's batch.

    Returns:
        float32 [batch, steps, num_classes].
    """
    collection = session.graph.get_collection
    return session.run(collection('softmax')[0], {collection('inputs')[0]: inputs,
                                                  collection('temperature')[0]: temperature})


def assert_same_softmax(session, model, melodies):
    """Asserts that a graph of Magenta's gives each event the probability that ours gives it.

    Args:
        session: Session of a graph of mode 'generate' whose batch is `melodies`.
        model: MelodyModel.
        melodies: list of int32 [steps + 1].
    """
    batch = make_batch(melodies, model.encoding.codec)
    theirs = softmax(session, batch.inputs)
    np.testing.assert_allclose(theirs.sum(axis=2), 1, atol=1e-5)
    for row, log_probs in enumerate(model.score(melodies).log_probs):
        steps = np.arange(len(log_probs))
        np.testing.assert_allclose(theirs[row, steps, batch.labels[row, steps]],
                                   np.exp(log_probs), atol=1e-5)
