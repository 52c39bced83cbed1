"""SIGTERM and Ctrl-C that wait for a good moment."""

import signal
import threading
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Work ended by a signal after everything was put in order; its text says how to go on.

    Attributes:
        status: int, the exit status that shells give such an end: 128 and the signal's number.
    """

    def __init__(self, number, message):
        super().__init__(message)
        self.status = 128 + number


class Request:
    """Whether a signal has asked for an end.

    Attributes:
        number: int, the signal's number, or None.
    """

    number = None


@contextmanager
def deferred_signals():
    """Yields a Request that SIGTERM and Ctrl-C fill in, in place of ending the process.

    A second Ctrl-C ends it at once. Outside of the main thread, where Python has no signal
    handlers, nothing is changed.
    """
    request = Request()

    def handle(number, frame):
        if request.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.number = number

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
