"""Readers that crash or never end; in a module that other processes import at once."""

import faulthandler
import os
import signal
import sys
import time
from functools import partial

from magenta_reg.codec.encodings import get_encoding
from magenta_reg.dataset import create as dataset

AWKWARD = '3.mid'


def read_or_crash(read, item):
    """Reads an item as its source does, but takes the process down at one."""
    if item[1].name == AWKWARD:
        faulthandler.disable()  # The test runner would print a trace.
        os.kill(os.getpid(), signal.SIGSEGV)
    return read(item)


def read_or_wait(read, item):
    """Reads an item as its source does, but one for an hour, in a process whose id it prints."""
    if item[1].name == AWKWARD:
        print(os.getpid(), flush=True)
        time.sleep(3600)
    return read(item)


def use(reader, set_attribute=setattr):
    """Puts a reader of this module over that of any source."""
    open_source = dataset.open_source

    def open_awkward(*args, **options):
        source = open_source(*args, **options)
        return source._replace(read=partial(reader, source.read))

    set_attribute(dataset, 'open_source', open_awkward)


def main(folder, output_dir, num_workers):
    # A shell that put the tests in its background has them ignore Ctrl-C, and so would this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    use(read_or_wait)
    try:
        dataset.create_dataset(folder, get_encoding('basic_rnn'), output_dir, eval_ratio=0.5,
                               num_workers=int(num_workers))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == '__main__':
    main(*sys.argv[1:])
