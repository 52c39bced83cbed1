"""Signals that ask for an end, and wait until work can be left in order."""

import signal
import threading
from contextlib import contextmanager

# SIGHUP comes when a connection ends, SIGUSR1 from schedulers before the time is over.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stopped(KeyboardInterrupt):
    """A signal ended the work, everything was put in order; the text says how to go on.

    Attributes:
        status: int, the exit status that shells give such an end: 128 and the signal's number.
    """

    def __init__(self, number, message):
        super().__init__(message)
        self.status = 128 + number

    def _render_traceback_(self):
        """Returns what a notebook shows of it, a list of one line."""
        return [str(self)]


class Interrupt:
    """Which signal has asked for an end: `number`, or None so far."""

    number = None


@contextmanager
def deferred_signals():
    """Yields an Interrupt that SIGNALS fill in, in place of ending the process.

    A second Ctrl-C ends it at once. A SIGHUP that is ignored stays so, as nohup wants it. Outside
    of the main thread, where Python has no signal handlers, nothing is changed.
    """
    interrupt = Interrupt()

    def handle(number, frame):
        if interrupt.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        interrupt.number = number

    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    is_nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    before = {number: signal.signal(number, handle) for number in SIGNALS
              if not (is_nohup and number == signal.SIGHUP)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
