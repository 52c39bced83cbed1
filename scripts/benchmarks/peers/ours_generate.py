"""Runs melody_rnn_reg_generate in this process and prints the seconds of a melody.

What the command imports when it uses it is loaded before the clock; the building of graphs is
taken off. All else counts: reading the checkpoint, sampling, scoring, every file written.
"""

import json
import sys
import time

START = time.perf_counter()

from magenta_reg.cli.generate import COMMAND, main  # noqa: E402
from magenta_reg.compat import import_magenta, tf  # noqa: E402
from magenta_reg.model import MelodyModel  # noqa: E402

_IMPORTED_LATER = ['note_seq', 'magenta.models.shared.events_rnn_graph',
                   'magenta.pipelines.melody_pipelines']


def add_graph_clock(reading):
    """Adds the seconds in which graphs are built and filled to 'graph_secs' and 'graph_cpu_secs'.
    """
    get_graph = MelodyModel._graph

    def timed(*args):
        start, cpu_start = time.perf_counter(), time.process_time()
        graph = get_graph(*args)
        reading['graph_secs'] += time.perf_counter() - start
        reading['graph_cpu_secs'] += time.process_time() - cpu_start
        return graph

    MelodyModel._graph = timed


def timed_main(flags):
    for name in _IMPORTED_LATER:
        import_magenta(name)
    tf.constant  # noqa: B018  Loads TensorFlow.
    reading = {'graph_secs': 0.0, 'graph_cpu_secs': 0.0}
    add_graph_clock(reading)
    start, cpu_start = time.perf_counter(), time.process_time()
    main(flags)
    secs = time.perf_counter() - start - reading['graph_secs']
    cpu_secs = time.process_time() - cpu_start - reading['graph_cpu_secs']
    print(json.dumps({**reading, 'import_secs': start - START,
                      'melody_secs': secs / flags.num_outputs,
                      'melody_cpu_secs': cpu_secs / flags.num_outputs,
                      'melodies_per_sec': flags.num_outputs / secs}))


if __name__ == '__main__':
    COMMAND.run(timed_main, sys.argv[1:])
