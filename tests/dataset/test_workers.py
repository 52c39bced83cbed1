"""Workers keep the order, name what killed one, and leave no process behind."""

import faulthandler
import itertools
import multiprocessing
import os
import signal
import time

import pytest

from magenta_reg.dataset.workers import Died, Workers

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


def squares(items, num_workers):
    with Workers(slow_square, num_workers) as workers:
        return list(workers.map(items))


@pytest.mark.parametrize('num_workers', [1, 2, 5])
def test_results_come_in_the_order_of_the_items(num_workers):
    assert squares(range(20), num_workers) == [(number, number ** 2) for number in range(20)]
    assert squares([], num_workers) == []
    assert not multiprocessing.active_children()


def test_an_item_that_kills_its_process_is_named_and_the_rest_goes_on():
    items = [1, CRASH, 2, LEAVE, 3, CRASH, 4]
    assert squares(items, 2) == [
        (1, 1), (CRASH, Died('SIGSEGV')), (2, 4), (LEAVE, Died('exit status 3')), (3, 9),
        (CRASH, Died('SIGSEGV')), (4, 16)]


def test_an_error_of_the_function_is_raised_here_with_its_traceback():
    with pytest.raises(ZeroDivisionError, match='of the function') as error:
        squares([1, RAISE, 2], 2)
    assert 'slow_square' in ''.join(error.value.__notes__)
    assert not multiprocessing.active_children()


def make_function(number):
    return lambda: number


def test_a_result_that_cannot_be_sent_is_an_error_and_no_dead_worker():
    with Workers(make_function, 2) as workers, pytest.raises(TypeError, match='cannot be sent'):
        list(workers.map([1]))


def test_few_items_are_taken_ahead_of_the_results():
    taken = itertools.count()
    with Workers(slow_square, 2) as workers:
        results = workers.map(number for number in taken)
        for _ in range(5):
            next(results)
        assert next(taken) <= 5 + 2 * 4 + 1


def test_a_big_item_and_a_big_result_do_not_block_each_other():
    with Workers(bytes.upper, 2) as workers:
        results = [result for _, result in workers.map(b'a' * 2_000_000 for _ in range(6))]
    assert results == [b'A' * 2_000_000] * 6
