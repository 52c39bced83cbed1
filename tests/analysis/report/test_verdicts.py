import numpy as np
import pytest
from scipy import stats

from magenta_reg.analysis.report.verdicts import ClaimPart, part_word, verdicts
from magenta_reg.analysis.statistics.estimate import Estimate
from magenta_reg.analysis.statistics.holm import holm
from magenta_reg.analysis.statistics.paired import equivalence_p, one_sided_p, t_estimate


def make_part(claim='c', value=0.5, spread=0.1, direction=1, margin=None, is_primary=True,
              n_seeds=5):
    """A part whose seeds have this mean and standard deviation exactly."""
    seeds = np.linspace(-1, 1, n_seeds)
    effect = t_estimate(value + spread * seeds / np.std(seeds, ddof=1), 0.0, None)
    return ClaimPart(claim, 'a - b', effect, direction, margin=margin, is_primary=is_primary)


def untested(claim='c', reason='no run of dropout', **fields):
    return ClaimPart(claim, 'a - b', Estimate(reason=reason), 1, **fields)


def word_of(*parts):
    (found,) = verdicts(parts)
    return found.word


@pytest.mark.parametrize(('part', 'word'), [
    (make_part(value=0.5), 'as claimed'),
    (make_part(value=-0.5, direction=-1), 'as claimed'),
    (make_part(value=0.5, direction=-1), 'the opposite'),
    (make_part(value=0.1), 'unclear'),
    (make_part(value=0.1, margin=0.3), 'within the margin'),
    (make_part(value=0.1, margin=0.15), 'unclear'),
    (make_part(value=0.1, direction=0, margin=0.3), 'as claimed'),
    (make_part(value=0.5, direction=0, margin=0.3), 'the opposite'),
    (untested(), 'not tested'),
    (make_part(value=np.nan), 'not tested'),
])
def test_the_word_for_a_part_by_itself(part, word):
    assert part_word(part) == word


def test_a_claim_says_all_its_parts():
    strong, weak, against = make_part(), make_part(value=0.1), make_part(value=-0.5)
    assert word_of(strong, strong) == 'confirmed'
    assert word_of(strong, weak) == 'undecided'
    assert word_of(strong, against) == 'contradicted'
    assert word_of(weak, against) == 'contradicted'


def test_a_claim_is_as_sure_as_its_least_sure_part_and_against_by_bonferroni():
    parts = [make_part(value=each) for each in (0.5, 0.3, 0.25)]
    (found,) = verdicts(parts)
    assert found.p == pytest.approx(2 * one_sided_p(parts[2].effect, 1))
    (found,) = verdicts([part._replace(direction=-1) for part in parts])
    assert found.p == pytest.approx(2 * 3 * one_sided_p(parts[0].effect, 1))


def test_secondary_measures_decide_nothing():
    secondary = make_part(value=-5.0, is_primary=False)
    assert word_of(make_part(), secondary) == 'confirmed'
    assert word_of(make_part(), untested(is_primary=False)) == 'confirmed'
    assert verdicts([make_part(), secondary])[0].parts[1].word == 'the opposite'


def test_what_is_surely_small_is_equivalent_and_what_is_not_known_is_undecided():
    assert word_of(make_part(value=0.02, margin=0.3), make_part(value=-0.1, margin=0.3)) == (
        'equivalent')
    assert word_of(make_part(value=0.02, margin=0.3), make_part(value=0.1)) == 'undecided'
    assert word_of(make_part(value=0.02, margin=0.3), make_part(value=0.1, spread=1.0,
                                                                margin=0.3)) == 'undecided'


def test_equivalence_is_corrected_for_the_number_of_claims():
    parts = [make_part(str(index), value=0.1, margin=margin)
             for index, margin in enumerate((0.2, 0.2, 0.2, 0.3))]
    p_values = [equivalence_p(part.effect, part.margin) for part in parts]
    found = verdicts(parts)
    assert [each.p_equivalent for each in found] == pytest.approx(holm(p_values))
    assert p_values[0] < 0.05 < found[0].p_equivalent
    assert found[0].word == 'undecided'


def test_a_claim_of_no_difference_is_confirmed_within_its_margin_alone():
    assert word_of(make_part(value=0.02, direction=0, margin=0.3)) == 'confirmed'
    assert word_of(make_part(value=0.02, direction=0, margin=0.03)) == 'undecided'
    assert word_of(make_part(value=0.5, direction=0, margin=0.3)) == 'contradicted'
    # Not 0, and yet surely too small to matter.
    assert word_of(make_part(value=0.2, spread=0.02, direction=0, margin=0.3)) == 'confirmed'


def test_the_correction_is_over_the_claims_of_the_table_and_not_over_parts():
    alone = verdicts([make_part(value=0.16)])
    assert alone[0].word == 'confirmed'
    crowded = verdicts([make_part(value=0.16), *(make_part(str(i), 0.01) for i in range(9))])
    assert crowded[0].word == 'undecided'
    assert crowded[0].p_holm == pytest.approx(10 * alone[0].p)
    assert crowded[0].why == (
        f'as claimed, but not once corrected for the number of claims (p = {10 * alone[0].p:.2g})')
    parts = [make_part(value=0.16)] * 10
    assert verdicts(parts)[0].p_holm == pytest.approx(alone[0].p)


def test_a_claim_with_a_part_that_cannot_be_tested_is_not_tested_and_costs_nothing():
    found = verdicts([make_part('a'), untested('a'), make_part('b', 0.16)])
    assert (found[0].word, found[0].why, found[0].p) == ('not tested', 'no run of dropout', None)
    assert found[1].p_holm == pytest.approx(found[1].p)


def test_one_seed_is_not_tested():
    effect = t_estimate([0.5], 0.001, 40)
    (found,) = verdicts([ClaimPart('c', 'a - b', effect, 1)])
    assert (found.word, found.why) == ('not tested', 'one seed: not tested')
    assert found.parts[0].effect.value == 0.5


def test_the_number_of_seeds_is_said():
    assert verdicts([make_part(n_seeds=3)])[0].scope == '3 seeds of each method'
    assert verdicts([make_part(n_seeds=3), make_part(n_seeds=5)])[0].scope == (
        '3 seeds of each method')
    assert verdicts([make_part(n_seeds=3)])[0].why == 'as claimed'
    assert verdicts([make_part(), make_part(value=0.05)])[0].why == (
        '1 as claimed, 1 unclear of 2 parts')


@pytest.mark.parametrize('n_seeds', [2, 5])
def test_under_the_null_a_table_is_rarely_wrong_at_all(n_seeds):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(400):
        parts = [ClaimPart(str(i), 'a - b', t_estimate(rng.normal(size=n_seeds), 0.0, None), 1)
                 for i in range(8)]
        wrong += any(each.word in ('confirmed', 'contradicted') for each in verdicts(parts))
    # One part a claim: the most liberal case, in which the rate is reached.
    assert stats.binom.ppf(0.001, 400, 0.05) <= wrong <= stats.binom.ppf(0.999, 400, 0.05)
