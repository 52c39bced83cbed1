"""Runs the unmodified melody_rnn_train and prints how fast its steps are.

    python stock_train.py WARMUP_STEPS MEASURED_STEPS --config=... --run_dir=... \
        --sequence_example_file=... --hparams=...
"""

import sys

from absl import flags
from clock import StepClock

from magenta_reg.base.compat import tf
from magenta_reg.interop.magenta import import_magenta

TRAIN = 'magenta.models.melody_rnn.melody_rnn_train'


def add_clock(clock):
    """Gives Magenta's training loop one hook more, which fetches the lengths of each batch."""
    # tf.train.SessionRunHook loads TensorFlow, so the class is made here.
    class ClockHook(tf.train.SessionRunHook):
        def before_run(self, run_context):
            lengths = run_context.session.graph.get_tensor_by_name('batch:2')
            return tf.train.SessionRunArgs(lengths)

        def after_run(self, run_context, run_values):
            clock.step_ended(run_values.results.sum())

    tf_slim = import_magenta('magenta.models.shared.events_rnn_train').tf_slim
    loop = tf_slim.training.train
    tf_slim.training.train = lambda *args, hooks, **options: loop(
        *args, hooks=[*hooks, ClockHook()], **options)


def main(warmup_steps, measured_steps, *arguments):
    clock = StepClock(int(warmup_steps), int(measured_steps))
    module = import_magenta(TRAIN)
    add_clock(clock)
    flags.FLAGS([TRAIN, *arguments, f'--num_training_steps={clock.num_steps}'])
    module.main([])
    clock.print_reading()


if __name__ == '__main__':
    main(*sys.argv[1:])
