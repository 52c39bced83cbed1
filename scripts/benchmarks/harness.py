"""Runs peers in turn, as processes, and collects their readings."""

import json
import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from typing import NamedTuple

from magenta_reg.base.errors import UserError
from magenta_reg.base.progress import progress

from .memory import MemoryWatch

_MIB = 2 ** 20


class Peer(NamedTuple):
    """One side of a comparison: a name and argument lists of processes to run one after another.

    The last line of a process's standard output that is a JSON object is its reading; readings of
    several commands are added up.
    """

    name: str
    commands: list


def run_rounds(peers, num_rounds, after_round=None, done=None):
    """Runs every peer once a round, in an order that is reversed from round to round.

    Args:
        peers: list of Peer.
        num_rounds: int.
        after_round: function of the readings so far, called after every round; or None.
        done: what this returns, of earlier rounds with these peers, which count as the first.

    Returns:
        dict of a peer's name to a list of dict, its readings in the order of the rounds.

    Raises:
        UserError: If a command fails.
    """
    done = done or {}
    first = min((len(done.get(peer.name, [])) for peer in peers), default=0)
    readings = {peer.name: done.get(peer.name, [])[:first] for peer in peers}
    with progress(description='benchmark', unit='run',
                  total=(num_rounds - first) * len(peers)) as bar:
        for number in range(first, num_rounds):
            for peer in peers if number % 2 == 0 else peers[::-1]:
                bar.set_postfix_str(peer.name)
                readings[peer.name].append(run_peer(peer))
                bar.update()
            if after_round:
                after_round(readings)
    return readings


def run_peer(peer):
    """Runs a peer's commands.

    Returns:
        dict: 'wall_secs' of all commands; 'largest_process_mib', the largest resident set of any
        one process; 'all_processes_mib', the largest sum over a command's processes, shared pages
        counted once (sampled from /proc); and the readings of the commands.
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
                                       start_new_session=True,
                                       env=_environment())
        except OSError as error:
            raise UserError(f'{name}: cannot run {command[0]}: {error.strerror}') from error
        with _ended_with_its_group(process), MemoryWatch(process.pid) as watch:
            status = os.wait4(process.pid, 0)[1]
        wall_secs = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise UserError(f'{name}: {" ".join(command)} ended with status {process.returncode}: '
                            f'{_last_line(err)}')
        largest_mib = watch.largest_process_bytes / _MIB
        # Samples can miss a short peak, and count half of what another command shares.
        all_mib = max(largest_mib, watch.peak_bytes / _MIB)
        return {'wall_secs': wall_secs, 'largest_process_mib': largest_mib,
                'all_processes_mib': all_mib, **_reading(out)}


def _environment():
    """Returns that of a command: all peers keep what Python compiles, as installed packages do."""
    environment = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3'}
    environment.pop('PYTHONDONTWRITEBYTECODE', None)
    return environment


@contextmanager
def _ended_with_its_group(process):
    """Ends the process group if the block is left by an exception, such as an interrupt."""
    try:
        yield
    except BaseException:
        with suppress(ProcessLookupError):  # It had ended.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


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
