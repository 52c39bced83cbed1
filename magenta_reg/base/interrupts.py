"""SIGTERM and Ctrl-C that wait until work can be left in order."""

import signal
import threading
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """A signal ended the work, everything was put in order; the text says how to go on.

    Attributes:
        status: int, the exit status that shells give such an end: 128 and the signal's number.
    """

    def __init__(self, number, message):
        super().__init__(message)
        self.status = 128 + number


class Interrupt:
    """Which signal has asked for an end: `number`, or None so far."""

    number = None


@contextmanager
def deferred_signals():
    """Yields an Interrupt that SIGTERM and Ctrl-C fill in, in place of ending the process.

    A second Ctrl-C ends it at once. Outside of the main thread, where Python has no signal
    handlers, nothing is changed.
    """
    interrupt = Interrupt()

    def handle(number, frame):
        if interrupt.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        interrupt.number = number

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
