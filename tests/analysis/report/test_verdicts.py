import numpy as np
import pytest

from magenta_reg.analysis.report.verdicts import ClaimPart, claim_word, part_word, verdicts
from magenta_reg.analysis.statistics.estimate import Estimate


def make_part(claim='c', low=0.1, high=0.3, p=0.001, direction=1, measure_of='', **fields):
    value = None if low is None else (low + high) / 2
    effect = Estimate(value, low, high, p, **{'n_melodies': 40, 'n_seeds': 3, **fields})
    return ClaimPart(claim, 'a - b', effect, direction, measure_of=measure_of)


@pytest.mark.parametrize(('low', 'high', 'p', 'direction', 'word'), [
    (0.1, 0.3, 0.001, 1, 'confirmed'),
    (-0.3, -0.1, 0.001, -1, 'confirmed'),
    (0.1, 0.3, 0.001, -1, 'contradicted'),
    (-0.3, -0.1, 0.001, 1, 'contradicted'),
    (0.1, 0.3, 0.05, 1, 'undecided'),  # Below 0.05 is asked for.
    (0.1, 0.3, 0.2, -1, 'undecided'),
    (-0.1, 0.3, 0.001, 1, 'undecided'),
    (-0.3, 0.1, 0.001, 1, 'undecided'),
    (0.0, 0.3, 0.001, 1, 'undecided'),  # 0 is not excluded.
    (None, None, None, 1, 'not tested'),
    (0.1, 0.3, float('nan'), 1, 'not tested'),
    (float('nan'), 0.3, 0.001, 1, 'not tested'),
])
def test_the_rule_for_a_part(low, high, p, direction, word):
    effect = Estimate(low and (low + high) / 2, low, high, p, p_holm=p)
    assert part_word(effect, direction) == word


@pytest.mark.parametrize(('words', 'word'), [
    (['confirmed'], 'confirmed'),
    (['confirmed', 'confirmed'], 'confirmed'),
    (['confirmed', 'undecided'], 'undecided'),
    (['confirmed', 'contradicted'], 'contradicted'),
    (['undecided', 'contradicted', 'not tested'], 'contradicted'),
    (['confirmed', 'not tested'], 'undecided'),
    (['undecided', 'not tested'], 'undecided'),
    (['not tested', 'not tested'], 'not tested'),
])
def test_a_claim_says_all_its_parts(words, word):
    assert claim_word(words) == word


@pytest.mark.parametrize(('signs', 'word'), [
    ('++', 'confirmed'), ('--', 'contradicted'), ('+-', 'undecided'), ('+0', 'undecided'),
    ('-0', 'contradicted'), ('00', 'undecided')])
def test_measures_of_one_thing_that_disagree_decide_nothing(signs, word):
    intervals = {'+': (0.1, 0.3), '-': (-0.3, -0.1), '0': (-0.1, 0.1)}
    parts = [make_part('c', *intervals[sign], measure_of='states') for sign in signs]
    assert verdicts(parts)[0].word == word
    apart = [part._replace(measure_of='') for part in parts]
    assert verdicts(apart)[0].word == ('contradicted' if '-' in signs else word)


def test_the_correction_is_over_all_tests_of_the_table():
    alone = verdicts([make_part(p=0.02)])
    assert alone[0].word == 'confirmed'
    crowded = verdicts([make_part(p=0.02), *(make_part('d', -1, 1, 0.5) for _ in range(9))])
    assert [each.word for each in crowded] == ['undecided', 'undecided']
    assert crowded[0].parts[0].effect.p_holm == pytest.approx(0.2)


def test_what_was_not_tested_costs_nothing_and_says_why():
    missing = make_part(low=None, p=None, reason='no run of dropout')
    found = verdicts([make_part(p=0.02), *[missing] * 9, make_part('d', None, None, None)])
    assert found[0].parts[0].effect.p_holm == pytest.approx(0.02)
    assert found[0].word == 'undecided'
    assert found[0].why == '1 confirmed, 9 not tested of 10 parts; no run of dropout'
    assert (found[1].word, found[1].scope) == ('not tested', '')


def test_one_seed_speaks_of_these_networks():
    (found,) = verdicts([make_part(n_seeds=1)])
    assert found.scope.startswith('these networks')
    assert verdicts([make_part(n_seeds=3)])[0].scope.startswith('the methods, from 3 seeds')


def test_under_the_null_a_table_is_rarely_wrong_at_all():
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        values = rng.normal(size=8)
        p_values = 2 * (1 - np.vectorize(_normal_cdf)(np.abs(values)))
        found = verdicts([make_part(f'{i}', v - 1.96, v + 1.96, p) for i, (v, p)
                          in enumerate(zip(values, p_values, strict=True))])
        wrong += any(each.word != 'undecided' for each in found)
    assert wrong <= 28  # 5% of 300 are 15; more than 28 come once in 1,000 times.


def _normal_cdf(x):
    from math import erf, sqrt
    return (1 + erf(x / sqrt(2))) / 2
