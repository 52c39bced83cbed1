"""Runs the unmodified melody_rnn_train --eval, and ends it once it has evaluated the part.

    python stock_eval.py --eval --config=... --run_dir=... --sequence_example_file=... --hparams=...

By itself it never ends: it waits for the next checkpoint. What it logs is read in
the first step, from sums that are still 0; its first numbers of the part are in the summary that it
writes at the end.
"""

import json
import os
import sys
import time

from absl import flags

from magenta_reg.interop.magenta import import_magenta

TRAIN = 'magenta.models.melody_rnn.melody_rnn_train'


def end_with_summary(start):
    """Makes the hook of the summary print the seconds since `start` and end the process."""
    tf_slim = import_magenta('magenta.models.shared.events_rnn_train').tf_slim
    hook = tf_slim.evaluation.SummaryAtEndHook
    write = hook.end

    def write_and_end(self, session):
        write(self, session)
        secs = time.perf_counter() - start
        loss = session.run(session.graph.get_collection('loss')[0])
        print(json.dumps({'main_secs': secs, 'loss': float(loss)}))
        sys.stdout.flush()
        os._exit(0)

    hook.end = write_and_end


def main(*arguments):
    module = import_magenta(TRAIN)
    flags.FLAGS([TRAIN, *arguments])
    end_with_summary(time.perf_counter())
    module.main([])
    raise RuntimeError('stock ended without a summary')


if __name__ == '__main__':
    main(*sys.argv[1:])
