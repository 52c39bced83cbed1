"""What the console scripts call: Ctrl-C ends a command in one line while its modules still load."""

import importlib
import os
import signal
from functools import partial


def _start(name):
    """Imports a command and runs it."""
    def interrupted(number, frame):
        os.write(2, f'melody_rnn_reg_{name}: interrupted\n'.encode())
        os._exit(130)

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupted)
    module = importlib.import_module(f'magenta_reg.cli.{name}')
    signal.signal(signal.SIGINT, before)
    module.COMMAND.run(module.main)


create_dataset, train, generate, analyze, study = (
    partial(_start, name) for name in ('create_dataset', 'train', 'generate', 'analyze', 'study'))
