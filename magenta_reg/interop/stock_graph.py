"""The graphs of this package as stock Magenta expects them: functions that fill collections.

Below this module no collection is named by a string.
"""

import numpy as np

from magenta_reg.base.compat import tf
from magenta_reg.codec.codec import NO_EVENT
from magenta_reg.dataset.batches import Batch
from magenta_reg.interop.magenta import import_magenta

MODES = ('train', 'eval', 'generate')


def build_graph_fn(builder, mode, sequence_example_file_paths=None):
    """Returns a function without arguments that builds a graph for stock Magenta to drive.

    `events_rnn_train.run_training` takes the one of mode 'train', `run_eval` that of 'eval', and
    `EventSequenceRnnModel` runs a graph of mode 'generate'. In 'eval' dropout is off, as in every
    evaluation here; in Magenta's own graph it is on. The batches come from Magenta's input queue,
    whose order no seed decides.

    Args:
        builder: MelodyRnnGraph or a subclass.
        mode: str, one of MODES.
        sequence_example_file_paths: list of str, TFRecords of SequenceExamples; not for 'generate'.

    Raises:
        ValueError: If the mode is unknown, the files are missing, or the method does not start
            with the first update: Magenta's loop has no start to wait for.

    Source: `magenta.models.shared.events_rnn_graph.get_build_graph_fn`.
    """
    if mode not in MODES:
        raise ValueError(f'mode {mode!r} must be one of {", ".join(MODES)}')
    if mode != 'generate' and not sequence_example_file_paths:
        raise ValueError(f'mode {mode!r} needs sequence_example_file_paths')
    if mode == 'train':
        _check_start(builder)

    def build():
        if mode == 'generate':
            return _build_generate(builder)
        batch = _read_batch(builder, sequence_example_file_paths, shuffle=mode == 'train')
        return _build_train(builder, batch) if mode == 'train' else _build_eval(builder, batch)

    return build


def _check_start(builder):
    if builder.shares and builder.num_training_steps is None:
        raise ValueError(f'{builder.shares[0]}={builder.hparams[builder.shares[0]]} is a share of '
                         'training: make the builder with num_training_steps')
    if builder.start_step({}) != 0:
        raise ValueError('the method does not start with the first update, which it must in '
                         "Magenta's loop: give adversarial_start=step, adversarial_start_step=0 "
                         'and adversarial_start_share=0, and start from trained weights')


def _read_batch(builder, paths, shuffle):
    """Returns a Batch of tensors from Magenta's input queue."""
    common = import_magenta('magenta.common')
    codec = builder.codec
    inputs, labels, lengths = common.get_padded_batch(
        paths, builder.hparams['batch_size'], codec.input_size, label_shape=[], shuffle=shuffle)
    events = tf.numpy_function(
        lambda *arrays: _decode_batch(codec, *arrays), [inputs[:, :1], labels, lengths], tf.int32)
    return Batch(inputs, tf.cast(labels, tf.int32), lengths,
                 tf.ensure_shape(events, [labels.shape[0], None]))


def _decode_batch(codec, first_inputs, labels, lengths):
    """Recovers the melodies of a padded batch: int32 [batch, steps + 1], NO_EVENT where padded.

    `first_inputs` is float32 [batch, 1, input_size], the rest as in Batch.
    """
    events = np.full([labels.shape[0], labels.shape[1] + 1], NO_EVENT, np.int32)
    for row, length in enumerate(lengths):
        events[row, :length + 1] = codec.decode(first_inputs[row], labels[row, :length])
    return events


def _build_train(builder, batch):
    tensors = builder.build_train(batch)
    loss = tensors.metrics['loss']
    # Optimizers put parts of the update there, and Magenta runs the first that it finds.
    tf.get_default_graph().clear_collection('train_op')
    # tf-slim logs what its train_op returns.
    with tf.control_dependencies([tensors.train_op]):
        tf.add_to_collection('train_op', tf.identity(loss))
    own = {f'metrics/{name}': value for name, value in tensors.metrics.items() if name != 'loss'}
    _add_metrics({'loss': loss, 'metrics/perplexity': tf.exp(loss), **own})


def _build_eval(builder, batch):
    tensors = builder.build_eval(batch)
    mask = tf.sequence_mask(batch.lengths, tf.shape(batch.labels)[1], dtype=tf.float32)
    is_event = tf.cast(tf.not_equal(batch.events[:, 1:], NO_EVENT), tf.float32)
    means = {
        'loss': (tensors.nll_nats, mask),
        'metrics/accuracy': (tensors.is_correct, mask),
        # By the event itself: under lookback encodings most no-events carry a repeat's label.
        'metrics/event_accuracy': (tensors.is_correct, mask * is_event),
        'metrics/no_event_accuracy': (tensors.is_correct, mask * (1 - is_event)),
    }
    metrics = {}
    for name, (values, weights) in means.items():
        metrics[name], update = tf.metrics.mean(values, weights)
        tf.add_to_collection('eval_ops', update)
    _add_metrics({**metrics, 'metrics/perplexity': tf.exp(metrics['loss'])})


def _build_generate(builder):
    codec = builder.codec
    inputs = tf.placeholder(tf.float32, [builder.hparams['batch_size'], None, codec.input_size])
    temperature = tf.placeholder(tf.float32, [])
    logits, initial_state, final_state = builder.build_steps(inputs)
    tf.add_to_collection('inputs', inputs)
    tf.add_to_collection('temperature', temperature)
    tf.add_to_collection('softmax', tf.nn.softmax(logits / temperature))
    for name, state in (('initial_state', initial_state), ('final_state', final_state)):
        for tensor in tf.nest.flatten(state):
            tf.add_to_collection(name, tensor)


def _add_metrics(metrics):
    """Puts scalars into the collections of their names and into TensorBoard's summaries."""
    for name, value in metrics.items():
        tf.summary.scalar(name, value)
        tf.add_to_collection(name, value)
