"""Trains in processes that are killed at a bad moment: python killed_training.py FOLDER METHOD...

Each method's run in FOLDER/METHOD is killed in the middle of its seventh update, goes on, and is
killed again in the middle of writing a checkpoint's file.
"""

import os
import resource
import signal
import sys
from pathlib import Path

from magenta_reg.base import compat
from magenta_reg.base.compat import tf
from magenta_reg.dataset.examples import Examples
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.runs.run import Run
from magenta_reg.training.train import Schedule, train
from tests.small import make_experiment, make_melodies

SCHEDULE = Schedule(num_training_steps=12, summary_frequency=5, eval_every=6,
                    save_checkpoints_steps=4, save_checkpoints_secs=1e9)
EXPERIMENTS = {
    'teacher_forcing': lambda: make_experiment(),
    'dropout': lambda: make_experiment(dropout_keep_prob=0.7),
    'scheduled_sampling': lambda: make_experiment('scheduled_sampling', sampling_rate=0.05),
    'marginal_by_shares': lambda: make_experiment(
        'scheduled_sampling', sampling_source='marginal', sampling_warmup_share=0.2,
        sampling_end_share=0.7),
    'professor_forcing': lambda: make_experiment('professor_forcing', gate_generator=0.0,
                                                 gate_discriminator=1.0),
    'seqgan': lambda: make_experiment('seqgan', discriminator_warmup_steps=2,
                                      discriminator_updates=2),
}


def train_as_all_do(run, name):
    """Trains a run of EXPERIMENTS to the end of SCHEDULE."""
    data = [Examples(make_melodies(12, 0), 'made.tfrecord', 'sha'),
            Examples(make_melodies(5, 1), 'made.tfrecord', 'other sha')]
    return train(run, EXPERIMENTS[name](), *data, SCHEDULE)


def kill_in_update(number):
    """Has the process killed while the session computes this update of it."""
    build, count = MelodyRnnGraph.build_train, iter(range(1, 1000))

    def pass_on(loss):
        if next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return loss

    def build_train(self, batch):
        tensors = build(self, batch)
        loss = tf.numpy_function(pass_on, [tensors.metrics['loss']], tf.float32)
        return tensors._replace(metrics={**tensors.metrics, 'loss': loss})

    MelodyRnnGraph.build_train = build_train


def kill_in_save(step):
    """Has the kernel kill the process when a checkpoint's file grows over 1000 bytes."""
    save = tf.train.Saver.save

    def limited(self, session, prefix, **options):
        if prefix.endswith(f'-{step}'):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        return save(self, session, prefix, **options)

    tf.train.Saver.save = limited


def run_killed(folder, name, prepare, moment, expected_signal):
    """Trains in a child process and asserts how it ended."""
    child = os.fork()
    if child == 0:
        prepare(moment)
        train_as_all_do(Run(folder / name), name)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f'{name}: not killed, status {status}'
    assert os.WTERMSIG(status) == expected_signal


if __name__ == '__main__':
    compat.quiet()
    tf.Graph  # noqa: B018, loads TensorFlow once for all children; it has no threads yet.
    for method in sys.argv[2:]:
        run_killed(Path(sys.argv[1]), method, kill_in_update, 7, signal.SIGKILL)
        run_killed(Path(sys.argv[1]), method, kill_in_save, 8, signal.SIGXFSZ)
