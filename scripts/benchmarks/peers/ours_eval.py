"""Runs melody_rnn_reg_train --eval in this process and prints the seconds of its main alone."""

import json
import sys
import time

from magenta_reg.base.compat import tf
from magenta_reg.cli.train import COMMAND, main


def timed_main(flags):
    tf.constant  # noqa: B018  Loads TensorFlow.
    start = time.perf_counter()
    main(flags)
    print(json.dumps({'main_secs': time.perf_counter() - start}))


if __name__ == '__main__':
    COMMAND.run(timed_main, sys.argv[1:])
