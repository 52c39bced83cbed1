"""The memory of a command with all its processes."""

import os
import threading
from pathlib import Path

_SAMPLE_SECS = 0.1


class MemoryWatch(threading.Thread):
    """Samples the memory of a process group while the block runs.

    Attributes:
        peak_bytes: int, the greatest sum of proportional set sizes; 0 without /proc.
    """

    def __init__(self, group):
        super().__init__(daemon=True)
        self._group, self._ended = group, threading.Event()
        self.peak_bytes = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        self.join()

    def run(self):
        while not self._ended.is_set():
            self.peak_bytes = max(self.peak_bytes, sum(map(_proportional_bytes, self._members())))
            self._ended.wait(_SAMPLE_SECS)

    def _members(self):
        return [path for path in Path('/proc').glob('[0-9]*') if _group_of(path) == self._group]


def _group_of(process):
    try:
        return os.getpgid(int(process.name))
    except ProcessLookupError:
        return None


def _proportional_bytes(process):
    """Returns a process's resident bytes, a page shared by n processes counted as 1/n."""
    try:
        lines = (process / 'smaps_rollup').read_text().splitlines()
    except OSError:  # It has ended, or is another user's.
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith('Pss:'))
