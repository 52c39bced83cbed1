"""Runs melody_rnn_reg_generate in this process and prints the seconds of a melody.

The command's late imports are loaded before any clock starts. Opening the run and building graphs
are reported separately, as for stock. All else counts: sampling, scoring, every file.
"""

import json
import sys
import time

START = time.perf_counter()

import symusic  # noqa: E402, F401

from magenta_reg.base.compat import tf  # noqa: E402
from magenta_reg.cli import generate  # noqa: E402
from magenta_reg.model.model import MelodyModel  # noqa: E402


class Clock:
    """Adds up the seconds, of the wall and of the processor, that calls of a function take."""

    def __init__(self):
        self.secs = self.cpu_secs = 0.0

    def timed(self, function):
        def call(*args, **options):
            start, cpu_start = time.perf_counter(), time.process_time()
            result = function(*args, **options)
            self.secs += time.perf_counter() - start
            self.cpu_secs += time.process_time() - cpu_start
            return result
        return call


def timed_main(flags):
    tf.constant  # noqa: B018  Loads TensorFlow.
    whole, generating, graphs = Clock(), Clock(), Clock()
    generate.generate_files = generating.timed(generate.generate_files)
    MelodyModel._graph = graphs.timed(MelodyModel._graph)
    import_secs = time.perf_counter() - START
    whole.timed(generate.main)(flags)
    secs, cpu_secs = generating.secs - graphs.secs, generating.cpu_secs - graphs.cpu_secs
    print(json.dumps({'import_secs': import_secs, 'graph_secs': whole.secs - secs,
                      'melody_secs': secs / flags.num_outputs,
                      'melody_cpu_secs': cpu_secs / flags.num_outputs,
                      'all_melodies_secs': secs,
                      'melodies_per_sec': flags.num_outputs / secs}))


if __name__ == '__main__':
    generate.COMMAND.run(timed_main, sys.argv[1:])
