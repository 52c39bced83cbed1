"""The arithmetic of equal compute, on made-up timing tables."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magenta_reg.analysis.protocol.seconds import (
    find_budget,
    find_machines,
    make_timing,
    mean_seconds,
    read_timing,
    spread_of,
    step_within,
)

PACES = st.lists(st.integers(1, 1000), min_size=1, max_size=6)
STEPS = st.sets(st.integers(1, 60), min_size=1, max_size=8)


def timing(paces, every=10):
    """Returns the Timing of an update's seconds, one number every so many steps."""
    return make_timing({every * (index + 1): pace / 8 for index, pace in enumerate(paces)})


def plain_seconds(paces, step, every=10):
    """Returns the seconds of the first updates, added one by one."""
    return sum(paces[index // every] / 8 for index in range(min(step, every * len(paces))))


@given(PACES, st.integers(0, 80))
def test_seconds_up_to_an_update_are_those_of_the_updates_before_it(paces, step):
    assert mean_seconds([timing(paces)], step) == pytest.approx(plain_seconds(paces, step))


@given(st.lists(PACES, min_size=1, max_size=4), st.integers(0, 80))
def test_a_mean_is_over_runs_each_to_its_own_end(runs, step):
    assert mean_seconds(list(map(timing, runs)), step) == pytest.approx(
        np.mean([plain_seconds(paces, step) for paces in runs]))


@given(st.lists(st.lists(PACES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_the_budget_is_what_the_fastest_method_needs_in_all_so_it_comes_to_its_end(methods):
    timings = {str(index): list(map(timing, runs)) for index, runs in enumerate(methods)}
    budget = find_budget(timings)
    in_all = {label: np.mean([plain_seconds(paces, 10 ** 6) for paces in runs])
              for label, runs in zip(timings, methods, strict=True)}
    assert budget == pytest.approx(min(in_all.values()))
    fastest = min(in_all, key=in_all.get)
    last = 10 * max(map(len, methods[int(fastest)]))
    assert step_within(timings[fastest], {1, last}, budget) == last


@given(st.lists(PACES, min_size=1, max_size=3), STEPS, st.integers(0, 10_000))
def test_the_step_within_a_budget_is_the_last_that_does_not_pass_it(runs, steps, budget):
    budget += 0.01  # No sum of these seconds: rounding decides nothing.
    found = step_within(list(map(timing, runs)), steps, budget)
    fits = [step for step in steps
            if np.mean([plain_seconds(paces, step) for paces in runs]) <= budget]
    assert found == max(fits, default=None)


def test_a_budget_less_than_the_first_checkpoint_holds_none():
    assert step_within([timing([8])], {10}, 9.9) is None
    assert step_within([timing([8])], set(), math.inf) is None


def test_rows_are_read_with_the_updates_between_them_and_the_last_of_a_step_counts(tmp_path):
    (tmp_path / 'timing.csv').write_text(
        'step,secs_per_step,events_per_sec,secs_left\n10,0.5,9,\n20,9,9,\n20,0.25,9,\n23,1,9,\n3')
    found = read_timing(tmp_path)
    assert found.steps.tolist() == [0, 10, 20, 23]
    assert found.secs.tolist() == [0, 5, 7.5, 10.5]


@pytest.mark.parametrize('text', [None, '', 'step,events_per_sec\n10,2\n',
                                  'step,secs_per_step\n10,x\n'])
def test_a_run_without_numbers_of_seconds_is_not_timed(tmp_path, text):
    if text is not None:
        (tmp_path / 'timing.csv').write_text(text)
    assert read_timing(tmp_path) is None


def test_the_spread_is_of_seconds_an_update():
    assert spread_of([timing([8, 8]), timing([16, 16, 16]), timing([8, 16])]) == 2
    assert spread_of([timing([8])]) == 1


def test_machines_are_those_that_wrote_events_for_tensorboard(tmp_path):
    (tmp_path / 'train').mkdir()
    for name in ('1795761590.node1.lan.000000000000', '1795761599.node1.lan.000000000020',
                 '1795761600.node2.000000000040'):
        (tmp_path / 'train' / f'events.out.tfevents.{name}').touch()
    assert find_machines(tmp_path) == {'node1.lan', 'node2'}
