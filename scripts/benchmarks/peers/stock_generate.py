"""Runs the unmodified melody_rnn_generate and prints the seconds of a melody.

    python stock_generate.py AS_MANY --config=... --run_dir=... --hparams=... --output_dir=... \
        --num_outputs=...

Import and graph are reported separately; 'reckoned_secs' is the estimated time of the whole command
for AS_MANY melodies.
"""

import json
import sys
import time

from absl import flags

from magenta_reg.interop.magenta import import_magenta

GENERATE = 'magenta.models.melody_rnn.melody_rnn_generate'


def add_clock(module, reading):
    """Lets Magenta's command build its graph before the clock of its melodies starts."""
    run_with_flags = module.run_with_flags

    def timed(generator):
        start = time.perf_counter()
        generator.initialize()  # A no-op when it is called again.
        initialized, cpu_start = time.perf_counter(), time.process_time()
        run_with_flags(generator)
        num_outputs = flags.FLAGS.num_outputs
        reading['graph_secs'] = initialized - start
        reading['melody_secs'] = (time.perf_counter() - initialized) / num_outputs
        reading['melody_cpu_secs'] = (time.process_time() - cpu_start) / num_outputs

    module.run_with_flags = timed


def main(as_many, *arguments):
    start = time.perf_counter()
    module = import_magenta(GENERATE)
    reading = {'import_secs': time.perf_counter() - start}
    add_clock(module, reading)
    flags.FLAGS([GENERATE, *arguments])
    module.main([])
    reading['reckoned_secs'] = (reading['import_secs'] + reading['graph_secs']
                                + int(as_many) * reading['melody_secs'])
    print(json.dumps(reading))


if __name__ == '__main__':
    main(*sys.argv[1:])
