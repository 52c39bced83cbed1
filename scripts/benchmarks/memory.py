"""The memory of a command with all its processes."""

import os
import threading
from pathlib import Path

_SAMPLE_SECS = 0.1


class MemoryWatch(threading.Thread):
    """Samples the memory of a process group while the block runs.

    Attributes:
        peak_bytes: int, the greatest sum of proportional set sizes; 0 without /proc.
        largest_process_bytes: int, the greatest resident set of any one process; 0 without /proc.
            What wait4 says of it is no use: it counts the parent's memory before the exec, too.
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
            members = self._members()
            self.peak_bytes = max(self.peak_bytes, sum(map(_proportional_bytes, members)))
            self.largest_process_bytes = max(
                [self.largest_process_bytes, *map(_highest_resident_bytes, members)])
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
    return _kib(process / 'smaps_rollup', 'Pss:') * 1024


def _highest_resident_bytes(process):
    """Returns the most bytes that a process ever had in memory."""
    return _kib(process / 'status', 'VmHWM:') * 1024


def _kib(path, name):
    """Returns the value of a line of a file in /proc; 0 if there is none."""
    try:
        lines = path.read_text().splitlines()
    except OSError:  # The process has ended, or is another user's.
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))
