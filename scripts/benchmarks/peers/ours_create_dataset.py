"""Runs melody_rnn_reg_create_dataset in this process and prints the seconds of its main alone.

The command imports what it uses when it uses it; here all of that is loaded before the clock.
"""

import json
import sys
import time

import matplotlib.backends.backend_agg  # noqa: F401
import symusic  # noqa: F401

import magenta_reg.api  # noqa: F401
from magenta_reg.cli.create_dataset import COMMAND, main


def timed_main(flags):
    start = time.perf_counter()
    main(flags)
    print(json.dumps({'main_secs': time.perf_counter() - start}))


if __name__ == '__main__':
    COMMAND.run(timed_main, sys.argv[1:])
