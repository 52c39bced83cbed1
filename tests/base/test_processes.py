"""Processes keep the order, name what killed one, and leave no process behind."""

import faulthandler
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from magenta_reg.base.processes import Crashed, map_in_processes

CRASH, LEAVE, RAISE = -1, -2, -3


def slow_square(number):
    """Later items are done earlier."""
    if number == CRASH:
        faulthandler.disable()  # The test runner would print a trace.
        os.kill(os.getpid(), signal.SIGSEGV)
    if number == LEAVE:
        os._exit(3)
    if number == RAISE:
        raise ZeroDivisionError('of the function')
    time.sleep(0.01 * (number % 3 == 0))
    return number ** 2


def squares(items, num_processes):
    with closing(map_in_processes(slow_square, items, num_processes)) as results:
        return list(results)


@pytest.mark.parametrize('num_processes', [1, 2, 5])
def test_results_come_in_the_order_of_the_items(num_processes):
    assert squares(range(20), num_processes) == [(number, number ** 2) for number in range(20)]
    assert squares([], num_processes) == []
    assert not multiprocessing.active_children()


def test_an_item_that_kills_its_process_is_named_and_the_rest_goes_on():
    items = [1, CRASH, 2, LEAVE, 3, CRASH, 4]
    assert squares(items, 2) == [
        (1, 1), (CRASH, Crashed('SIGSEGV')), (2, 4), (LEAVE, Crashed('exit status 3')), (3, 9),
        (CRASH, Crashed('SIGSEGV')), (4, 16)]


def test_an_error_of_the_function_is_raised_here_with_its_traceback():
    with pytest.raises(ZeroDivisionError, match='of the function') as error:
        squares([1, RAISE, 2], 2)
    assert 'slow_square' in ''.join(error.value.__notes__)
    assert not multiprocessing.active_children()


def make_function(number):
    return lambda: number


def test_a_result_that_cannot_be_sent_is_an_error_and_no_crash():
    with pytest.raises(TypeError, match='cannot be sent'):
        list(map_in_processes(make_function, [1], 2))


def killed_while_sending(item):
    """Waits for the Path, then gives a result that nobody reads before the process is killed."""
    if not isinstance(item, Path):
        return item
    while not item.exists():
        time.sleep(0.01)
    threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGKILL]).start()
    return bytes(5_000_000)


def test_a_process_that_is_killed_while_it_sends_its_result_holds_up_nothing(tmp_path):
    path = tmp_path / 'begin'
    results = map_in_processes(killed_while_sending, [1, path, 2, 3], 2)
    assert next(results) == (1, 1)
    path.touch()
    while len(multiprocessing.active_children()) == 2:
        time.sleep(0.01)
    assert list(results) == [(path, Crashed('SIGKILL')), (2, 2), (3, 3)]


def kill_an_idle_process(items):
    yield from items
    time.sleep(0.1)
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    time.sleep(0.1)
    yield from items


def test_a_process_that_is_killed_while_it_is_idle_is_replaced():
    results = list(map_in_processes(slow_square, kill_an_idle_process(range(4)), 2))
    assert [item for item, _ in results] == [*range(4), *range(4)]


def start_method(_):
    return multiprocessing.current_process().__class__.__name__


def test_processes_are_forked_where_that_is_safe_also_below_a_progress_bar():
    code = ('from tests.base.test_processes import start_method\n'
            'from magenta_reg.base.progress import progress\n'
            'from magenta_reg.base.processes import map_in_processes\n'
            'import sys, threading\n'
            'assert "tensorflow" not in sys.modules and threading.active_count() == 1\n'
            'results = map_in_processes(start_method, range(3), 2)\n'
            'print(*progress(results, description="", unit=""))')
    assert subprocess.run([sys.executable, '-c', code], check=True, capture_output=True,
                          text=True).stdout.count('ForkProcess') == 3


def test_few_items_are_taken_ahead_of_the_results():
    taken = itertools.count()
    with closing(map_in_processes(slow_square, (number for number in taken), 2)) as results:
        for _ in range(5):
            next(results)
        assert next(taken) <= 5 + 2 * 4 + 1


def test_a_big_item_and_a_big_result_do_not_block_each_other():
    items = [b'a' * 2_000_000] * 6
    assert [result for _, result in map_in_processes(bytes.upper, items, 2)] == [
        b'A' * 2_000_000] * 6
