"""Runs the unmodified melody_rnn_train --eval, and ends it at its first number.

    python stock_eval.py --eval --config=... --run_dir=... --sequence_example_file=... --hparams=...

By itself it never ends: it waits for the next checkpoint.
"""

import json
import os
import sys
import time

from absl import flags

from magenta_reg.interop.magenta import import_magenta

TRAIN = 'magenta.models.melody_rnn.melody_rnn_train'


def end_at_first_number(start):
    """Makes the hook that logs the numbers print the seconds since `start`, and end the process."""
    hook = import_magenta('magenta.models.shared.events_rnn_train').EvalLoggingTensorHook

    def print_and_end(self, values):
        print(json.dumps({'main_secs': time.perf_counter() - start,
                          'loss': float(values['Loss'])}))
        sys.stdout.flush()
        os._exit(0)

    hook._log_tensors = print_and_end


def main(*arguments):
    module = import_magenta(TRAIN)
    flags.FLAGS([TRAIN, *arguments])
    end_at_first_number(time.perf_counter())
    module.main([])
    raise RuntimeError('stock ended before its first number')


if __name__ == '__main__':
    main(*sys.argv[1:])
