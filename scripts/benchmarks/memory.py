"""The memory of a command with all its processes."""

import os
import threading
import time
from pathlib import Path

_SAMPLE_SECS = 0.1


class MemoryWatch(threading.Thread):
    """Samples the memory of a process group while the block runs.

    Attributes:
        peak_bytes: int, the largest sum of proportional set sizes; 0 without /proc.
        largest_process_bytes: int, the largest resident set of any one process; 0 without /proc.
            wait4 would count the parent's memory before the exec, too.
    """

    def __init__(self, group):
        super().__init__(daemon=True)
        self._group, self._ended = group, threading.Event()
        self.peak_bytes = self.largest_process_bytes = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        self.join()

    def run(self):
        while not self._ended.is_set():
            start = time.perf_counter()
            members = [path for path in Path('/proc').glob('[0-9]*')
                       if _group_of(path) == self._group]
            # A page that n processes share counts as 1/n in Pss.
            shares = [_bytes_of(path / 'smaps_rollup', 'Pss:') for path in members]
            peaks = [_bytes_of(path / 'status', 'VmHWM:') for path in members]
            self.peak_bytes = max(self.peak_bytes, sum(shares))
            self.largest_process_bytes = max([self.largest_process_bytes, *peaks])
            # Of large processes a sample takes long; it must not slow down what is measured.
            self._ended.wait(max(_SAMPLE_SECS, 20 * (time.perf_counter() - start)))


def _group_of(process):
    try:
        return os.getpgid(int(process.name))
    except ProcessLookupError:
        return None


def _bytes_of(path, name):
    """Returns the value of a line of a file in /proc, in bytes; 0 if there is none."""
    try:
        lines = path.read_text().splitlines()
    except OSError:  # The process has ended, or is another user's.
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(name))
