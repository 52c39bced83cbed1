r"""Runs training steps of an experiment, as `training.train` does, and prints how fast they are.

    python scripts/benchmarks/peers/ours_train.py --sequence_example_file=FILE --config=basic_rnn \
        --warmup_steps=3 --measured_steps=10 --trace
"""

import functools
from collections import Counter

import numpy as np
from clock import StepClock

from magenta_reg.base.compat import tf
from magenta_reg.cli.command import Command
from magenta_reg.dataset.batches import batch_dataset, training_batch_indices
from magenta_reg.dataset.examples import read_examples
from magenta_reg.graph.fast.cores import sharded_session
from magenta_reg.model.experiment import resolve_experiment

COMMAND = Command('ours_train', 'Steps of training under a clock.')
COMMAND.string('sequence_example_file', None, 'TFRecord of SequenceExamples.')
COMMAND.string('experiment', None, 'YAML file, or none for teacher forcing.')
COMMAND.string('config', None, 'A MelodyRNN config.')
COMMAND.string('hparams', '', 'name=value,...')
COMMAND.integer('warmup_steps', None, 'Steps before the clock starts.')
COMMAND.integer('measured_steps', None, 'Steps under the clock.')
COMMAND.boolean('trace', False, 'Print what share of the operations\' time each kind takes.')


def main(flags):
    experiment = resolve_experiment(COMMAND.path('experiment'), flags.config, flags.hparams)
    melodies = read_examples(flags.sequence_example_file, experiment.encoding).events
    clock = StepClock(flags.warmup_steps, flags.measured_steps)
    with tf.Graph().as_default(), sharded_session() as session:
        iterator = tf.data.make_initializable_iterator(
            _batches(experiment, melodies, flags.warmup_steps, clock.num_steps))
        tensors = experiment.builder().build_train(iterator.get_next())
        session.run([tf.global_variables_initializer(), iterator.initializer])
        fetched = tensors.train_op, tensors.metrics, tensors.num_events
        for _ in range(clock.num_steps):
            clock.step_ended(session.run(fetched)[-1])
        if flags.trace:
            _print_trace(session, fetched)
    clock.print_reading()


def _print_trace(session, fetched):
    """Prints the kinds of operations of one more step that take the longest."""
    found = tf.RunMetadata()
    session.run(fetched, options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
                run_metadata=found)
    micros = Counter()
    for device in found.step_stats.dev_stats:
        for node in device.node_stats:
            # The label is 'name = Kind(inputs)'.
            kind = node.timeline_label.partition(' = ')[2].partition('(')[0]
            micros[kind] += node.op_end_rel_micros - node.op_start_rel_micros
    total = micros.total()
    for kind, own in micros.most_common(12):
        print(f'{own / total:6.1%}  {kind}')
    print(f'{total / 1e6:.3f} s in all operations')


def _batches(experiment, melodies, warmup_steps, num_steps):
    """Returns a tf.data.Dataset of Batch; the warm-up ends where an epoch ends."""
    batch_size = experiment.hparams['batch_size']
    lengths = np.array([len(events) - 1 for events in melodies])
    indices = functools.partial(training_batch_indices, lengths, batch_size, experiment.seed)
    first = -warmup_steps % -(-len(melodies) // batch_size)
    # Twice the steps, so that the pipeline still works beside the last ones.
    return batch_dataset(melodies, experiment.encoding.codec, indices, first, 2 * num_steps)


if __name__ == '__main__':
    COMMAND.run(main)
