"""Runs peers in turn and turns what they read into ratios: median and spread over the rounds."""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from magenta_reg.errors import UserError
from magenta_reg.progress import progress

_MIB = 2 ** 20
_SAMPLE_SECS = 0.1


class Peer(NamedTuple):
    """One side of a comparison: processes that run one after another.

    The last line of a process's standard output that is a JSON object is its reading; readings of
    several commands are added up.

    Attributes:
        name: str.
        commands: list of argument lists.
    """

    name: str
    commands: list


class Figure(NamedTuple):
    """A quantity of one peer over a quantity of another, round by round.

    Attributes:
        name: str, what the number says, for example 'stock / ours, whole commands'.
        over: (str, str), a peer's name and a key of its reading.
        under: (str, str), or None where `over` is a quantity to be read by itself.
        at_least: float or None, the target.
        at_most: float or None, the target.
    """

    name: str
    over: tuple
    under: tuple | None = None
    at_least: float | None = None
    at_most: float | None = None


class Summary(NamedTuple):
    """A figure over all rounds.

    Attributes:
        figure: Figure.
        values: list of float, one a round.
    """

    figure: Figure
    values: list

    @property
    def median(self):
        return statistics.median(self.values)

    def is_met(self):
        """Returns whether the median meets the target, None without one."""
        at_least, at_most = self.figure.at_least, self.figure.at_most
        if at_least is None and at_most is None:
            return None
        return ((at_least is None or self.median >= at_least)
                and (at_most is None or self.median <= at_most))

    def to_dict(self):
        return {**self.figure._asdict(), 'median': self.median, 'min': min(self.values),
                'max': max(self.values), 'values': self.values, 'met': self.is_met()}


def run_rounds(peers, num_rounds):
    """Runs every peer once a round, in an order that is reversed from round to round.

    Args:
        peers: list of Peer.
        num_rounds: int.

    Returns:
        dict of str to list of readings, by the peer's name, in the order of the rounds.

    Raises:
        UserError: If a command fails.
    """
    readings = {peer.name: [] for peer in peers}
    with progress(description='benchmark', unit='run', total=num_rounds * len(peers)) as bar:
        for number in range(num_rounds):
            for peer in peers if number % 2 == 0 else peers[::-1]:
                bar.set_postfix_str(peer.name)
                readings[peer.name].append(run_peer(peer))
                bar.update()
    return readings


def run_peer(peer):
    """Runs a peer's commands.

    Returns:
        dict: 'wall_secs' of all commands, 'largest_process_mib', the greatest resident set of any
        one process, 'all_processes_mib', the greatest sum over a command's processes with shared
        pages counted once (sampled from /proc), and what the commands read.
    """
    total = {}
    for command in peer.commands:
        for key, value in _run_command(peer.name, [str(part) for part in command]).items():
            total[key] = (max(total.get(key, 0), value) if key.endswith('_mib')
                          else total.get(key, 0) + value)
    return total


def _run_command(name, command):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True, env=_environment())
        except OSError as error:
            raise UserError(f'{name}: cannot run {command[0]}: {error.strerror}') from error
        with _MemoryWatch(process.pid) as watch:
            _, status, usage = os.wait4(process.pid, 0)
        wall_secs = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise UserError(f'{name}: {" ".join(command)} ended with status {process.returncode}: '
                            f'{_last_line(err)}')
        largest_mib = usage.ru_maxrss / 1024  # Linux counts in KiB.
        # The samples may miss a short peak, and halve what another command shares.
        all_mib = max(largest_mib, watch.peak_bytes / _MIB)
        return {'wall_secs': wall_secs, 'largest_process_mib': largest_mib,
                'all_processes_mib': all_mib, **_reading(out)}


def _environment():
    """Returns this process's environment with TensorFlow's start-up messages left out."""
    return {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3'}


def _reading(out):
    """Returns the last JSON object on a line of its own, {} without one."""
    out.seek(0)
    for line in reversed(out.read().decode(errors='replace').splitlines()):
        if line.startswith('{'):
            try:
                return json.loads(line)
            except ValueError:
                continue
    return {}


def _last_line(file):
    file.seek(0)
    lines = file.read().decode(errors='replace').strip().splitlines()
    return lines[-1].strip() if lines else 'no message'


class _MemoryWatch(threading.Thread):
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


def summarize(figures, readings):
    """Returns a Summary for each figure.

    Args:
        figures: list of Figure.
        readings: dict of str to list of dict, from `run_rounds`.

    Raises:
        UserError: If a peer did not print a quantity that a figure needs.
    """
    return [Summary(figure, _values(figure, readings)) for figure in figures]


def _values(figure, readings):
    over = _quantity(figure.over, readings)
    if figure.under is None:
        return over
    under = _quantity(figure.under, readings)
    return [above / below for above, below in zip(over, under, strict=True)]


def _quantity(source, readings):
    peer, key = source
    try:
        return [float(reading[key]) for reading in readings[peer]]
    except KeyError as error:
        raise UserError(f'{peer} printed no {key!r}: its last line must be a JSON object with '
                        'it') from error
